"""Files in, files out: the same analysis of hotspots for analysts, with no database.

An *event* is a row with a position; a *part* is as much of the events as is read at a time, here or on a worker; a
*study* is an area, its cells and what was counted in them. What may be said of a study follows from the number of its
events (`safemap.analysis.hotspots.honesty`).
"""
