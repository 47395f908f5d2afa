"""Asks the API of Signal Logement for its list of reports, window by window.

The list is sorted from the newest deposit to the oldest and changes while it is read. Its pages are numbered by their
size, so windows that overlap are had by choosing both. The token goes in a header, to the host of the setting only.
"""

import time
from collections.abc import Callable
from datetime import date
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings

from cadastre_import.fetching.errors import DownloadFailed, FileMissing, Interrupted
from cadastre_import.fetching.web import LONGEST_WAIT_S, Web, network_reason

LIMIT = 100  # the API gives no more
MAX_BYTES = 100_000_000
ROUTE = "/api/signalements"


class SignalLogementApi:
    """The list of the reports given to the partner whose token this is."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        web: Web | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raise DownloadFailed for a base that is not an http(s) URL, or without a token."""
        if not token:
            raise DownloadFailed("SIGNAL_LOGEMENT_TOKEN est vide : demandez un jeton d’API à Signal Logement")
        self._url = base_url.rstrip("/") + ROUTE
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._web = web or Web([base_url])
        self._sleep = sleep

    @classmethod
    def of_settings(cls) -> "SignalLogementApi":
        """Give the API that the settings name; raises DownloadFailed if they name none."""
        if not settings.SIGNAL_LOGEMENT_URL:
            raise DownloadFailed(
                "SIGNAL_LOGEMENT_URL est vide : l’API de Signal Logement n’est pas interrogée"
            )
        return cls(settings.SIGNAL_LOGEMENT_URL, settings.SIGNAL_LOGEMENT_TOKEN)

    def window(self, offset: int, since: date | None, until: date) -> tuple[int, bool, list[Any]]:
        """Give the rank of the first report read, at ``offset`` or a little before, whether the list ends, reports.

        ``since`` and ``until`` are days of affectation to the partner, both included; None is from the beginning.
        """
        page, limit = page_of(offset)
        asked: dict[str, Any] = {"limit": limit, "page": page}
        if since:
            asked |= {"dateAffectationDebut": since.isoformat(), "dateAffectationFin": until.isoformat()}
        reports = _reports(self._get(f"{self._url}?{urlencode(asked)}"))
        return (page - 1) * limit, len(reports) < limit, reports

    def _get(self, url: str) -> bytes:
        delays = iter(self._web.delays_for(url))
        while True:
            try:
                return self._attempt(url)
            except FileMissing as error:
                raise DownloadFailed(
                    f"{self._url} n’existe pas (404) : SIGNAL_LOGEMENT_URL est-elle l’adresse du site ?"
                ) from error
            except Interrupted as error:
                delay = next(delays, None)
                wait = error.wait_s if error.wait_s is not None else delay
                if delay is None or wait is None or wait > LONGEST_WAIT_S:
                    raise DownloadFailed(
                        f"l’API de Signal Logement ne répond pas ({error}) : relancez plus tard, la lecture "
                        "reprendra où elle s’est arrêtée"
                    ) from error
                self._sleep(wait)

    def _attempt(self, url: str) -> bytes:
        try:
            with self._web.open(url, self._headers) as answer:
                content = answer.read(MAX_BYTES + 1)
                whole = answer.headers.get("Content-Length")
        except (OSError, HTTPException) as error:
            raise Interrupted(network_reason(error)) from error
        except DownloadFailed as error:
            if " 401 " in str(error) or " 403 " in str(error):
                raise DownloadFailed(
                    "l’API de Signal Logement refuse le jeton : vérifiez SIGNAL_LOGEMENT_TOKEN"
                ) from None
            raise
        if len(content) > MAX_BYTES:
            raise DownloadFailed(f"l’API de Signal Logement envoie plus de {MAX_BYTES} octets pour une page")
        if whole and whole.isdigit() and len(content) < int(whole):
            raise Interrupted("réponse coupée")
        return content


def page_of(offset: int) -> tuple[int, int]:
    """Give the page and its size that begin at ``offset``, or as little before it as whole pages allow."""
    if offset <= 0:
        return 1, LIMIT
    pages = -(-offset // LIMIT)
    return pages + 1, offset // pages


def _reports(content: bytes) -> list[Any]:
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise DownloadFailed(
            "l’API de Signal Logement répond par une page web : SIGNAL_LOGEMENT_URL est-elle l’adresse du site, et "
            "non d’un mandataire ?"
        )
    try:
        reports = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise DownloadFailed("l’API de Signal Logement répond par autre chose que du JSON") from None
    if not isinstance(reports, list):
        raise DownloadFailed("l’API de Signal Logement ne répond pas par une liste de signalements")
    return reports
