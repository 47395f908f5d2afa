"""Registers that nobody foresaw: a file of ours (TOML) says which of their columns is what."""
