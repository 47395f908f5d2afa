"""Fetches the files of whole départements; nothing is imported here."""

import re
from collections.abc import Callable, Iterable, Iterator

from cadastre_import.fetching.catalogue import Catalogue
from cadastre_import.fetching.download import Remote, download
from cadastre_import.fetching.errors import DownloadFailed, FileMissing
from cadastre_import.fetching.web import Web
from layers.errors import UnknownTerritoire

DEPARTEMENT = re.compile(r"0[1-9]|[1345678]\d|2[1-9AB]|9[0-5]|97[1-8]")


def fetch_departements(
    web: Web,
    catalogue: Catalogue,
    departements: Iterable[str],
    layers: Iterable[str],
    *,
    tell: Callable[[str], None],
    quiet: bool = True,
) -> list[str]:
    """Put the files in the folder of ``catalogue``, those in place and current excepted; give what failed.

    ``tell`` receives one French sentence a file. Raises UnknownTerritoire before anything is asked.
    """
    failed = []
    for remote in list(_files(catalogue, departements, layers)):
        try:
            got = download(remote, web, quiet=quiet)
        except (FileMissing, DownloadFailed) as error:
            failed.append(remote.title)
            tell(f"ÉCHEC {remote.title} : {error}")
        else:
            tell(f"{remote.title} : {got}")
    return failed


def _files(catalogue: Catalogue, departements: Iterable[str], layers: Iterable[str]) -> Iterator[Remote]:
    for code in departements:
        if not DEPARTEMENT.fullmatch(code):
            raise UnknownTerritoire(f"{code[:40]!r} n’est pas un code de département (01, 2A, 93, 974)")
        yield catalogue.departement("cadastre-communes", code)
        for layer in layers:
            yield catalogue.addresses(code) if layer == "ban" else catalogue.departement(layer, code)
