"""GeoDjango's PostGIS backend, which does not ask the database whether it is there before each request."""
