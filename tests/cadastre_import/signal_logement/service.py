"""The API of Signal Logement on the loopback: its list, sorted and paged as documented, and its bad days."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

TOKEN = "jeton-de-test"
FIRST = datetime(2025, 3, 1, 9, tzinfo=UTC)


def report(number: int, **values: Any) -> dict[str, Any]:
    """Give a report as the API writes it; the higher its number, the later it was deposited."""
    return {
        "uuid": str(UUID(int=number)),
        "reference": f"2025-{number}",
        "dateCreation": (FIRST + timedelta(minutes=number)).isoformat(),
        "statut": "ACTIVE",
        "dateCloture": None,
        "motifCloture": None,
        "description": "Humidité dans la chambre.",
        "natureLogement": "appartement",
        "logementSocial": False,
        "superficie": 42.5,
        "nbOccupantsLogement": 3,
        "nbEnfantsDansLogement": 1,
        "score": 12.5,
        "adresse": {
            "adresse": f"{number} rue du Moulin",
            "codePostal": "60999",
            "ville": "Ici",
            "etage": "2",
            "escalier": None,
            "numAppart": "12",
            "codeInsee": "60999",
            "latitude": None,
            "longitude": None,
            "rnbId": "AAAA-BBBB-CCCC",
            "cleBanAdresse": "60999_0001_00001",
        },
        "desordres": [{"identifiant": "x", "libelle": "Le logement est humide", "precisions": {}}],
        "tags": ["urgent"],
        "qualifications": ["RSD_CHECK"],
        "affectations": [affectation(number)],
        "visites": [],
        "suivis": [{"description": "<p>Madame DUPONT a appelé</p>", "public": True}],
        "personnes": [{"personneType": "OCCUPANT", "nom": "DUPONT", "telephone": "0612345678"}],
        "files": [],
        "territoireCode": "60",
    } | values


def visit(number: int, **values: Any) -> dict[str, Any]:
    """Give a visit as the API writes it."""
    return {
        "uuid": str(UUID(int=10**6 + number)),
        "dateIntervention": "2025-04-02T22:30:00+00:00",
        "type": "VISITE",
        "statut": "DONE",
        "partner": {"nom": "SCHS d’Ici", "type": "COMMUNE_SCHS"},
        "details": "Monsieur DUPONT était là",
        "conclusions": ["INSALUBRITE", "RSD"],
        "occupantPresent": True,
        "proprietairePresent": False,
        "files": [],
    } | values


def affectation(number: int, **values: Any) -> dict[str, Any]:
    """Give an affectation as the API writes it."""
    return {
        "uuid": str(UUID(int=2 * 10**6 + number)),
        "partenaireUuid": str(UUID(int=7)),
        "partenaireNom": "Ville d’Ici",
        "partenaireType": "COMMUNE_SCHS",
        "statut": "EN_COURS",
        "dateAffectation": "2025-03-02T10:00:00+00:00",
        "dateAcceptation": None,
        "motifCloture": None,
        "motifRefus": None,
    } | values


@dataclass
class Bad:
    """One answer sent instead of the good one: a status, headers, a body; or a part of the good one, then nothing."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut: bool = False


@dataclass
class Service:
    """The list, newest first; ``before`` is called with the number of each request, ``bad`` are answers by number."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    bad: dict[int, Bad] = field(default_factory=dict)
    before: Callable[[int], None] = lambda number: None
    url: str = ""

    def page(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        """Give a page of the list, as the documentation says: 20 reports by default, 100 at most."""
        limit, page = int(asked.get("limit", 20)), int(asked.get("page", 1))
        assert 1 <= limit <= 100
        assert page >= 1
        found = sorted(self.reports, key=lambda one: one["dateCreation"], reverse=True)
        if since := asked.get("dateAffectationDebut"):
            until = asked["dateAffectationFin"]
            found = [one for one in found if since <= one["affectations"][0]["dateAffectation"][:10] <= until]
        return found[(page - 1) * limit : page * limit]


@contextmanager
def signal_logement() -> Iterator[Service]:
    """Serve on a free loopback port for the length of the block."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            service.asked.append(asked)
            number = len(service.asked)
            service.before(number)
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                return self.answer(401, b"{}")
            if parts.path != "/api/signalements":
                return self.answer(404, b"<html>absent</html>")
            bad = service.bad.get(number)
            if bad and not bad.cut:
                return self.answer(bad.status, bad.body, bad.headers)
            return self.answer(200, json.dumps(service.page(asked)).encode(), cut=bool(bad))

        def answer(
            self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: bool = False
        ) -> None:
            self.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)

        def log_message(self, *args: Any) -> None:
            """Say nothing: reports are not for the output of a test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
