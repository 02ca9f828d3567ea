"""Numbers in, frozen results out: density, guardianship, dead zones, hotspots. In metres; no database, no clock."""
