"""The safety map as a thing to take away: an offline page and a printed handout."""
