"""The web app: pages, JSON, vector tiles. The only package that knows HTTP."""
