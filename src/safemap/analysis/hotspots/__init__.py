"""Hotspots that tell the truth: right at 20 points, fast at a million, silent where nothing can be said.

`grid` lays cells over where a report could exist; `kde` draws density; `hot_cells` tests windows of cells exactly;
`scan` answers whether there is any hotspot at all; `streets` and `prone` work along streets; `near_repeat`, `hours` and
`trends` look at time; `problems` groups reports; `scoring` asks later what a map was worth; `honesty` decides what may
be shown. `frames` is the door for GeoDataFrames.
"""
