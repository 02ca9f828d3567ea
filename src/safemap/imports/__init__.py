"""Files from outside become rows: every row kept, mended or refused, with the reason."""
