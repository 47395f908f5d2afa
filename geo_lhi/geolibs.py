"""The GDAL, GEOS and PROJ that pyogrio's and shapely's wheels carry, for GeoDjango.

A distribution's GDAL may be older than 3.9, which opens the files and URLs that a spatial reference names
(Django's warning gis.W001): with the wheels, pip alone gives the same recent libraries everywhere.
"""

import ctypes
import os
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def wheel_libraries() -> dict[str, str]:
    """Give GeoDjango's two library settings; an environment variable of the same name wins.

    GDAL of the wheel also gets its PROJ database from the disk. The copy embedded in the library stops
    answering after ``fork()``: transformations fail in the workers of ``gunicorn --preload``, and a forked
    ``multiprocessing`` pool hangs. The setting is inherited by the children, before or after PROJ was used.
    """
    gdal = os.environ.get("GDAL_LIBRARY_PATH")
    if not gdal:
        gdal = _library_of("pyogrio", "libgdal*", "GDAL_LIBRARY_PATH")
        _read_data_from_disk(gdal, _package("pyogrio", "GDAL_LIBRARY_PATH"))
    geos = os.environ.get("GEOS_LIBRARY_PATH") or _library_of("shapely", "libgeos_c*", "GEOS_LIBRARY_PATH")
    return {"GDAL_LIBRARY_PATH": gdal, "GEOS_LIBRARY_PATH": geos}


def _package(name: str, setting: str) -> Path:
    spec = find_spec(name)  # locates without importing: the package costs its import only to who uses it
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured(
            f"Le paquet Python « {name} » est absent : lancez bin/setup, "
            f"ou donnez une bibliothèque du système dans la variable {setting}."
        )
    return Path(spec.origin).parent


def _library_of(name: str, pattern: str, setting: str) -> str:
    package = _package(name, setting)
    linux, macos = (
        package.with_name(f"{name}.libs"),
        package / ".dylibs",
    )  # of auditwheel, of delocate
    found = sorted([*linux.glob(pattern), *macos.glob(pattern)])
    if not found:
        raise ImproperlyConfigured(
            f"Aucun fichier {pattern} dans {linux} : « {name} » n’a pas été installé depuis sa roue (wheel). "
            f"Réinstallez-le avec pip --only-binary, ou donnez une bibliothèque du système dans {setting}."
        )
    return str(found[0])


def _read_data_from_disk(gdal: str, package: Path) -> None:
    """Set GDAL's search paths through the same shared object that GeoDjango opens next."""
    proj_data, gdal_data = package / "proj_data", package / "gdal_data"
    if not (proj_data / "proj.db").is_file():
        raise ImproperlyConfigured(f"{proj_data} est sans proj.db : réinstallez « pyogrio » depuis sa roue.")
    library = ctypes.CDLL(gdal)
    library.OSRSetPROJSearchPaths.argtypes = [ctypes.POINTER(ctypes.c_char_p)]
    library.OSRSetPROJSearchPaths.restype = None
    library.OSRSetPROJSearchPaths((ctypes.c_char_p * 2)(os.fsencode(proj_data), None))
    library.CPLSetConfigOption.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    library.CPLSetConfigOption.restype = None
    library.CPLSetConfigOption(b"GDAL_DATA", os.fsencode(gdal_data))
