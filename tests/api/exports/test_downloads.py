"""What a person may download: their rows, by the filters of the map, small files at once, large ones by a worker."""

import gzip
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from api.exports import requests, views
from api.exports.requests import make_export, tidy_exports
from geo_lhi.accounts.models import Export, TokenScope
from layers.models import ExportRequest
from tests.factories import IrisFactory, ParcelleFactory, square, token_of
from tests.ogc.wfs import body
from tests.queue import run_worker

Status = ExportRequest.Status


def form(*layers: str, **fields: str) -> dict:
    return {"couche": layers or ("signalements",), "format": "csv", "projection": "4326", **fields}


def references(content: bytes) -> set[str]:
    return {line.split(";")[1] for line in content.decode("utf-8-sig").splitlines()[1:]}


def download(client, **fields) -> bytes:
    response = client.post(reverse("export-ask"), form(**fields))
    assert response.status_code == 200, body(response)[:500]
    assert "attachment" in response["Content-Disposition"]
    return body(response)


def asked(user, **fields) -> ExportRequest:
    values = {"layers": ["signalements"], "format": "csv", "srid": 4326} | fields
    return ExportRequest.objects.create(author=user, **values)


def test_the_page_offers_the_layers_that_the_reader_may_read(
    town, partner_client, signed_in, user_without_partner
):
    page = partner_client.get(reverse("downloads")).content.decode()
    assert 'value="signalements"' in page
    assert f'value="{town.code}"' in page
    page = signed_in(user_without_partner).get(reverse("downloads")).content.decode()
    assert 'value="parcelles"' in page
    assert 'value="signalements"' not in page
    refused = signed_in(user_without_partner).post(reverse("export-ask"), form())
    assert refused.status_code == 422


def test_each_reader_gets_their_reports(town, partner_client, other_partner_client, administrator_client):
    here = {"ici-0", "ici-1", "ici-2"}
    assert references(download(partner_client)) == here
    assert references(download(other_partner_client)) == {"ailleurs"}
    assert references(download(administrator_client)) == here | {"ailleurs"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"du": "2026-02-01"}, {"ici-1", "ici-2"}),
        ({"au": "2026-01-31"}, {"ici-0"}),
        ({"du": "2026-02-01", "au": "2026-02-28"}, {"ici-1"}),
        ({"statut": "CLOSED"}, set()),
        ({"bbox": "2.99999,46.49999,3.00005,46.50010"}, {"ici-0"}),
    ],
)
def test_the_filters_of_the_map_are_those_of_the_files(town, partner_client, filters, expected):
    assert references(download(partner_client, **filters)) == expected
    url = reverse("export-layer", args=["signalements", "csv"])
    assert references(body(partner_client.get(url, filters))) == expected


def test_each_file_that_leaves_is_recorded(town, partner_user, partner_client):
    download(partner_client, du="2026-02-01")
    request = asked(partner_user, format="gpkg")
    make_export(request.pk)
    body(partner_client.get(reverse("export-file", args=[request.pk])))
    direct, made = Export.objects.order_by("pk")
    assert (direct.account, direct.rows, direct.source) == ("ici", 2, "signalements")
    assert direct.filters == {"du": "2026-02-01", "couches": "signalements"}
    assert (made.what, made.rows) == ("couches (.gpkg)", 3)


def test_a_token_of_the_exports_reads_the_files_of_its_owner(town, partner_user):
    token = token_of(partner_user, TokenScope.EXPORT)
    url = reverse("export-layer", args=["signalements", "csv"])
    client = Client(headers={"Authorization": f"Bearer {token}"})
    assert references(body(client.get(url))) == {"ici-0", "ici-1", "ici-2"}
    assert Export.objects.get().token
    other = Client(headers={"Authorization": f"Bearer {token_of(partner_user, TokenScope.WFS)}"})
    assert other.get(url).status_code == 403


def codes(client, layer: str, **filters) -> set:
    response = client.get(reverse("export-layer", args=[layer, "geojson"]), filters)
    assert response.status_code == 200, response.content
    return {feature["id"] for feature in json.loads(body(response))["features"]}


def test_a_territory_cuts_every_layer(town, other_commune, partner_client):
    iris = IrisFactory(commune=town, geom=square(0, 0, 15))
    IrisFactory(commune=town, geom=square(15, 0, 15))
    straddling = ParcelleFactory(commune=town, geom=square(14, 5, 8))  # most of it in the neighbour
    every = codes(partner_client, "parcelles")
    here = codes(partner_client, "parcelles", territoire=town.code)
    there = codes(partner_client, "parcelles", territoire=other_commune.code)
    assert (len(every), len(here), len(there)) == (4, 3, 1)
    assert here | there == every
    inside = codes(partner_client, "parcelles", territoire=iris.code)
    assert len(inside) == 1
    assert straddling.idu not in inside
    assert codes(partner_client, "communes", territoire=town.code) == {town.code}
    assert len(codes(partner_client, "perimetres", territoire=town.code)) == 1
    assert codes(partner_client, "perimetres", territoire=other_commune.code) == set()
    assert len(codes(partner_client, "arretes", territoire=town.code, du="2026-01-01", au="2026-03-01")) == 1
    assert codes(partner_client, "arretes", du="2026-02-02") == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "dxf"},
        {"projection": "27572"},
        {"projection": "2154; DROP"},
        {"projection": "²"},
        {"couche": ()},
        {"couche": ("inconnue",)},
        {"du": "hier"},
        {"statut": "PERDU"},
        {"territoire": "99999"},
        {"bbox": "nan,0,1,1"},
        {"territoire": "a\x00b"},
    ],
)
def test_what_cannot_be_asked_is_said_on_the_page(town, partner_client, fields):
    response = partner_client.post(reverse("export-ask"), form() | fields)
    assert response.status_code == 422
    assert 'class="errors"' in response.content.decode()
    assert not ExportRequest.objects.exists()


def test_a_program_is_told_what_is_wrong_as_a_problem(town, partner_client):
    for url, status in (
        ("signalements.dxf", 400),
        ("inconnue.csv", 404),
        ("signalements.csv?projection=27572", 400),
        ("signalements.geojson?projection=2154", 400),
        ("signalements.csv?inconnu=1", 400),
        ("signalements.csv?territoire=99999", 404),
    ):
        response = partner_client.get(f"{reverse('downloads')}{url}")
        assert response.status_code == status, url
        assert response["Content-Type"] == "application/problem+json"


def test_a_program_asks_for_large_files_elsewhere(town, partner_client, monkeypatch):
    monkeypatch.setattr(views, "DIRECT_ROWS", 2)
    assert partner_client.get(reverse("export-layer", args=["signalements", "gpkg"])).status_code == 400
    assert partner_client.get(reverse("export-layer", args=["signalements", "csv"])).status_code == 200


def test_a_small_file_leaves_nothing_behind(town, partner_client, exports_folder):
    content = download(partner_client, format="gpkg")
    assert content.startswith(b"SQLite format 3")
    assert list(exports_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("format_", "compressed"),
    [("shp", True), ("xlsx", True), ("gpkg", False), ("csv", False), ("geojson", False)],
)
def test_what_is_compressed_already_is_not_compressed_again(town, partner_client, format_, compressed):
    url = reverse("export-layer", args=["signalements", format_])
    response = partner_client.get(url, headers={"Accept-Encoding": "gzip"})
    content = body(response)
    assert response.has_header("Content-Encoding") is not compressed
    if compressed:
        assert content.startswith(b"PK")
        assert int(response["Content-Length"]) == len(content)  # a browser says how far it is
    else:
        assert gzip.decompress(content)


@pytest.mark.usefixtures("queue")
def test_a_large_file_is_made_by_a_worker_and_fetched_by_its_author(
    town, partner_client, other_partner_client, administrator_client, monkeypatch
):
    monkeypatch.setattr(views, "DIRECT_ROWS", 2)
    response = partner_client.post(reverse("export-ask"), form("signalements", "parcelles", format="gpkg"))
    request = ExportRequest.objects.get()
    assert response["Location"] == reverse("export", args=[request.pk])
    assert "attend son tour" in partner_client.get(response["Location"]).content.decode()
    run_worker()
    request.refresh_from_db()
    assert (request.status, request.written, request.expected) == (Status.DONE, 6, 6)
    assert "Télécharger" in partner_client.get(response["Location"]).content.decode()
    file = partner_client.get(reverse("export-file", args=[request.pk]))
    assert body(file).startswith(b"SQLite format 3")
    assert file["Content-Disposition"] == 'attachment; filename="couches.gpkg"'
    for client in (other_partner_client, administrator_client):
        for name in ("export", "export-progress", "export-file"):
            assert client.get(reverse(name, args=[request.pk])).status_code == 404


def test_progress_says_how_far_it_is(town, partner_user, partner_client):
    request = asked(partner_user, status=Status.RUNNING, written=5, expected=10, started_at=timezone.now())
    state = partner_client.get(reverse("export-progress", args=[request.pk])).json()
    assert (state["written"], state["expected"], state["over"]) == (5, 10, False)


def test_a_file_is_made_with_the_rights_of_now_and_closed_when_they_change(
    town, other_commune, partner_user, partner_client
):
    request = asked(partner_user)
    partner_user.partner.communes.set([other_commune])
    make_export(request.pk)
    url = reverse("export-file", args=[request.pk])
    assert references(body(partner_client.get(url))) == {"ailleurs"}
    partner_user.partner.communes.set([town])
    assert partner_client.get(url).status_code == 302
    assert "périmètre a changé" in partner_client.get(reverse("export", args=[request.pk])).content.decode()


def test_a_layer_that_closed_meanwhile_fails_the_export(town, partner_user):
    request = asked(partner_user)
    partner_user.partner = None
    partner_user.save()
    assert make_export(request.pk) == "refusé"
    request.refresh_from_db()
    assert (request.status, request.folder) == (Status.FAILED, "")


def test_a_file_is_removed_at_its_hour_or_by_its_author(town, partner_user, partner_client, exports_folder):
    old, unwanted, kept = (asked(partner_user) for _ in range(3))
    for request in (old, unwanted, kept):
        make_export(request.pk)
    ExportRequest.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert partner_client.get(reverse("export-file", args=[old.pk])).status_code == 302
    partner_client.post(reverse("export-cancel", args=[unwanted.pk]))
    assert tidy_exports() == 1
    kept.refresh_from_db()
    assert [found.name for found in exports_folder.iterdir()] == [kept.folder]
    assert "retiré" in partner_client.get(reverse("downloads")).content.decode()


@pytest.mark.usefixtures("queue")
def test_a_waiting_export_can_be_taken_back(town, partner_client, monkeypatch):
    monkeypatch.setattr(views, "DIRECT_ROWS", 0)
    partner_client.post(reverse("export-ask"), form())
    request = ExportRequest.objects.get()
    partner_client.post(reverse("export-cancel", args=[request.pk]))
    run_worker()
    request.refresh_from_db()
    assert request.status == Status.CANCELLED
    assert make_export(request.pk) == "rien à faire"


def test_a_defect_leaves_no_file_and_says_so(town, partner_user, partner_client, monkeypatch, exports_folder):
    def broken(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(requests.files, "keep", broken)
    request = asked(partner_user)
    with pytest.raises(OSError, match="No space"):
        make_export(request.pk)
    assert list(exports_folder.iterdir()) == []
    assert "plus de place" in partner_client.get(reverse("export", args=[request.pk])).content.decode()
