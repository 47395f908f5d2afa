"""Files that persons give to import by the application: received, imported by a worker, removed."""
