"""The hostile files and their manifest: what each of them must do to an import."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from cadastre_import.pipeline import run_import
from cadastre_import.source import ImportReport, Source
from layers.errors import UnreadableFile
from layers.models import ImportReject, ImportRun

FOLDER = Path(settings.BAD_INPUTS_DIR)
NEEDED = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason=f"les fichiers hostiles ne sont pas dans {FOLDER} (réglage GEO_LHI_BAD_INPUTS)",
)


def hostile(kind: str) -> dict[str, dict[str, Any]]:
    """Give the manifest's entries of a kind by file name; empty if the folder is absent."""
    if not FOLDER.is_dir():
        return {}
    entries = json.loads((FOLDER / "manifest.json").read_bytes())["files"]
    return {Path(entry["file"]).name: entry for entry in entries if entry["kind"] == kind}


def imported(source: Source, entry: dict[str, Any]) -> ImportReport:
    """Import a file that may be imported: its counts are told, its rejects kept, a second import changes nothing."""
    path = FOLDER / entry["file"]
    report = run_import(source, path)
    assert run_import(source, path).already_imported_on is not None
    again = run_import(source, path, force=True)
    assert (again.added, again.changed, again.closed) == (0, 0, 0)
    first = ImportRun.objects.filter(file_name=path.name).earliest("pk")
    assert (first.status, first.rejected) == (ImportRun.Status.DONE, len(report.rejects))
    assert ImportReject.objects.filter(run=first).count() == len(report.rejects)
    return report


def refused(source: Source, entry: dict[str, Any]) -> str:
    """Refuse the file whole and give the message, in which the file is named."""
    path = FOLDER / entry["file"]
    with pytest.raises(UnreadableFile) as refusal:
        run_import(source, path)
    run = ImportRun.objects.latest("pk")
    assert run.status == ImportRun.Status.FAILED
    assert run.message == str(refusal.value)
    assert path.name in run.message
    for expected in entry.get("message_contains", ()):
        assert expected in run.message
    return run.message
