"""Which code computed a result: any edit of the analyses changes it, so an old run is not taken for a new one."""

import hashlib
from functools import cache
from pathlib import Path

import maps.analysis


@cache
def code_version(service: str) -> str:
    """Give ``<digest>`` of the source of ``maps.analysis`` and of the service module at path ``service``."""
    modules = sorted(Path(maps.analysis.__file__).parent.rglob("*.py"))
    digest = hashlib.sha256()
    for module in (*modules, Path(service)):
        digest.update(module.name.encode() + b"\0" + module.read_bytes())
    return digest.hexdigest()[:16]
