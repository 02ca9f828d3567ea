"""What authorities publish: accidents and thefts, with their dates, places and how exact both are."""
