"""The record of exports: each file that leaves is in it, nobody changes it, it is removed in time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from geo_lhi.accounts.models import Export, TokenScope
from tests.factories import (
    AnalysisResultFactory,
    ImportRejectFactory,
    ImportRunFactory,
    UploadFactory,
    token_of,
)
from tests.ogc.wfs import body


@pytest.fixture
def run(commune, other_commune, partner_user):
    """Give a run of two rows here and one elsewhere."""
    first = AnalysisResultFactory(communes=[commune.code], position=0)
    AnalysisResultFactory(run=first.run, communes=[commune.code], position=1)
    AnalysisResultFactory(run=first.run, communes=[other_commune.code], position=2)
    return first.run


@pytest.mark.parametrize("suffix", ["csv", "gpkg"])
def test_a_file_of_a_run_is_recorded_with_the_rows_of_its_reader(partner_client, partner_user, run, suffix):
    body(partner_client.get(f"/analyses/{run.pk}/lignes.{suffix}"))
    export = Export.objects.get()
    assert (export.user, export.account, export.token) == (partner_user, "ici", "")
    assert (export.what, export.source) == (f"lignes d’analyse (.{suffix})", f"analyse n° {run.pk}")
    assert export.rows == 2


def test_a_token_is_recorded_by_its_name(client, partner_user, run):
    headers = {"Authorization": f"Bearer {token_of(partner_user, TokenScope.EXPORT)}"}
    response = client.get(f"/analyses/{run.pk}/lignes.csv", headers=headers)
    assert response.status_code == 200
    assert (Export.objects.get().account, Export.objects.get().token) == ("ici", "essai")


def test_past_its_limit_a_token_exports_and_records_nothing(client, partner_user, run, settings):
    settings.EXPORTS_PER_HOUR = 1
    headers = {"Authorization": f"Bearer {token_of(partner_user, TokenScope.EXPORT)}"}
    url = f"/analyses/{run.pk}/lignes.csv"
    assert [client.get(url, headers=headers).status_code for _ in range(2)] == [200, 429]
    assert Export.objects.count() == 1


def test_the_rejects_of_an_import_are_recorded(administrator_client):
    run = ImportRunFactory(source="signal-logement", rejected=1)
    ImportRejectFactory(run=run, content='{"a": "12 rue du Secret"}')
    UploadFactory(run=run)
    body(administrator_client.get(f"/imports/journal/{run.pk}/rejets/"))
    export = Export.objects.get()
    assert (export.what, export.source, export.rows) == ("rejets (.csv)", f"import n° {run.pk}", 1)
    assert "Secret" not in repr(Export.objects.values())


def test_what_was_refused_is_not_recorded(partner_client, other_partner_user, run):
    assert partner_client.get("/analyses/1000000000/lignes.csv").status_code == 404
    assert partner_client.get(f"/analyses/{run.pk}/surface.tif").status_code == 404
    assert not Export.objects.exists()


def test_a_record_is_never_changed(partner_client, partner_user, run):
    partner_client.get(f"/analyses/{run.pk}/lignes.csv")
    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        Export.objects.update(rows=0)
    partner_user.delete()
    export = Export.objects.get()
    assert (export.account, export.rows) == ("ici", 2)


def test_the_administrator_reads_it_and_changes_nothing(administrator_client, partner_client, run):
    partner_client.get(f"/analyses/{run.pk}/lignes.csv")
    export = Export.objects.get()
    listed = administrator_client.get("/gestion/accounts/export/").content.decode()
    assert f"analyse n° {run.pk}" in listed
    assert administrator_client.get(f"/gestion/accounts/export/{export.pk}/change/").status_code == 200
    for url in ("add/", f"{export.pk}/delete/"):
        assert (
            administrator_client.post(f"/gestion/accounts/export/{url}", {"post": "yes"}).status_code == 403
        )
    changed = administrator_client.post(f"/gestion/accounts/export/{export.pk}/change/", {"rows": 0})
    assert changed.status_code == 403
    assert Export.objects.get().rows == 2


def test_the_administrator_revokes_tokens_and_reads_no_digest(administrator_client, partner_user):
    token_of(partner_user)
    token = partner_user.tokens.get()
    page = administrator_client.get(f"/gestion/accounts/apitoken/{token.pk}/change/").content.decode()
    assert token.digest not in page
    action = {"action": "revoke", "_selected_action": [token.pk]}
    administrator_client.post("/gestion/accounts/apitoken/", action)
    token.refresh_from_db()
    assert token.revoked_at


def test_records_are_removed_after_their_time(db, settings, monkeypatch, capsys):
    settings.EXPORTS_KEPT_DAYS = 30
    now = datetime(2028, 2, 29, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    kept = Export.objects.create(account="a", what="x", at=now - timedelta(days=30))
    Export.objects.create(account="a", what="x", at=now - timedelta(days=30, seconds=1))
    call_command("purge_exports")
    assert "1 exports de plus de 30 jours effacés" in capsys.readouterr().out
    assert Export.objects.get() == kept
