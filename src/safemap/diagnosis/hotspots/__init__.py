"""Hotspots of an area, one family of events at a time: measured by exact chances, said in sentences, scored later.

`reading` brings events and streets together, `measuring` asks `safemap.analysis.hotspots`, `sentences` says what was
found and what was not, `scoring` looks at earlier maps when later events have come.
"""
