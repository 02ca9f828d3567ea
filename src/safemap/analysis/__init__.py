"""Numbers in, frozen results out: density, guardianship, dead zones. Pure functions in metres; no database, no clock."""
