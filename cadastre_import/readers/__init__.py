"""Files as numbered records: one module a format."""
