"""Loads a whole territory and runs everything on it: the invented EPCI, or the real files of Bondy.

Each step says what it did; run again, each says that nothing changed. Where a newer edition is in place (a cadastre
downloaded since), it stays, and the rest is loaded beside it.
"""

import hashlib
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from tqdm import tqdm

from cadastre_import import demo
from cadastre_import.demo import generate
from cadastre_import.folder import Found, import_files, recognise
from layers.errors import GeoLhiError

SEED = 2026
DEMO_EDITION = date(2026, 10, 1)
BONDY_EDITION = date(2025, 1, 1)
EST_ENSEMBLE = "200057875"
VERSION = "version"


class Command(BaseCommand):
    """Generate or find the files, import them, geocode, anchor, analyse, create the demo accounts."""

    help = "Charge un territoire de démonstration, de bout en bout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--territory", choices=("demo", "bondy"), default="demo")

    def handle(self, *, territory: str, verbosity: int, **options: Any) -> None:
        """Run each step."""
        self.show_progress = verbosity > 0
        try:
            epci = self._demo() if territory == "demo" else self._bondy()
        except GeoLhiError as error:
            raise CommandError(str(error)) from error
        self._step("comptes de démonstration")
        call_command("create_demo_accounts", epci=epci, stdout=self.stdout)

    def _demo(self) -> str:
        folder = settings.VAR_DIR / "demo"
        self._step("territoire inventé (fichiers aux formats officiels)")
        if _generator_version() != _written_version(folder):
            generate(folder, SEED, progress=lambda message: self.stdout.write(f"  {message}"))
            (folder / VERSION).write_text(_generator_version())
        self._import(recognise(folder), DEMO_EDITION)
        for command in ("geocode_signalements", "anchor_signalements", "propose_duplicates", "run_analyses"):
            self._step(command)
            call_command(command, stdout=self.stdout)
        return str(orjson.loads((folder / "cog/epci.json").read_bytes())[0]["code"])

    def _bondy(self) -> str:
        real = Path(settings.REAL_DATA_DIR)
        bondy = real / "bondy_93010"
        if not bondy.is_dir():
            raise CommandError(
                f"les fichiers de Bondy ne sont pas dans {real} ; téléchargez-les : manage.py fetch_territory 93010"
            )
        files = [
            Found("communes", real / "admin/cog2026/communes.json.gz"),
            Found("epci", real / "admin/cog2026/epci.json.gz"),
            Found("epci", real / "admin/cog2026/ept.json.gz"),
            Found("parcelles", bondy / "cadastre/2025/cadastre-93010-parcelles.json.gz"),
            Found("iris", bondy / "zonages/iris_93010_CODE_IRIS_tx_pauvrete2019.geojson"),
            Found("ban", bondy / "ban/adresses-93010.csv.gz"),
            Found("qpv", bondy / "zonages/qpv_93010_codes-QP.geojson"),
            Found("carreaux", bondy / "zonages/carreaux200m_filosofi_93010.gpkg"),
            Found("rpls", bondy / "rpls/rpls2021_Bondy.csv.gz"),
            Found("rpls-adresses", bondy / "rpls/rpls2021_Bondy.csv.gz"),
            Found("dvf", bondy / "dvf/dvf_brut_93_2022_extrait.csv.gz"),
        ]
        self._import(files, BONDY_EDITION)
        self.stdout.write(
            "aucun signalement n’est public : importez un export de Signal Logement pour analyser"
        )
        return EST_ENSEMBLE

    def _import(self, files: list[Found], millesime: date) -> None:
        def progress(source: str) -> Any:
            disabled = None if self.show_progress else True
            return lambda records: tqdm(records, desc=source, unit=" enr.", disable=disabled)

        self._step(f"import de {len(files)} fichiers")
        for found, report in import_files(files, millesime=millesime, progress=progress, beside_newer=True):
            self.stdout.write(f"  {found.path.name} : {report}")

    def _step(self, title: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"— {title}"))


def _generator_version() -> str:
    """Give a digest of the generator's code: the same code and seed write the same files."""
    code = hashlib.sha256(str(SEED).encode())
    for part in sorted(Path(demo.__file__).parent.rglob("*.[pc][ys]*")):
        if part.suffix in (".py", ".csv"):
            code.update(part.read_bytes())
    return code.hexdigest()


def _written_version(folder: Path) -> str:
    version = folder / VERSION
    return version.read_text() if version.is_file() else ""
