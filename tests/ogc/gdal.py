"""GDAL's tools, run on the live server with a token, as QGIS and most GIS tools read us through it."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from geo_lhi.accounts.models import TokenScope

TIMEOUT_S = 120
needs_gdal = [
    pytest.mark.clients,
    pytest.mark.skipif(not shutil.which("ogr2ogr"), reason="gdal-bin n’est pas installé (bin/setup --dev)"),
]


@dataclass(frozen=True)
class Service:
    """A service as GDAL names it: what comes before the address, our path, before the name of a layer."""

    driver: str
    path: str
    prefix: str
    scope: TokenScope


WFS = Service("WFS", "/wfs/", "geolhi:", TokenScope.WFS)
OAPIF = Service("OAPIF", "/ogc/", "", TokenScope.OGC)


@dataclass(frozen=True)
class Gdal:
    """Runs the tools; in arguments, ``{url}`` is the service and ``{layer}`` begins the name of a layer."""

    service: Service
    server: str
    token: str
    home: Path

    def __call__(self, tool: str, *arguments: str, password: str | None = None) -> str:
        """Give what a tool prints; with an empty password, it does not say who it is."""
        url = f"{self.service.driver}:{self.server}{self.service.path}"
        password = self.token if password is None else password
        known = {"GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"ici:{password}"} if password else {}
        done = subprocess.run(
            [tool, *(one.replace("{url}", url).replace("{layer}", self.service.prefix) for one in arguments)],
            # GDAL keeps schemas in HOME
            env=os.environ | known | {"HOME": str(self.home), "NO_PROXY": "*", "no_proxy": "*"},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return done.stdout + done.stderr


def count(output: str) -> int:
    """Give the number of features that ogrinfo tells."""
    found = re.search(r"Feature Count: (\d+)", output)
    assert found, output
    return int(found[1])
