"""Numbers in, frozen results out: density, guardianship, dead zones. Pure, in metres; no database, no clock."""
