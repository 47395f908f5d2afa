"""What every address of the API does alike: methods, caching, errors, hostile parameters and headers."""

import gzip

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from psycopg.errors import QueryCanceled

from tests.factories import SignalementFactory, token_of

LISTS = ("api-territoires", "api-indicateurs", "api-iris", "api-signalements", "api-analyses")
SPATIAL = ("api-territoires", "api-iris", "api-signalements")

BAD_EXTENTS = (
    "45,0,44,-1",
    "NaN,NaN,NaN,NaN",
    "-inf,-inf,inf,inf",
    "1e400,0,1,1",
    "1,2,3",
    "1,2,3,4,5,6,7",
    "a,b,c,d",
    "5.3,43.2,5.4,43.3'--",
    "892390,6247005,892490,6247105",  # Lambert-93 metres: refused, never guessed
    "5.3,43.2,5.4,43.3,http://127.0.0.1:9/crs",
    "5,43,5,43",
    "1_0,2,3_0,4,",
    ",,,",
    "(select 1),2,3,4",
)


@pytest.mark.parametrize("name", SPATIAL)
@pytest.mark.parametrize("extent", BAD_EXTENTS)
def test_a_bad_extent_is_refused(partner_client, name, extent):
    response = partner_client.get(reverse(name), {"bbox": extent})
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert "bbox" in response.json()["detail"]


@pytest.mark.parametrize("name", SPATIAL)
@pytest.mark.parametrize("extent", ["-180,-90,180,90", "", "5.3,43.2,5.4,43.3", " 5.3, 43.2, 5.4, 43.3"])
def test_a_good_extent_and_an_empty_one_are_accepted(partner_client, name, extent):
    assert partner_client.get(reverse(name), {"bbox": extent}).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_an_unchanged_list_is_not_sent_again(partner_client, commune, name):
    first = partner_client.get(reverse(name))
    assert first["Cache-Control"] == "private, max-age=0, must-revalidate"
    again = partner_client.get(reverse(name), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_changed_list_is_sent_again(partner_client, commune):
    first = partner_client.get(reverse("api-signalements"))
    SignalementFactory(commune=commune)
    again = partner_client.get(reverse("api-signalements"), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200


def test_the_answer_to_one_reader_is_not_kept_for_another(
    partner_client, administrator_client, other_commune
):
    SignalementFactory(commune=other_commune)
    ours = partner_client.get(reverse("api-signalements"))
    theirs = administrator_client.get(reverse("api-signalements"), headers={"If-None-Match": ours["ETag"]})
    assert theirs.status_code == 200
    assert "Cookie" in ours["Vary"]


def test_lists_are_compressed_for_who_accepts_it(partner_client, commune):
    SignalementFactory.create_batch(20, commune=commune)
    plain = partner_client.get(reverse("api-signalements"))
    small = partner_client.get(reverse("api-signalements"), headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(small.content) == plain.content
    again = partner_client.get(
        reverse("api-signalements"), headers={"Accept-Encoding": "gzip", "If-None-Match": small["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_through_the_api(partner_client, name, method):
    response = getattr(partner_client, method)(reverse(name))
    assert response.status_code == 405
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == "Ce service se lit, et ne s’écrit pas."


def test_a_write_with_a_token_is_told_the_same(partner_user):
    """The REST framework would answer 403, and name in English a cookie that no program has."""
    bearer = {"Authorization": f"Bearer {token_of(partner_user)}"}
    response = Client(enforce_csrf_checks=True).post(reverse("api-signalements"), headers=bearer)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("method", ["post", "put", "delete", "trace"])
@pytest.mark.parametrize("url", ["/tiles/communes/0/0/0.mvt", "/tiles/communes.json"])
def test_nothing_is_written_through_the_tiles(partner_client, url, method):
    assert getattr(partner_client, method)(url).status_code == 405


@pytest.mark.parametrize("accept", ["application/json", "application/geo+json", "*/*"])
def test_both_names_of_the_format_are_accepted(partner_client, accept):
    response = partner_client.get(reverse("api-signalements"), headers={"Accept": accept})
    assert response.status_code == 200
    assert response.json()["type"] == "FeatureCollection"


def test_another_format_is_refused(partner_client):
    response = partner_client.get(reverse("api-signalements"), headers={"Accept": "text/html"})
    assert response.status_code == 406
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer xxx"}, {"Authorization": "Basic !!!"}, {"Cookie": "sessionid=../../x"}],
    ids=["nothing", "bearer", "basic", "session"],
)
def test_who_is_not_signed_in_gets_401_and_no_redirection(client, db, name, headers):
    response = client.get(reverse(name), headers=headers)
    assert response.status_code == 401
    challenge = "Session" if "Cookie" in headers else "Basic"
    assert response["WWW-Authenticate"].startswith(challenge)
    told = (
        "Connectez-vous pour lire cette ressource." if "Cookie" in headers else "Identifiez-vous par un jeton"
    )
    told = "Jeton d’accès refusé" if "Authorization" in headers else told
    assert response.json()["detail"].startswith(told)


TILES = ("/tiles/signalements/14/8328/5795.mvt", "/tiles/signalements.json", "/tiles/signalements/style.json")


@pytest.mark.parametrize("url", [*TILES, "/api/v1/signalements/"])
def test_a_gis_client_is_asked_for_its_token_and_a_page_is_not(client, db, url):
    assert client.get(url)["WWW-Authenticate"].startswith("Basic ")
    for headers in (
        {"Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"},
        {"Referer": "http://testserver/"},
        {"Origin": "http://testserver"},
        {"Cookie": "sessionid=gone"},
    ):
        refused = client.get(url, headers=headers)
        assert refused.status_code == 401
        assert refused["WWW-Authenticate"] == 'Session realm="geo_lhi"', headers
        wrong = client.get(url, headers=headers | {"Authorization": "Bearer xxx"})
        assert wrong["WWW-Authenticate"].startswith("Basic ")  # who presents a token knows what is asked


def test_a_forged_host_is_refused(client, db):
    assert client.get(reverse("api-signalements"), headers={"Host": "evil.example"}).status_code == 400


def test_a_forged_forwarded_host_changes_no_link(partner_client, commune):
    SignalementFactory.create_batch(2, commune=commune)
    headers = {"X-Forwarded-Host": "evil.example"}
    page = partner_client.get(f"{reverse('api-signalements')}?limit=1", headers=headers).json()
    assert page["next"].startswith("http://testserver/")


def cancelled(*args, **kwargs):
    raise OperationalError("canceling statement due to statement timeout") from QueryCanceled()


@pytest.mark.parametrize("url", ["/api/v1/signalements/", "/tiles/signalements/13/0/0.mvt"])
def test_a_query_that_takes_too_long_is_not_an_internal_error(partner_client, monkeypatch, url):
    monkeypatch.setattr("layers.selectors.signalement_filters.SignalementFilters.apply", cancelled)
    response = partner_client.get(url)
    assert response.status_code == 503
    assert response.json()["type"] == "QueryTooLong"


def test_a_lost_database_is_an_internal_error(partner_client, monkeypatch):
    def lost(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("layers.selectors.signalement_filters.SignalementFilters.apply", lost)
    for url in ("/api/v1/signalements/", "/tiles/signalements/13/0/0.mvt"):
        with pytest.raises(OperationalError):
            partner_client.get(url)


@pytest.mark.parametrize("url", ["/api/v1/nulle-part/", "/api/v1/analyses/x/", "/ogc/nulle-part", "/tiles/x"])
def test_an_address_that_does_not_exist_is_told_to_machines_as_a_problem(client, db, url):
    response = client.get(url)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert client.get("/nulle-part/")["Content-Type"].startswith("text/html")
