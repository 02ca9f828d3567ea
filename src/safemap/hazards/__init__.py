"""What residents report: an unsafe spot with a category, a severity and a state."""
