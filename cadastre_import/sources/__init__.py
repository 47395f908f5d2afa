"""The sources, one file each, and the ``register`` that names them all.

The register is read when it is asked for: a process that only parses one source (a worker of the national
preparation) imports that source's module without Django.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    """Give ``SOURCES`` and ``source_named`` of the register."""
    if name not in ("SOURCES", "source_named"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cadastre_import.sources import register

    return getattr(register, name)
