"""Every URL of the application has a declared rule, and answers every role as its rule says."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import include, path, resolve

from geo_lhi.accounts.access import Access, rule_of, token_use_of
from geo_lhi.accounts.models import TokenScope
from tests.factories import token_of
from tests.foreign import OPEN, asked_names
from tests.probes import Address, addresses, probe
from tests.world import World, build_world

ADDRESSES = addresses()
SIGNED_IN_ROLES = ("without partner", "here", "there", "administrator")
# Told here a second time: a rule that is loosened by mistake must be noticed
PUBLIC = {"sign-in", "accessibility"}
IMPORTERS = {"upload-receive", "upload", "upload-start", "upload-cancel", "upload-progress"}
IMPORTERS |= {"import-journal", "import-run", "import-rejects"}
ADMINISTRATORS = {"analysis-publication"}
RESERVED = {Access.ADMINISTRATOR: {"administrator"}, Access.IMPORTER: {"here", "administrator"}}


@pytest.fixture
def world(db, settings, tmp_path) -> World:
    settings.EXPORT_FILES_DIR = tmp_path
    return build_world()


class ClosingClient(Client):
    """A client that reads an answer to its end, so that what it streams is closed, as a server does."""

    def request(self, **request):
        response = super().request(**request)
        if response.streaming:
            for _ in response.streaming_content:  # its end closes the file
                pass
        return response


def client_of(world: World, role: str) -> Client:
    client = ClosingClient(raise_request_exception=True)
    user = world.readers[role]
    if user.is_authenticated:
        client.force_login(user)
    return client


def rule_at(url: str) -> Access | None:
    return rule_of(resolve(url.partition("?")[0]))


def paths_by_rule(world: World) -> list[tuple[str, Access | None]]:
    return [(found, rule_at(found)) for address in ADDRESSES for found in probe(address, world)]


def is_refusal(response: HttpResponse) -> bool:
    """Say whether the answer only sends to the sign-in page or asks who is there."""
    to_sign_in = response.status_code == 302 and response["Location"].startswith(str(settings.LOGIN_URL))
    return to_sign_in or response.status_code == 401


def test_every_url_has_a_rule_and_a_probe(world):
    assert len(ADDRESSES) > 30
    without = [found for address in ADDRESSES for found in probe(address, world) if rule_at(found) is None]
    assert without == []


def test_the_rules_are_the_ones_told_here(world):
    for address in ADDRESSES:
        for found in probe(address, world):
            rule = rule_at(found)
            assert (rule is Access.PUBLIC) == (address.name in PUBLIC), found
            assert (rule is Access.IMPORTER) == (address.name in IMPORTERS), found
            reserved = address.namespace == "admin" or address.name in ADMINISTRATORS
            assert (rule is Access.ADMINISTRATOR) == reserved, found


@pytest.mark.parametrize("method", ["get", "post", "head", "options"])
def test_an_anonymous_visitor_sees_the_sign_in_only(world, method):
    client = client_of(world, "anonymous")
    seen = {"public": 0, "refused": 0}
    for found, rule in paths_by_rule(world):
        response = getattr(client, method)(found)
        if rule is Access.PUBLIC:
            assert response.status_code < 500, found
            seen["public"] += 1
            continue
        assert is_refusal(response), (found, response.status_code)
        if rule in (Access.MACHINE, Access.GIS):
            assert response.status_code == 401, found
            assert response["WWW-Authenticate"], found
        seen["refused"] += 1
    assert seen["refused"] > 100
    assert seen["public"] >= 1


@pytest.mark.parametrize("role", SIGNED_IN_ROLES)
def test_each_role_opens_what_its_rules_say_and_no_shared_cache_keeps_it(world, role):
    for found, rule in paths_by_rule(world):
        if "deconnexion" in found:
            continue
        client = client_of(world, role)
        response = client.get(found)
        context = (found, role, response.status_code)
        assert response.status_code < 500, context
        if role not in RESERVED.get(rule, SIGNED_IN_ROLES):
            assert response.status_code == 403, context
        elif rule is not Access.PUBLIC:
            assert not is_refusal(response), context
            assert response.status_code != 403 or rule is Access.ADMINISTRATOR, context
        if rule is not Access.PUBLIC and "/gestion/" not in found:
            control = response.headers.get("Cache-Control", "")
            assert "private" in control, context
            assert "no-store" in control or "must-revalidate" in control, context


@pytest.mark.parametrize("role", ["here", "administrator"])
def test_signing_out_closes_everything(world, role):
    client = client_of(world, role)
    client.post("/deconnexion/")
    assert is_refusal(client.get("/"))


@pytest.mark.parametrize("value", ["%00", "%F0%9F%8F", "%27%3B--", "9" * 400])
def test_no_parameter_breaks_a_url(world, value):
    client = client_of(world, "here")
    names = ("bbox", "territoire", "statut", "du", "au", "page", "limit", "type", "tri", "zoom", "partiel")
    for address in ADDRESSES:
        if address.namespace == "admin" or address.name in ("sign-out", "wfs"):
            continue
        first = probe(address, world)[0].partition("?")[0]
        for name in names:
            response = client.get(f"{first}?{name}={value}")
            assert response.status_code < 500, f"{first}?{name}={value}"


@pytest.mark.parametrize("role", ["anonymous", "here"])
def test_hostile_methods_and_hosts_are_refused_on_every_url(world, role):
    client = client_of(world, role)
    for found, _ in paths_by_rule(world):
        assert client.trace(found).status_code == 405, found
    for found in ("/", "/connexion/", "/api/v1/signalements/", "/wfs/"):
        assert client.get(found, headers={"Host": "evil.example"}).status_code == 400, found
        answer = client.get(found, headers={"X-Forwarded-Host": "evil.example"})
        assert answer.status_code in (200, 302, 401), found
        assert "evil.example" not in answer.headers.get("Location", "")


def is_service(path_: str) -> bool:
    """Say, without the declarations that are tested, whether an address is read by machines."""
    return path_.startswith(("/wfs/", "/ogc/", "/api/v1/", "/tiles/")) and "/docs/" not in path_


@pytest.mark.parametrize("scope", TokenScope)
def test_a_token_opens_the_urls_of_its_scope_and_no_other(world, scope, settings):
    settings.REQUESTS_PER_MINUTE = settings.TILES_PER_MINUTE = settings.EXPORTS_PER_HOUR = 10_000
    client = ClosingClient(headers={"Authorization": f"Bearer {token_of(world.administrator, scope)}"})
    opened = 0
    for address in ADDRESSES:
        for found in probe(address, world)[:2]:
            use, rule = token_use_of(resolve(found.partition("?")[0])), rule_at(found)
            response = client.get(found)
            context = (found, scope, response.status_code)
            assert response.status_code < 500, context
            if use and use.scope is scope:
                assert not is_refusal(response), context
                assert response.status_code != 403, context
                opened += 1
            elif use:
                assert response.status_code == 403, context
            elif rule is not Access.PUBLIC:
                assert is_refusal(response), context
    assert opened


def test_every_service_takes_tokens_and_the_administration_none(world):
    for found, rule in paths_by_rule(world):
        use = token_use_of(resolve(found.partition("?")[0]))
        assert use or not is_service(found), found
        assert not use or rule not in (Access.PUBLIC, Access.ADMINISTRATOR, Access.IMPORTER), found


def forgotten(request):
    return HttpResponse("everything")


urlpatterns = [path("oubli/", forgotten, name="forgotten"), path("", include("geo_lhi.urls"))]


@pytest.mark.parametrize("role", ["anonymous", *SIGNED_IN_ROLES])
def test_a_url_without_a_rule_is_closed_to_everyone(world, role):
    with override_settings(ROOT_URLCONF=__name__):
        response = client_of(world, role).get("/oubli/")
    assert response.status_code == 403
    assert b"everything" not in response.content


def test_every_identifier_is_asked_of_those_who_may_not_read_it():
    named = {address.name for address in ADDRESSES if address.takes_parameters and address.namespace == ""}
    assert named - OPEN - asked_names() - {"ogc-item"} == set()


def test_a_url_with_parameters_and_no_probe_fails_this_suite(world):
    with pytest.raises(LookupError, match="PROBES"):
        probe(Address("nouveau/<int:pk>/", "new", "", takes_parameters=True), world)
