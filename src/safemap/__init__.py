"""safemap: community safety maps for Taiwan's 治安社區 programme."""

__version__ = "0.1.0"
