"""What a type of partner does not need reaches it by no URL, by no service; whoever needs it gets it."""

import pytest
from django.test import Client

from geo_lhi.accounts.scopes import scope_of
from layers.kept_fields import KEPT, attributes_kept, kept_from, paths_kept, without_kept
from layers.models import Partner, Signalement, UnitKind
from layers.registry import LAYERS
from layers.scope import Scope
from maps.services.methods.register import METHODS
from tests.factories import AnalysisResultFactory, PriorityRunFactory, point, token_of
from tests.leaks import ADDRESSES, SPACES, client_of, text_of
from tests.probes import probe
from tests.world import World, build_world

CHILDREN, ADULTS, POINTS = 31_987, 31_789, 87.4375
CANARIES = {
    "recit": {"description": "canari-recit", "etiquettes": ["canari-etiquette"]},
    "menage": {"type_occupant": "canari-menage", "nb_occupants": ADULTS, "nb_enfants": CHILDREN},
    "porte": {"etage": "canari-etage", "escalier": "canari-escalier", "appartement": "canari-porte"},
}
SECRETS = {
    "recit": {"canari-recit", "canari-etiquette"},
    "menage": {"canari-menage", str(ADULTS), str(CHILDREN), "87.4375"},
    "porte": {"canari-etage", "canari-escalier", "canari-porte"},
}
Type = Partner.Type


@pytest.fixture
def world(db, settings, tmp_path) -> World:
    settings.EXPORT_FILES_DIR = tmp_path
    settings.REQUESTS_PER_MINUTE = settings.TILES_PER_MINUTE = settings.EXPORTS_PER_HOUR = 10_000
    found = build_world()
    side = found.here
    told = {name: value for canaries in CANARIES.values() for name, value in canaries.items()}
    Signalement.objects.unscoped("a canary of each kind").filter(pk=side.reports[0].pk).update(**told)
    run = PriorityRunFactory(everything=False, communes=[side.commune.code], author=side.user)
    run.parameters["poids_enfants"] = 2.0
    run = PriorityRunFactory(
        everything=False,
        communes=[side.commune.code],
        author=side.user,
        parameters=run.parameters,
        summary=run.summary,
        identity="canari",
    )
    AnalysisResultFactory(
        run=run,
        position=0,
        unit_kind=UnitKind.BATIMENT,
        unit_code=side.places["batiment"],
        category="sensible",
        communes=[side.commune.code],
        figures={"rang_besoin": 1.0, "rang_bas": 1.0, "rang_haut": 2.0, "p_tete": 0.5, "besoin": 50.0}
        | {"capacite": 0.0, "enfants": CHILDREN, "occupants": ADULTS, "points_enfants": POINTS},
        geom=point(side.x + 5, 5),
    )
    side.priorities.append(run)
    return found


def found_by(world: World, partner_type: str, client: Client | None = None) -> set[str]:
    """Read every URL as the partner here, of a type; give the kinds that were found."""
    world.here.user.partner.type = partner_type
    world.here.user.partner.save()
    client = client or client_of(world, "here")
    found = set()
    for address in ADDRESSES:
        for url in probe(address, world):
            text = SPACES.sub("", text_of(client.get(url)))
            found |= {kind for kind, secrets in SECRETS.items() if any(secret in text for secret in secrets)}
    return found


@pytest.mark.parametrize("partner_type", [Type.COMMUNE_SCHS, Type.ADIL, Type.BAILLEUR_SOCIAL])
def test_every_url_gives_a_type_of_partner_what_it_needs_and_no_more(world, partner_type):
    assert found_by(world, partner_type) == SECRETS.keys() - kept_from(partner_type)


def test_a_token_gives_no_more(world):
    client = Client(headers={"Authorization": f"Bearer {token_of(world.here.user)}"})
    assert found_by(world, Type.BAILLEUR_SOCIAL, client) == set()


def test_the_layers_of_whoever_does_not_need_a_figure_have_no_such_field(world):
    ranked = LAYERS["lieux_prioritaires"]
    world.here.user.partner.type = Type.BAILLEUR_SOCIAL
    world.here.user.partner.save()
    scope = scope_of(world.here.user)
    missing = ranked.fields.keys() - ranked.read_by(scope).fields.keys()
    assert missing == {"enfants", "occupants", "points_enfants", "points_occupants"}
    assert scope.version != Scope(True, communes=scope.communes).version  # a tile is not shared between them
    client = client_of(world, "here")
    assert client.get("/ogc/collections/lieux_prioritaires/items?enfants=3").status_code == 400
    assert client.get(f"/analyses/{world.here.priorities[-1].pk}/?tri=enfants").status_code == 400


def test_no_layer_loses_what_its_features_are_found_by():
    all_kept = Scope(signed_in=True, kept=frozenset(KEPT))
    for layer in LAYERS.values():
        needed = {layer.key, layer.time_field, layer.time_end, layer.style.by} - {""}
        assert needed <= layer.read_by(all_kept).fields.keys(), layer.id
    for method in METHODS.values():
        drawn = {shading.figure for shading in method.shadings}
        assert drawn <= {column.name for column in method.read_by(all_kept).columns}, method.id


def test_the_table_names_what_exists():
    fields = {field.name for field in Signalement._meta.get_fields()}
    columns = {column.name for method in METHODS.values() for column in method.columns}
    for kind in KEPT.values():
        assert set(kind.attributes) <= fields
        assert set(kind.figures) <= columns
    assert KEPT.keys() == SECRETS.keys()


def test_an_administrator_gets_everything_and_an_unknown_type_nothing():
    assert paths_kept(Scope.whole()) == frozenset()
    assert kept_from("UN_TYPE_NOUVEAU") == KEPT.keys()


def test_a_report_is_emptied_for_the_eyes_only(commune):
    scope = Scope(signed_in=True, communes=frozenset({commune.code}), kept=frozenset(KEPT))
    report = Signalement(etage="3", nb_enfants=2, etiquettes=["x"], adresse="1 rue Droite")
    shown = without_kept(report, scope)
    assert (shown.etage, shown.nb_enfants, shown.etiquettes) == ("", None, [])
    assert shown.adresse == "1 rue Droite"
    assert attributes_kept(scope) >= {"description", "etage"}


def test_help_and_the_administration_tell_who_does_not_get_what(world):
    for page in (
        client_of(world, "here").get("/aide/"),
        client_of(world, "administrator").get(
            f"/gestion/layers/partner/{world.here.user.partner_id}/change/"
        ),
    ):
        text = text_of(page)
        assert all(kind.title in text for kind in KEPT.values())
