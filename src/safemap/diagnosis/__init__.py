"""Where danger is and nobody watches: density, guardianship and dead zones of one area at one moment."""
