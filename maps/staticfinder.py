"""Finds the few files of npm packages that our pages load: named one by one, nothing else of node_modules."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NODE_MODULES = Path(settings.BASE_DIR) / "node_modules"
SERVED = {
    "vendor/maplibre-gl/maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
    "vendor/maplibre-gl/maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "vendor/maplibre-gl/maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
}


class NodePackagesFinder(BaseFinder):
    """A static files finder over ``SERVED``."""

    storage = FileSystemStorage(location=NODE_MODULES)

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str]:
        """Give the file behind a served name, an empty list if it is not one."""
        target = NODE_MODULES / SERVED.get(path, "")
        if path not in SERVED or not target.is_file():
            return []
        return [str(target)] if find_all else str(target)

    def list(self, ignore_patterns: Any) -> Any:
        """List served names with a storage that opens them under that name."""
        for name, target in SERVED.items():
            if (NODE_MODULES / target).is_file():
                yield name, _Renamed(target)


class _Renamed(FileSystemStorage):
    """A storage in which one file answers to its served name."""

    def __init__(self, target: str) -> None:
        super().__init__(location=NODE_MODULES)
        self._target = target

    def path(self, name: str) -> str:
        return str(NODE_MODULES / self._target)
