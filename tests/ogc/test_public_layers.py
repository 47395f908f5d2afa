"""The published figures leave to anyone by every service, and the role that reads them can read nothing else."""

import json
import re

import pytest
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from geo_lhi.accounts.public import PREFIX
from layers import public_role
from layers.errors import InvalidPublication
from layers.models import Publication, UnitKind
from layers.models.publications import PUBLIC
from layers.services.publications import publish, withdraw
from tests.factories import (
    AnalysisResultFactory,
    AnalysisRunFactory,
    CommuneFactory,
    IrisFactory,
    SignalementFactory,
    point,
    square,
    token_of,
)
from tests.leaks import unpacked
from tests.mvt import decode, tile_at
from tests.ogc.wfs import body

BOTH = ["default", PUBLIC]


def release(commune, unit: str = UnitKind.COMMUNE, audience: str = "public", digest: str = "a" * 64, **more):
    run = AnalysisRunFactory(
        method="diffusion",
        inputs_digest=digest,
        parameters={"unit": unit, "audience": audience, "last_year": ""},
        summary={
            "rows": 1,
            "unit": unit,
            "facts": [["Années", "2024, 2023, 2022", "", 0]],
            "notes": [],
            "cuts": {},
        },
        **more,
    )
    code = commune.code if unit == UnitKind.COMMUNE else IrisFactory(commune=commune).code
    AnalysisResultFactory(
        run=run,
        position=0,
        unit_kind=unit,
        unit_code=code,
        label="Bourg-Publié",
        communes=[commune.code],
        figures={"dwellings": 1000.0, "total": 12.0, "year_0": None, "year_1": 7.0, "year_2": 5.0},
    )
    return run


@pytest.fixture
def commune(transactional_db):
    found = CommuneFactory(nom="Bourg", geom=square(0, 0, 1000))
    SignalementFactory(commune=found, reference="canari-prive")
    return found


@pytest.mark.django_db(transaction=True, databases=BOTH)
class TestPublished:
    """What anyone reads; the role has its own connection, so that rows are committed."""

    @pytest.fixture(autouse=True)
    def _published(self, commune):
        publish(release(commune))

    def test_anyone_reads_the_figures_by_every_service(self, client):
        items = json.loads(body(client.get("/public/ogc/collections/chiffres_commune/items")))
        [feature] = items["features"]
        assert feature["properties"]["signales"] == 12
        assert feature["properties"]["signales_annee"] is None
        assert feature["properties"]["annees"] == "2024, 2023, 2022"
        wfs = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "TYPENAMES": "chiffres_commune"}
        assert b"Bourg-Publi" in body(client.get("/public/wfs/", wfs))
        hits = body(client.get("/public/wfs/", wfs | {"RESULTTYPE": "hits"})).decode()
        assert 'numberMatched="1"' in hits
        tile = client.get(f"/public/tiles/chiffres_commune/{tile_at(12, point(5, 5))}.mvt")
        [drawn] = decode(tile.content)["chiffres_commune"]
        assert drawn["signales"] == 12
        assert tile["Cache-Control"] == "public, max-age=300"

    def test_their_addresses_stay_under_the_prefix(self, client):
        for path in (
            "ogc/?f=json",
            "ogc/collections?f=json",
            "tiles/chiffres_commune.json",
            "wfs/?SERVICE=WFS&REQUEST=GetCapabilities",
        ):
            text = body(client.get(f"/public/{path}")).decode()
            assert "http://testserver/public/" in text
            assert not re.search("http://testserver/(?!public/)", text)
        page = client.get("/public/ogc/collections/chiffres_commune/items?f=html")
        assert b"Bourg-Publi" in page.content
        assert "/public/" not in client.get("/connexion/").content.decode()

    def test_the_extent_is_that_of_the_figures(self, client):
        CommuneFactory(geom=square(50_000, 0, 10))
        [box] = client.get("/public/ogc/collections/chiffres_commune?f=json").json()["extent"]["spatial"][
            "bbox"
        ]
        assert Point(*box[2:]).x < point(2_000, 0).x

    def test_no_private_layer_is_there_whoever_asks(self, client, partner_user_of):
        signed_in, token = partner_user_of
        bearer = Client(headers={"Authorization": f"Bearer {token}"})
        for asking in (client, signed_in, bearer):
            assert asking.get("/public/ogc/collections/signalements/items").status_code == 404
            assert asking.get(f"/public/tiles/signalements/{tile_at(14, point(5, 5))}.mvt").status_code == 404
            wfs = asking.get(
                "/public/wfs/?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature&TYPENAMES=signalements"
            )
            assert wfs.status_code == 400
            listed = asking.get("/public/ogc/collections?f=json").json()["collections"]
            assert {found["id"] for found in listed} == {"chiffres_commune", "chiffres_iris"}
            for path in ("ogc/api", "ogc/collections?f=html", "wfs/?SERVICE=WFS&REQUEST=GetCapabilities"):
                assert "canari-prive" not in unpacked(body(asking.get(f"/public/{path}")))

    def test_the_private_services_still_ask_who_is_there(self, client):
        for path in ("/ogc/collections/chiffres_commune/items", "/wfs/?SERVICE=WFS&REQUEST=GetCapabilities"):
            response = client.get(path)
            assert response.status_code == 401
            assert response["WWW-Authenticate"].startswith("Basic")

    def test_nothing_else_is_under_the_prefix(self, client):
        assert client.get("/public/signalements/")["Location"] == "/signalements/"
        assert client.get("/public/api/v1/signalements/")["Location"] == "/api/v1/signalements/"
        assert client.post("/public/connexion/").status_code == 404

    def test_what_is_withdrawn_is_no_longer_read(self, client):
        withdraw(Publication.objects.get())
        assert (
            json.loads(body(client.get("/public/ogc/collections/chiffres_commune/items")))["features"] == []
        )

    def test_a_release_takes_the_place_of_the_one_of_other_data(self, commune):
        iris = release(commune, UnitKind.IRIS, identity="i")
        publish(iris)
        assert Publication.objects.filter(withdrawn_at=None).count() == 2  # one table, told twice
        other = release(commune, digest="b" * 64, identity="o")
        publish(other)
        assert [one.run_id for one in Publication.objects.filter(withdrawn_at=None)] == [other.pk]

    def test_only_what_was_protected_for_the_public_is_published(self, commune, client):
        for run in (
            release(commune, audience="comite"),
            release(commune, everything=False, communes=[commune.code]),
            AnalysisRunFactory(method="taux"),
        ):
            with pytest.raises(InvalidPublication):
                publish(run)
            # and the view says it again
            Publication.objects.create(run=run, unit_kind=f"x{run.pk}", years="")
        assert (
            len(json.loads(body(client.get("/public/ogc/collections/chiffres_commune/items")))["features"])
            == 1
        )

    def test_a_client_past_the_limit_waits(self, client, settings):
        settings.REQUESTS_PER_MINUTE = 2
        answers = [client.get("/public/ogc/").status_code for _ in range(3)]
        assert answers == [200, 200, 429]

    def test_a_tile_that_was_kept_asks_nothing_of_the_database(self, client):
        url = f"/public/tiles/chiffres_commune/{tile_at(12, point(5, 5))}.mvt"
        first = client.get(url)
        assert first.status_code == 200
        with CaptureQueriesContext(connection) as own, CaptureQueriesContext(connections[PUBLIC]) as public:
            assert client.get(url).content == first.content
            same = client.get(url, headers={"If-None-Match": first["ETag"]})
            packed = client.get(url, headers={"Accept-Encoding": "gzip"})
        assert same.status_code == 304
        assert packed.status_code == 200
        assert (len(own), len(public)) == (0, 0)

    def test_tiles_that_are_made_are_counted(self, client, settings):
        settings.TILES_PER_MINUTE = 2
        url = f"/public/tiles/chiffres_commune/{tile_at(12, point(5, 5))}.mvt"
        answers = [client.get(f"{url}?commune={n}") for n in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[2]["Retry-After"]) > 0
        assert answers[2]["Cache-Control"] == "no-store"
        assert client.get(f"{url}?commune=0").status_code == 200

    def test_the_role_can_read_nothing_else(self):
        assert public_role.readable() == [public_role.VIEW]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE n.nspname = 'public'"
                " AND relkind IN ('r', 'v', 'm', 'p') AND relname LIKE ANY (ARRAY['layers%', 'accounts%', 'auth%',"
                " 'django%', 'procrastinate%'])"
            )
            tables = {name for (name,) in cursor.fetchall()} - {public_role.VIEW}
        assert len(tables) > 50
        with connections[PUBLIC].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {public_role.VIEW}")
            assert cursor.fetchone() == (1,)
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (public_role.role_name(),)
            for table in sorted(tables):
                with pytest.raises(ProgrammingError, match="permission denied"):
                    cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
            for statement in (
                "CREATE TABLE taken (id int)",
                f"DELETE FROM {public_role.VIEW}",
                "SET ROLE geo_lhi",
            ):
                with pytest.raises(Exception, match=r"permission denied|read-only|cannot"):
                    cursor.execute(statement)


@pytest.fixture
def partner_user_of(commune, signed_in):
    from tests.factories import PartnerFactory, UserFactory

    user = UserFactory(partner=PartnerFactory(communes=[commune]))
    return signed_in(user), token_of(user)


def test_without_the_role_the_public_layers_are_closed(db, client, monkeypatch):
    monkeypatch.setattr("geo_lhi.accounts.public.is_open", lambda: False)
    for path in (
        "ogc/collections",
        "wfs/?SERVICE=WFS&REQUEST=GetCapabilities",
        "tiles/chiffres_commune.json",
    ):
        assert client.get(PREFIX + path).status_code == 503


def test_the_command_publishes_and_withdraws(db, commune, capsys):
    run = release(commune)
    call_command("publish_release", run.pk)
    assert Publication.objects.get().withdrawn_at is None
    call_command("publish_release", run.pk, withdraw=True)
    assert Publication.objects.get().withdrawn_at is not None
    for number in (run.pk + 1, AnalysisRunFactory(method="taux").pk):
        with pytest.raises(CommandError):
            call_command("publish_release", number)
