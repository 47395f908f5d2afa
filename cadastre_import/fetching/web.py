"""Asks official servers politely: one request at a time, with our name, never elsewhere than the settings say."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from cadastre_import.fetching.errors import DownloadFailed, FileMissing, Interrupted

USER_AGENT = "geo_lhi"
TIMEOUT_S = 30.0
DELAYS_S = (1.0, 4.0, 15.0, 30.0)
LONGEST_WAIT_S = 120.0

NOT_MODIFIED, RANGE_REFUSED = 304, 416
GONE = (404, 410)
WORTH_RETRYING = (408, 425, 429, 500, 502, 503, 504)

Answer = HTTPResponse | HTTPError


class Web:
    """The network, limited to the hosts of ``bases`` (URLs).

    The proxies of the environment (``https_proxy``, ``no_proxy``) are honoured. A host that stayed silent through
    every attempt is then asked once per file, so that a network that is down is told within minutes.
    """

    def __init__(
        self,
        bases: Iterable[str],
        *,
        timeout_s: float = TIMEOUT_S,
        delays_s: tuple[float, ...] = DELAYS_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raise DownloadFailed for a base that is not an http(s) URL."""
        self.timeout_s, self.delays_s, self.sleep = timeout_s, delays_s, sleep
        self._silent_hosts: set[str] = set()
        self._opener = OpenerDirector()
        # Named one by one: the usual opener also reads file:, ftp: and data:
        for handler in (
            ProxyHandler(),
            HTTPHandler(),
            HTTPSHandler(),
            HTTPDefaultErrorHandler(),
            HTTPErrorProcessor(),
            UnknownHandler(),
            _NamedHostsOnly({_host(base) for base in bases}),
        ):
            self._opener.add_handler(handler)

    def open(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Give the answer to a GET: 200, 206, 304 or 416.

        Raises FileMissing (404, 410), Interrupted (another attempt may succeed) or DownloadFailed.
        """
        asked = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
        request = Request(url, headers=asked)  # noqa: S310 - the opener knows http and https alone
        try:
            return self._opener.open(request, timeout=self.timeout_s)
        except HTTPError as answer:
            if answer.code in (NOT_MODIFIED, RANGE_REFUSED):
                return answer
            answer.close()
            if answer.code in GONE:
                raise FileMissing(f"absent chez le producteur ({answer.code}) : {url}") from None
            if answer.code in WORTH_RETRYING:
                raise Interrupted(
                    f"le serveur répond {answer.code}", _retry_after(answer.headers.get("Retry-After"))
                ) from None
            raise DownloadFailed(f"{url} : le serveur répond {answer.code} {answer.reason}") from None
        except (OSError, HTTPException) as error:
            raise Interrupted(network_reason(error)) from error

    def delays_for(self, url: str) -> tuple[float, ...]:
        """Give the waits between the attempts at this URL."""
        return () if urlsplit(url).netloc in self._silent_hosts else self.delays_s

    def gave_up(self, url: str) -> None:
        """Remember that every attempt at this host failed."""
        self._silent_hosts.add(urlsplit(url).netloc)


def network_reason(error: Exception) -> str:
    """Say in one sentence why the network failed."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return "le serveur ne répond pas à temps"
    return f"connexion impossible ou coupée ({str(cause) or type(cause).__name__})"


class _NamedHostsOnly(HTTPRedirectHandler):
    """Follows a redirection inside the named hosts, from https to https: data read elsewhere is not official."""

    def __init__(self, hosts: set[str]) -> None:
        self.hosts = hosts

    def redirect_request(  # noqa: PLR0917 - the signature is urllib's
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        target = urlsplit(newurl)
        if target.netloc not in self.hosts or (req.type == "https" and target.scheme != "https"):
            fp.close()
            raise DownloadFailed(
                f"{req.full_url} : redirection refusée vers {target.scheme}://{target.netloc}, qui n’est pas un hôte "
                "des réglages ; si le producteur a déménagé, corrigez l’URL dans la configuration (docs/donnees.md)"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _host(base: str) -> str:
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise DownloadFailed(f"{base!r} n’est pas une URL http ou https : corrigez la configuration")
    return parts.netloc


def _retry_after(value: str | None) -> float | None:
    """Read seconds or an HTTP date; None for anything else."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
