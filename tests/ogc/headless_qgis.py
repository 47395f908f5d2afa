"""QGIS without a screen, run by Debian's Python: it has Debian's QGIS and nothing of ours."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.factories import point

SYSTEM_PYTHON = "/usr/bin/python3"
TIMEOUT_S = 180


def has_qgis() -> bool:
    """Say whether Debian's Python has QGIS."""
    if not Path(SYSTEM_PYTHON).exists():
        return False
    return not subprocess.run(
        [SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False
    ).returncode


real_qgis = [
    pytest.mark.clients,
    pytest.mark.slow,
    pytest.mark.skipif(not has_qgis(), reason="python3-qgis n’est pas installé (bin/setup --dev)"),
]


def see(script: Path, home: Path, *arguments: str | Path) -> dict[str, Any]:
    """Run a script in a QGIS whose profile, keys and cache are in ``home``; gives the JSON that it prints last."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_AUTH_DB_DIR_PATH": str(home),
        "LC_ALL": "C.UTF-8",
        "NO_PROXY": "*",
        "no_proxy": "*",
    }
    done = subprocess.run(
        [SYSTEM_PYTHON, script, *arguments],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def rectangle_3857(side: float) -> list[float]:
    """Give the square from the origin of the tests, in metres of EPSG:3857."""
    from pyproj import Transformer

    forward = Transformer.from_crs(4326, 3857, always_xy=True).transform
    south_west, north_east = point(-5, -5), point(side, side)
    return [*forward(*south_west.coords), *forward(*north_east.coords)]
