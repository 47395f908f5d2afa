"""Other servers of the same table: tipg, pygeoapi, MapServer, each started when it is installed.

tipg and pygeoapi live in an environment of their own, var/peers, which ``python -m benchmarks._peers`` fills from
the package index; MapServer is Debian's ``cgi-mapserver``, kept running by FastCGI.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from struct import pack, unpack

from benchmarks._served import HOST, HttpServer, database_url, free_port, serving

PEERS = Path(__file__).resolve().parent.parent / "var" / "peers"
PACKAGES = ("tipg", "uvicorn", "pygeoapi", "geoalchemy2", "psycopg2-binary", "locust")
MAPSERVER = "mapserv"
TABLE = "layers_parcelle"
FIELDS = ("idu", "commune_id", "contenance", "millesime")

MAPFILE = """
MAP
  NAME "parcelles"
  EXTENT 2 46 4 48
  UNITS DD
  PROJECTION "init=epsg:4326" END
  WEB METADATA
    "ows_title" "parcelles" "ows_onlineresource" "http://localhost/?" "ows_enable_request" "*" "ows_srs" "EPSG:4326"
  END END
  LAYER
    NAME "parcelles"
    TYPE POLYGON
    STATUS ON
    EXTENT 2 46 4 48
    CONNECTIONTYPE POSTGIS
    CONNECTION "host={HOST} port={PORT} dbname={NAME} user={USER} password={PASSWORD}"
    DATA "geom FROM (SELECT idu, commune_id AS commune, contenance, millesime, geom FROM layers_parcelle
        WHERE closed_on IS NULL) AS rows USING UNIQUE idu USING SRID=4326"
    PROCESSING "CLOSE_CONNECTION=DEFER"
    PROJECTION "init=epsg:4326" END
    METADATA "wfs_title" "parcelles" "gml_include_items" "all" "gml_featureid" "idu" "gml_types" "auto" END
  END
END
"""
PYGEOAPI = """
server:
  bind: {{host: {host}, port: {port}}}
  url: http://{host}:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  languages: [en-US]
  limits: {{default_items: 100, max_items: 1000000, on_exceed: throttle}}
  map: {{url: "", attribution: ""}}
logging: {{level: ERROR}}
metadata:
  identification:
    {{title: t, description: d, keywords: [k], keywords_type: theme, terms_of_service: x, url: "http://localhost"}}
  license: {{name: x, url: "http://localhost"}}
  provider: {{name: x, url: "http://localhost"}}
  contact: {{name: x}}
resources:
  parcelles:
    type: collection
    title: parcelles
    description: parcelles
    keywords: [k]
    links: []
    extents: {{spatial: {{bbox: [2, 46, 4, 48]}}}}
    providers:
      - type: feature
        name: PostgreSQL
        data:
          {{host: {HOST}, port: {PORT}, dbname: {NAME}, user: {USER}, password: {PASSWORD}, search_path: [public]}}
        id_field: idu
        table: layers_parcelle
        geom_field: geom
        properties: [idu, commune_id, contenance, millesime]
"""


def missing() -> dict[str, str]:
    """Give the peers that are not installed, and how each is."""
    found = {name: "python -m benchmarks._peers" for name in ("tipg", "pygeoapi") if not _version(name)}
    return found if shutil.which(MAPSERVER) else found | {"MapServer": "apt-get install cgi-mapserver"}


def versions() -> str:
    """Name the peers that are installed, with their versions."""
    found = [f"{name} {_version(name)}" for name in ("tipg", "pygeoapi") if name not in missing()]
    if shutil.which(MAPSERVER):
        said = subprocess.run([MAPSERVER, "-v"], capture_output=True, text=True, check=True).stdout
        found.append(f"MapServer {said.split()[2]}")
    return ", ".join(found)


def _version(name: str) -> str:
    found = [*PEERS.glob(f"lib/python*/site-packages/{name}-*.dist-info")]
    return found[0].name.removesuffix(".dist-info").partition("-")[2] if found else ""


@contextmanager
def tipg() -> Iterator[HttpServer]:
    """Serve the table by tipg, one process, without the limit of its pages."""
    port = free_port()
    environment = {
        "DATABASE_URL": database_url(),
        "TIPG_DB_TABLES": json.dumps([f"public.{TABLE}"]),
        "TIPG_MAX_FEATURES_PER_QUERY": "1000000",
    }
    command = [PEERS / "bin" / "uvicorn", "tipg.main:app", "--host", HOST, "--port", str(port)]
    ready = f"/collections/public.{TABLE}/items?limit=1"
    with serving([*map(str, command), "--log-level", "error"], port, environment, ready) as server:
        yield server


def tipg_items(limit: int, offset: int = 0) -> str:
    """Give the address of a page of tipg, with the fields that we publish."""
    names = ",".join(FIELDS)
    return f"/collections/public.{TABLE}/items?f=geojson&limit={limit}&offset={offset}&properties={names}"


@contextmanager
def pygeoapi() -> Iterator[HttpServer]:
    """Serve the table by pygeoapi, one process, without the limit of its pages."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config, openapi = Path(folder) / "config.yml", Path(folder) / "openapi.json"
        config.write_text(PYGEOAPI.format(host=HOST, port=port, **_settings()))
        environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
        program = [PEERS / "bin" / "pygeoapi", "openapi", "generate", config, "--output-file", openapi]
        subprocess.run([*map(str, program), "--format", "json"], check=True, capture_output=True)
        command = [
            PEERS / "bin" / "uvicorn",
            "pygeoapi.starlette_app:APP",
            "--host",
            HOST,
            "--port",
            str(port),
        ]
        ready = pygeoapi_items(1)
        with serving([*map(str, command), "--log-level", "error"], port, environment, ready) as server:
            yield server


def pygeoapi_items(limit: int, offset: int = 0) -> str:
    """Give the address of a page of pygeoapi."""
    return f"/collections/parcelles/items?f=json&limit={limit}&offset={offset}"


@dataclass
class FastCgi:
    """A FastCGI program that listens on ``path``; one connection a request, as Apache and nginx do by default."""

    pid: int
    path: str
    script: dict[str, str]

    def read(self, path: str) -> tuple[float, int]:
        """Ask with ``path`` as the query; give the seconds to the first byte and the size of the answer."""
        asked = self.script | {"QUERY_STRING": path, "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}
        pairs = b"".join(
            pack(">II", len(name) | 1 << 31, len(value.encode()) | 1 << 31) + name.encode() + value.encode()
            for name, value in asked.items()
        )
        started, first, size = time.perf_counter(), 0.0, 0
        with socket.socket(socket.AF_UNIX) as link, link.makefile("rb") as answer:
            link.connect(self.path)
            link.sendall(_record(1, pack(">HBxxxxx", 1, 0)) + _record(4, pairs) + _record(4) + _record(5))
            while head := answer.read(8):
                kind, length, padding = unpack(">xBxxHBx", head)
                content = answer.read(length + padding)[:length]
                first = first or time.perf_counter() - started
                if kind == 6:
                    size += length
                    if b"ExceptionReport" in content[:2000]:
                        raise RuntimeError(content[:1000])
                if kind == 3:
                    break
        return first, size


def _record(kind: int, content: bytes = b"") -> bytes:
    return pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


@contextmanager
def mapserver() -> Iterator[FastCgi]:
    """Serve the table by one process of MapServer, which keeps its connection to the database."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as door:
        mapfile, config = Path(folder) / "parcelles.map", Path(folder) / "mapserver.conf"
        mapfile.write_text(MAPFILE.format(**_settings()))
        config.write_text(f'CONFIG\n ENV\n  MS_MAP_PATTERN "^{folder}/"\n END\n MAPS\n END\nEND\n')
        path = f"{folder}/door"
        door.bind(path)
        door.listen(5)
        environment = {"MAPSERVER_CONFIG_FILE": str(config), "PATH": "/usr/bin:/bin"}
        with subprocess.Popen([MAPSERVER], stdin=door, env=environment) as process:
            try:
                yield FastCgi(process.pid, path, {"MS_MAPFILE": str(mapfile)})
            finally:
                process.kill()  # it waits for a request before it hears anything else


def _settings() -> dict[str, str]:
    from django.db import connection

    return {name: connection.settings_dict[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD")}


def install() -> None:
    """Make the environment of the peers."""
    subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    subprocess.run([str(PEERS / "bin" / "pip"), "install", "-q", *PACKAGES], check=True)


if __name__ == "__main__":
    install()
