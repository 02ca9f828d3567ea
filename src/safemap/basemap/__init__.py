"""Streets, buildings, lamps and public places, imported once and drawn under everything."""
