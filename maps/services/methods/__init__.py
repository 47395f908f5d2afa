"""The analyses: one file a method, all listed in ``register``."""
