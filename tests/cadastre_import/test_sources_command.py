"""``manage.py sources`` lists the register and what was imported last."""

from datetime import date

import pytest
from django.core.management import call_command
from django.utils import timezone

from cadastre_import.sources import SOURCES
from layers.models import ImportRun

pytestmark = pytest.mark.django_db


def blocks(output: str) -> dict[str, list[str]]:
    lines = output.splitlines()
    return {lines[n].split(" – ")[0]: lines[n + 1 : n + 4] for n in range(0, len(lines), 4)}


def test_every_source_says_who_makes_it_and_whether_it_was_imported(capsys):
    common = {"sha256": "0" * 64, "ended_at": timezone.now()}
    for name, status in (("a.csv.gz", "done"), ("b.csv.gz", "done"), ("c.csv.gz", "failed")):
        ImportRun.objects.create(
            source="ban", file_name=name, status=status, millesime=date(2025, 7, 1), read=9, **common
        )
    call_command("sources")
    listed = blocks(capsys.readouterr().out)
    assert set(listed) == set(SOURCES)
    assert "Licence Ouverte 2.0" in listed["parcelles"][0]
    assert "cadastre-{commune}-parcelles.json.gz" in listed["parcelles"][1]
    assert listed["rnb"][2].endswith("jamais importée")
    assert "b.csv.gz, édition du 01/07/2025" in listed["ban"][2]
