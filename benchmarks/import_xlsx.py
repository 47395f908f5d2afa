"""Import the same export of Signal Logement as a workbook and as a CSV: seconds, CPU and memory, in one run.

Run with ``python -m benchmarks.import_xlsx [REPORTS]`` (20 000 if not given): the 70 columns of the export, of which
a third are empty, as in real ones. The workbook is inflated once to be checked, then read by a process of its own.
"""

import csv
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks._measure import Cost, manage
from benchmarks._scratch import scratch_database

REPEATS = 2
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
    'ContentType="application/xml"/><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
    f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>'
    '<sheet name="Signalements" sheetId="1" r:id="a"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
    f'Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def reports(count: int) -> Iterator[list[str]]:
    """Give the header of the export, then reports whose unread columns are filled two times out of three."""
    from cadastre_import.demo.export import HEADER

    yield list(HEADER)
    for n in range(count):
        read = {
            "Référence": f"2025-{n + 1}",
            "Déposé le": f"{n % 28 + 1:02d}/03/2025",
            "Statut": "en cours",
            "Description": "Texte inventé : humidité, chauffage en panne, fenêtres qui ferment mal. "
            * (1 + n % 4),
            "Adresse": f"{n % 99 + 1} rue du Moulin",
            "Code postal": "60999",
            "Commune": "Ici",
            "Code INSEE": "60999",
            "Désordres": "Humidité, Chauffage",
        }
        unread = {name: f"valeur {n % 1000}" for at, name in enumerate(HEADER[15:62]) if (at + n) % 3}
        skipped = ("Criticité au dépôt", "Nb personnes", "Nb enfants", "Superficie", "Nombre de visites")
        dated = [name for name in unread if "date" in name.lower() or name.endswith(" le")]
        unread = {name: value for name, value in unread.items() if name not in (*skipped, *dated)}
        cells = unread | read
        yield [cells.get(name, "") for name in HEADER]


def write_csv(path: Path, rows: Iterable[list[str]]) -> Path:
    """Write as the application exports."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)
    return path


def write_xlsx(path: Path, rows: Iterable[list[str]]) -> Path:
    """Write one sheet of texts; an empty cell is absent, as programs write it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for number, row in enumerate(rows, 1):
                cells = "".join(
                    f'<c r="{_column(at)}{number}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
                    for at, value in enumerate(row)
                    if value
                )
                sheet.write(f'<row r="{number}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
    return path


def _column(at: int) -> str:
    first, last = divmod(at, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def imported(path: Path) -> Cost:
    """Import into an empty table, by the command line."""
    from layers.models import Desordre, ImportReject, ImportRun, Signalement

    for model in (ImportReject, ImportRun, Desordre):
        model.objects.all()._raw_delete("default")
    Signalement.objects.unscoped("benchmark")._raw_delete("default")
    cost = manage("import_source", "signal-logement", str(path))
    assert ", 0 rejetés" in cost.output, cost.output[-500:]
    return cost


def main(count: int) -> None:
    """Import both in turn and keep the best of each."""
    from layers.models import Commune

    Commune.objects.create(code="60999", nom="Ici")
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "CSV": write_csv(Path(folder, "signalements.csv"), reports(count)),
            "XLSX": write_xlsx(Path(folder, "signalements.xlsx"), reports(count)),
        }
        runs = [{name: imported(path) for name, path in files.items()} for _ in range(REPEATS)]
        best = {name: min((run[name] for run in runs), key=lambda cost: cost.wall) for name in files}
        print(f"{count} reports of 70 columns, load average {os.getloadavg()[0]:.1f}")
        for name, cost in best.items():
            size = files[name].stat().st_size / 1e6
            print(f"  {name:4} {size:5.1f} MB {cost}, {count / cost.wall:6.0f} reports/s")
    print(f"  ratio XLSX / CSV: {best['XLSX'].wall / best['CSV'].wall:.1f} in wall time")


if __name__ == "__main__":
    with scratch_database():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
