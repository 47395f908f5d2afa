"""Which code computed a result: any edit of the analyses changes it, so an old run is not taken for a new one."""

import hashlib
from functools import cache
from pathlib import Path

import maps.analysis


@cache
def code_version(*paths: str) -> str:
    """Give a digest of the source of ``maps.analysis`` and of the modules, or folders of modules, at ``paths``."""
    digest = hashlib.sha256()
    for root in (Path(maps.analysis.__file__).parent, *map(Path, paths)):
        for module in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            name = module.relative_to(root.parent).as_posix()
            digest.update(name.encode() + b"\0" + module.read_bytes())
    return digest.hexdigest()[:16]
