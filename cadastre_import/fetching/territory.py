"""Fetches the official files of communes and imports each in order; a failure is told, the rest goes on."""

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from pathlib import Path

from cadastre_import import fields
from cadastre_import.fetching import extracts
from cadastre_import.fetching.catalogue import CADASTRE_LAYERS, Catalogue
from cadastre_import.fetching.download import Download, Remote, download
from cadastre_import.fetching.errors import DownloadFailed, FileMissing
from cadastre_import.fetching.receipts import digest
from cadastre_import.fetching.web import Web
from cadastre_import.pipeline import Progress, run_import
from cadastre_import.sources import SOURCES
from cadastre_import.sources.cog import SIREN
from layers.arrondissements import ARRONDISSEMENTS
from layers.crs import departement_of
from layers.errors import GeoLhiError, UnknownTerritoire
from layers.models import Commune, ImportRun

Tell = Callable[[str], None]


class TerritoryFetch:
    """One run: ``done`` (files in place), ``missing`` and ``failed`` (by source) are read after ``run``."""

    def __init__(
        self,
        web: Web,
        catalogue: Catalogue,
        *,
        tell: Tell,
        progress: Callable[[str], Progress] = lambda source: iter,
        quiet: bool = True,
    ) -> None:
        """``tell`` receives one French sentence per file; ``progress`` wraps the records of a source."""
        self.web, self.catalogue, self.tell = web, catalogue, tell
        self.progress, self.quiet = progress, quiet
        self.done: list[Path] = []
        self.missing: list[str] = []
        self.failed: list[str] = []
        self.sirens: set[str] = set()

    def run(self, codes: Sequence[str]) -> None:
        """Fetch and import. Raises UnknownTerritoire for a code of a wrong form or an EPCI that nobody knows."""
        with _alone(self.catalogue.folder):
            communes = self._communes(codes)
            for code in communes:
                self._commune(code)
            for siren in sorted(self.sirens):
                self._epci(siren)
            known = [code for code in communes if self._cadastre(code)]
            for code in known:
                self._iris(code)
            for departement, members in groupby(known, departement_of):
                self._addresses(departement, list(members))
            if known:
                self._dwellings(known)

    def _communes(self, codes: Sequence[str]) -> list[str]:
        communes: set[str] = set()
        for code in (code.strip().upper() for code in codes):
            if code in ARRONDISSEMENTS:
                communes.update(ARRONDISSEMENTS[code])
            elif fields.COMMUNE.fullmatch(code):
                communes.add(code)
            elif SIREN.fullmatch(code):
                communes.update(self._members(code))
            else:
                raise UnknownTerritoire(
                    f"{code[:40]!r} n’est ni un code Insee de commune (93010, 2A004) ni un SIREN d’EPCI"
                )
        return sorted(communes)

    def _members(self, siren: str) -> list[str]:
        """Give the communes of an EPCI: by the API, else by the imported COG (which alone knows the EPT)."""
        if members := self._held("epci", self.catalogue.members(siren)):
            self.sirens.add(siren)
            codes = extracts.member_codes(members.path)
        else:
            codes = list(Commune.objects.filter(epci=siren).order_by("code").values_list("code", flat=True))
        if not codes:
            raise UnknownTerritoire(
                f"EPCI {siren} inconnu : importez d’abord le Code officiel géographique (epci.json, ept.json), "
                "ou donnez les codes des communes"
            )
        return [each for code in codes for each in ARRONDISSEMENTS.get(code, (code,))]

    def _commune(self, code: str) -> None:
        if not (answer := self._held("communes", self.catalogue.commune(code))):
            return
        target = self.catalogue.place(code, "communes.json")
        with self._telling("communes"):
            if siren := extracts.communes(answer.path, target):
                self.sirens.add(siren)
            self._import("communes", target, answer.millesime)

    def _epci(self, siren: str) -> None:
        record = self._held("epci", self.catalogue.epci(siren))
        members = self._held("epci", self.catalogue.members(siren))
        if record and members:
            target = self.catalogue.place(siren, "epci.json")
            with self._telling("epci"):
                extracts.epci(record.path, members.path, target)
                self._import("epci", target, record.millesime)

    def _cadastre(self, code: str) -> bool:
        """Import the layers of the cadastre; say whether the commune is known, without which nothing else enters."""
        for layer in CADASTRE_LAYERS:
            if held := self._held(layer, self.catalogue.cadastre(layer, code)):
                with self._telling(layer):
                    self._import(layer, held.path, held.millesime)
            if layer == CADASTRE_LAYERS[0] and not Commune.objects.filter(code=code).exists():
                self._fail(
                    layer, f"commune {code} : ni son nom ni son contour n’ont pu être lus, le reste attend"
                )
                return False
        return True

    def _iris(self, code: str) -> None:
        if not (answer := self._held("iris", self.catalogue.iris(code))):
            return
        target = self.catalogue.place(code, f"iris-{code}.geojson")
        outline = Commune.objects.get(code=code).geom
        with self._telling("iris"):
            if not extracts.iris(answer.path, target, outline.extent if outline else None):
                raise DownloadFailed(f"iris {code} : l’IGN ne donne aucun IRIS pour ce code")
            self._import("iris", target, answer.millesime)

    def _addresses(self, departement: str, codes: list[str]) -> None:
        if held := self._held("ban", self.catalogue.addresses(departement)):
            targets = {code: self.catalogue.place(code, f"adresses-{code}.csv.gz") for code in codes}
            self._share("ban", held, targets, extracts.addresses)

    def _dwellings(self, codes: list[str]) -> None:
        if held := self._held("logement", self.catalogue.dwellings()):
            targets = {code: self.catalogue.place(code, f"base-ic-logement-{code}.csv") for code in codes}
            self._share("logement", held, targets, extracts.dwellings)

    def _share(
        self, source: str, held: Download, targets: Mapping[str, Path], extract: extracts.Extract
    ) -> None:
        """Import what a file of a wider territory says of each commune."""
        stale = {code: path for code, path in targets.items() if not extracts.made_from(path, held.sha256)}
        with self._telling(source):
            counts = extract(held.path, stale) if stale else {}
            for code, path in targets.items():
                if counts.get(code) == 0:
                    path.unlink()
                    self.missing.append(source)
                    self.tell(f"{source} {code} : rien sur cette commune dans {held.path.name}")
                    continue
                extracts.remember(path, held.sha256)
                with self._telling(source):
                    self._import(source, path, held.millesime)

    def _held(self, source: str, remote: Remote) -> Download | None:
        """Download, tell, and give the file; None if it could not be had."""
        try:
            got = download(remote, self.web, quiet=self.quiet)
        except FileMissing as error:
            self.missing.append(source)
            self.tell(f"{remote.title} : {error}")
            return None
        except DownloadFailed as error:
            self._fail(source, f"{remote.title} : {error}")
            return None
        self.done.append(got.path)
        self.tell(f"{remote.title} : {got}")
        return got

    def _import(self, source: str, path: Path, millesime: date | None) -> None:
        if _known_without_coverage(source, path):
            self.tell(f"  import {source} : fichier déjà importé, rien à faire")
            return
        report = run_import(SOURCES[source], path, millesime=millesime, progress=self.progress(source))
        self.tell(f"  import {source} : {report}")

    def _fail(self, source: str, sentence: str) -> None:
        self.failed.append(source)
        self.tell(f"ÉCHEC {sentence}")

    @contextmanager
    def _telling(self, source: str) -> Iterator[None]:
        """Tell a file that cannot be read or imported, and go on."""
        try:
            yield
        except GeoLhiError as error:
            self._fail(source, str(error))


def _known_without_coverage(source: str, path: Path) -> bool:
    """Say whether this very file was imported, for files that do not say which communes they speak of.

    The pipeline reads such a file again once any other of its source came: here one comes per commune.
    """
    runs = ImportRun.objects.filter(source=source, status=ImportRun.Status.DONE, coverage=[])
    return runs.filter(sha256=digest(path)).exists()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second run out of the same folder: two would write the same partial files."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".verrou").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DownloadFailed(f"{folder} : un autre téléchargement est en cours") from None
        yield
