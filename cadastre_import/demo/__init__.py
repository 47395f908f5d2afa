"""An invented EPCI, written from a seed in the official formats, to be loaded by the importers of real data."""

from .territory import DemoTerritory, generate

__all__ = ["DemoTerritory", "generate"]
