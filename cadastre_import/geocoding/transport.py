"""HTTP to one geocoding service: bounded in time, size and rate; what it sends back is not trusted.

The body of a request holds addresses of complainants: neither it nor the URL is ever logged or put in a message.
"""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from layers.errors import GeocoderUnavailable

CONNECT_SECONDS, READ_SECONDS, WHOLE_ANSWER_SECONDS = 3, 10, 60
MAX_BYTES = 60_000_000  # a batch of 50 MB comes back with more columns
TRIES = 4
LONGEST_PAUSE_SECONDS = 30
REQUESTS_PER_SECOND = 40  # the Géoplateforme blocks an address for 5 s above 50
RETRIED = frozenset({429, 500, 502, 503, 504})
REST_SECONDS, LONGEST_REST_SECONDS = 60, 3_600  # how long a service that failed is left alone
CHUNK = 65_536


# Until when each service is left alone, by its address: what this process learnt, for all its runs
_resting_until: dict[str, float] = {}


class NotOffered(Exception):
    """The service has no such route."""


class GeocodingService:
    """One service, known by its base URL; it is never left for another, whatever a redirection says."""

    def __init__(self, base_url: str, *, clock: Any = time) -> None:
        """``clock`` gives ``monotonic()`` and ``sleep(seconds)``."""
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise GeocoderUnavailable("GEOCODER_URL : une adresse http:// ou https:// est attendue")
        self.base_url = base_url.rstrip("/")
        self.name = parts.hostname
        self._clock = clock
        self._next_at = 0.0
        self._opener = urllib.request.build_opener(_NoRedirection, _PatientHttp, _PatientHttps)

    def get(self, route: str, parameters: Mapping[str, Any]) -> bytes:
        """Ask a route with its parameters."""
        return self._send(f"{self.base_url}{route}?{urlencode(parameters, doseq=True)}", None, {})

    def post_csv(self, route: str, content: bytes, parameters: Mapping[str, str]) -> bytes:
        """Send a CSV file with its parameters as a form."""
        boundary = uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in parameters.items()
        ]
        parts += [
            f'--{boundary}\r\nContent-Disposition: form-data; name="data"; filename="adresses.csv"\r\n'
            "Content-Type: text/csv; charset=utf-8\r\n\r\n".encode(),
            content,
            f"\r\n--{boundary}--\r\n".encode(),
        ]
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._send(f"{self.base_url}{route}", b"".join(parts), headers)

    def _send(self, url: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        self._refuse_while_resting()
        why, pause = "", 0.0
        for attempt in range(TRIES):
            self._wait_for_turn()
            request = urllib.request.Request(url, data=body, headers={"User-Agent": "geo_lhi", **headers})  # noqa: S310
            pause = 0.5 * 2**attempt
            try:
                with self._opener.open(request, timeout=READ_SECONDS) as response:
                    return self._read(response)
            except urllib.error.HTTPError as error:
                with error:
                    self._refuse_for_good(error.code)
                    why = f"erreur {error.code}"
                    pause = _retry_after(error.headers.get("Retry-After")) or pause
            except (OSError, http.client.HTTPException) as error:
                why = _in_french(error)
            if attempt < TRIES - 1:
                self._clock.sleep(min(pause, LONGEST_PAUSE_SECONDS))
        rest = min(max(pause, REST_SECONDS), LONGEST_REST_SECONDS)
        _resting_until[self.base_url] = self._clock.monotonic() + rest
        raise GeocoderUnavailable(
            f"le service de géocodage {self.name} ne répond pas ({why}, {TRIES} essais)"
        )

    def _refuse_while_resting(self) -> None:
        """Break the circuit: a service that has just failed all its tries is not asked again at once."""
        left = _resting_until.get(self.base_url, 0) - self._clock.monotonic()
        if left > 0:
            raise GeocoderUnavailable(
                f"le service de géocodage {self.name} vient de ne pas répondre : nouvel essai dans {left:.0f} s"
            )

    def _wait_for_turn(self) -> None:
        now = self._clock.monotonic()
        if now < self._next_at:
            self._clock.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + 1 / REQUESTS_PER_SECOND

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        until = self._clock.monotonic() + WHOLE_ANSWER_SECONDS
        chunks, size = [], 0
        while chunk := response.read1(CHUNK):
            size += len(chunk)
            if size > MAX_BYTES:
                raise GeocoderUnavailable(
                    f"le service de géocodage {self.name} envoie plus de {MAX_BYTES} octets"
                )
            if self._clock.monotonic() > until:
                raise TimeoutError
            chunks.append(chunk)
        content = b"".join(chunks)
        if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            raise GeocoderUnavailable(
                f"le service de géocodage {self.name} répond par une page web : "
                "GEOCODER_URL est-elle l’adresse de l’API, et non d’un portail ou d’un mandataire ?"
            )
        return content

    def _refuse_for_good(self, status: int) -> None:
        if status in (404, 405, 501):
            raise NotOffered
        if 300 <= status < 400:
            raise GeocoderUnavailable(
                f"le service de géocodage {self.name} renvoie vers une autre adresse : corrigez GEOCODER_URL"
            )
        if status not in RETRIED:
            raise GeocoderUnavailable(
                f"le service de géocodage {self.name} refuse la demande (erreur {status})"
            )


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow none: an address must not go to a host that no setting names."""


class _Patience:
    """Connect within 3 s, then wait 10 s at most for each part of the answer."""

    def connect(self) -> None:
        self.timeout = CONNECT_SECONDS
        super().connect()  # type: ignore[misc]
        self.sock.settimeout(READ_SECONDS)  # type: ignore[attr-defined]


class _HttpConnection(_Patience, http.client.HTTPConnection):
    pass


class _HttpsConnection(_Patience, http.client.HTTPSConnection):
    pass


class _PatientHttp(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpConnection, request)


class _PatientHttps(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpsConnection, request)


def _retry_after(value: str | None) -> float | None:
    """Read the header: seconds, or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _in_french(error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return "délai dépassé"
    if isinstance(reason, ConnectionRefusedError):
        return "connexion refusée"
    if isinstance(reason, (ConnectionError, http.client.HTTPException)):
        return "connexion interrompue"
    return "réseau ou nom d’hôte injoignable"
