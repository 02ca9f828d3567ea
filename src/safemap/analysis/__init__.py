"""Numbers in, frozen results out: density, guardianship, dead zones, hotspots. Pure, in metres; no database, no clock."""
