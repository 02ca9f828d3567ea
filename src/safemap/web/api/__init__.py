"""JSON and GeoJSON for programs, under ``/api/v1``."""
