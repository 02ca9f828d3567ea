"""PostgreSQL + PostGIS: engine, sessions and the one that commits, the private cluster, fast COPY, backups."""
