"""The fictional demo village: a seeded generator of its files, and the walk that loads them."""
