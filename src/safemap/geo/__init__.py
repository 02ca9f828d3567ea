"""Where things are: reference systems, units, GeoJSON. Pure: no database, no clock, no randomness.

`Lonlat` is a geometry in degrees (EPSG:4326), `Metric` one in metres of a local plane; mypy keeps them apart.
"""
