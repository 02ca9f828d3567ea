"""Villages (村里), the communities that work in them, and the study areas that a diagnosis is made for."""
