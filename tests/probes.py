"""How to ask each URL of the application: the closed world of the access and leak tests.

A URL without parameters is asked as it is. One with parameters, or whose answer depends on the query, needs a line
in ``PROBES``: a new URL without it fails the suite.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from api.exports.formats import FORMATS
from api.v1.agregats import KINDS
from layers.models import AnalysisRun
from layers.registry import LAYERS
from maps.services.methods.register import METHODS
from tests.factories import bbox, point
from tests.mvt import tile_at
from tests.world import STEP_M, Side, World

MISSING = 10**9
ZOOMS = (0, 10, 13, 14, 16)
# All methods are read the same way: the layers of those that ran in the world are asked everything, the others once
RAN = ("analyse_taux", "lieux_prioritaires")
DEEPLY = [layer for layer in LAYERS if not layer.startswith("analyse_") or layer in RAN]
SERVICE = {"SERVICE": "WFS", "VERSION": "2.0.0"}


@dataclass(frozen=True)
class Address:
    """A URL pattern: its route, its name with the namespaces, whether it takes parameters."""

    route: str
    name: str
    namespace: str
    takes_parameters: bool


def addresses() -> list[Address]:
    """Give every URL pattern of the application."""
    return list(_walk(get_resolver().url_patterns, "", ()))


def _walk(patterns: list, route: str, namespaces: tuple[str, ...]) -> Iterator[Address]:
    for found in patterns:
        here = route + str(found.pattern)
        if isinstance(found, URLResolver):
            inside = (*namespaces, found.namespace) if found.namespace else namespaces
            yield from _walk(found.url_patterns, here, inside)
        elif isinstance(found, URLPattern):
            name = ":".join((*namespaces, found.name or ""))
            takes = bool(found.pattern.regex.groups)
            yield Address(here, name, namespaces[0] if namespaces else "", takes)


def probe(address: Address, world: World) -> list[str]:
    """Give the paths to ask; raises LookupError for a URL that nobody said how to ask."""
    if address.namespace == "admin":
        return _of_admin(address, world)
    if address.name in PROBES:
        return PROBES[address.name](world)
    if address.takes_parameters:
        raise LookupError(f"{address.route} : dites dans PROBES comment l’interroger")
    return [reverse(address.name)]


def _filtered(name: str, *more: str) -> Callable[[World], list[str]]:
    """Ask a list as it is, then by each filter that could reach over the border."""

    def paths(world: World) -> list[str]:
        url = reverse(name)
        everywhere = bbox(-1000, -1000, STEP_M + 3000, 3000)
        queries = [*more, urlencode({"bbox": everywhere})]
        queries += [urlencode({"territoire": side.commune.code}) for side in world.sides]
        queries += [urlencode({"territoire": epci}) for epci in _epcis(world)]
        return [url, *(f"{url}?{query}" for query in queries)]

    return paths


def _epcis(world: World) -> list[str]:
    return sorted({side.commune.epci_id for side in world.sides})


def _reports(name: str) -> Callable[[World], list[str]]:
    return lambda world: [
        reverse(name, args=[pk])
        for pk in (*(report.pk for side in world.sides for report in side.reports), MISSING)
    ]


def _uploads(name: str) -> Callable[[World], list[str]]:
    return lambda world: [
        reverse(name, args=[pk])
        for pk in (*(upload.pk for side in world.sides for upload in side.uploads), MISSING)
    ]


def _runs(name: str) -> Callable[[World], list[str]]:
    def paths(world: World) -> list[str]:
        runs = [upload.run_id for side in world.sides for upload in side.uploads if upload.run_id]
        return [reverse(name, args=[pk]) for pk in (*runs, MISSING)]

    return paths


def _analyses(name: str, *more: str, rankings: bool = False) -> Callable[[World], list[str]]:
    """Ask each run; the rankings too where their figures are shown."""

    def runs(side: Side) -> list[AnalysisRun]:
        return [*side.runs, *side.priorities] if rankings else side.runs

    def paths(world: World) -> list[str]:
        urls = [
            reverse(name, args=[pk])
            for pk in (*sorted({run.pk for side in world.sides for run in runs(side)}), MISSING)
        ]
        return [f"{url}{query}" for url in urls for query in ("", *more)]

    return paths


def _priorities(name: str, *more: str) -> Callable[[World], list[str]]:
    def paths(world: World) -> list[str]:
        runs = sorted({run.pk for side in world.sides for run in side.priorities})
        return [f"{reverse(name, args=[pk])}{query}" for pk in (*runs, MISSING) for query in ("", *more)]

    return paths


def _asked(name: str, kind: str) -> Callable[[World], list[str]]:
    return lambda world: [
        reverse(name, args=[pk])
        for pk in (*(asked.pk for side in world.sides for asked in getattr(side, kind)), MISSING)
    ]


def _comparisons(name: str) -> Callable[[World], list[str]]:
    def paths(world: World) -> list[str]:
        runs = sorted({run.pk for side in world.sides for run in side.runs})
        pairs = [pair for one in runs for pair in ((one, runs[0]), (runs[-1], one), (one, MISSING))]
        ranked = sorted({run.pk for side in world.sides for run in side.priorities})
        pairs += [(one, ranked[-1]) for one in ranked]
        return [reverse(name, args=pair) for pair in pairs]

    return paths


def _layer_files(world: World) -> list[str]:
    """Ask the reports in every format, the other layers in one; those of people by territory too."""
    urls = [reverse("export-layer", args=["signalements", format_]) for format_ in (*FORMATS, "dxf")]
    urls += [reverse("export-layer", args=[layer, "csv"]) for layer in (*LAYERS, "inconnue")]
    cut = [f"{url}?territoire={side.commune.code}" for url in urls[:1] for side in world.sides]
    return [*urls, *cut, reverse("export-layer", args=["arretes", "gpkg"])]


def _territories(name: str) -> Callable[[World], list[str]]:
    def paths(world: World) -> list[str]:
        codes = [*_epcis(world), "99999"]
        codes += [code for side in world.sides for code in (side.commune.code, side.iris.code)]
        return [reverse(name, args=[code]) for code in codes]

    return paths


def _aggregates(world: World) -> list[str]:
    """Ask every kind of unit, and the territories of both sides."""
    url = reverse("api-agregats")
    asked = [f"unite=iris&territoire={side.commune.code}" for side in world.sides]
    return [url, *(f"{url}?{query}" for query in (*asked, *(f"unite={kind}&limit=1000" for kind in KINDS)))]


def _places(name: str) -> Callable[[World], list[str]]:
    def paths(world: World) -> list[str]:
        known = [place for side in world.sides for place in side.places.items()]
        missing = [
            ("parcelle", "nulle-part"),
            ("batiment", "nulle-part"),
            ("adresse", "nulle-part"),
            ("lac", "1"),
        ]
        return [reverse(name, args=place) for place in known + missing]

    return paths


def _tiles(world: World) -> list[str]:
    places = sorted({tile_at(z, point(side.x + 5, 5)) for side in world.sides for z in ZOOMS})
    urls = [
        reverse("tile", args=[layer, *map(int, place.split("/"))])
        for layer in LAYERS
        for place in (places if layer in DEEPLY else places[:1])
    ]
    filtered = [
        f"{url}?territoire={side.commune.code}"
        for url in urls
        if "signalements" in url
        for side in world.sides
    ]
    return urls + filtered


def _wfs(world: World) -> list[str]:
    requests: list[dict[str, object]] = [{"REQUEST": "GetCapabilities"}, {"REQUEST": "DescribeFeatureType"}]
    for layer in LAYERS:
        feature = {"REQUEST": "GetFeature", "TYPENAMES": layer}
        if layer not in DEEPLY:
            requests.append(feature | {"OUTPUTFORMAT": "geojson"})
            continue
        requests += [feature | {"OUTPUTFORMAT": format_} for format_ in ("geojson", "csv")]
        requests += [feature, feature | {"RESULTTYPE": "hits"}, feature | {"COUNT": 2, "STARTINDEX": 1}]
        key = LAYERS[layer].key
        requests += [{"REQUEST": "GetPropertyValue", "TYPENAMES": layer, "VALUEREFERENCE": key}]
    for side in world.sides:
        for pk in (*(report.pk for report in side.reports), MISSING):
            requests += [{"REQUEST": "GetFeature", "RESOURCEID": f"signalements.{pk}"}]
        requests += [
            {
                "REQUEST": "GetFeature",
                "TYPENAMES": "signalements",
                "FILTER": _equals("reference", report.reference),
            }
            for report in side.reports
        ]
    requests += [
        {"REQUEST": "GetFeature", "TYPENAMES": layer, "FILTER": _equals("analyse", pk)}
        for layer, pk in _chosen_runs(world)
    ]
    return [f"{reverse('wfs')}?{urlencode(SERVICE | request)}" for request in requests]


def _ogc_items(world: World) -> list[str]:
    """Ask every collection, and those of the partners in each way that could reach over the border."""
    everywhere = bbox(-1000, -1000, STEP_M + 3000, 3000)
    queries = [
        "f=html",
        "limit=2&start-after=1",
        urlencode({"bbox": everywhere, "datetime": "1900-01-01/.."}),
    ]
    for side in world.sides:
        queries += [f"commune={side.commune.code}", f"reference={side.reports[0].reference}"]
        queries += [urlencode({"filter": f"reference = '{side.reports[1].reference}' OR NOT criticite = -1"})]
    partners = [f"{reverse('ogc-items', args=['signalements'])}?{query}" for query in queries]
    partners += [f"{reverse('ogc-items', args=[name])}?f=html" for name in ("arretes", "iris_taux")]
    partners += [f"{reverse('ogc-items', args=[layer])}?analyse={pk}" for layer, pk in _chosen_runs(world)]
    return [*_ogc("ogc-items")(world), *partners]


def _ogc_item(world: World) -> list[str]:
    keys = [("signalements", report.pk) for side in world.sides for report in side.reports]
    keys += [("arretes", order.pk) for side in world.sides for order in side.orders]
    keys += [("iris_taux", side.iris.code) for side in world.sides]
    keys += [("signalements", MISSING), ("inconnue", 1)]
    urls = [reverse("ogc-item", args=key) for key in keys]
    return [f"{url}{query}" for url in urls for query in ("", "?f=html")]


def _ogc(name: str) -> Callable[[World], list[str]]:
    return lambda world: [reverse(name, args=[layer]) for layer in (*LAYERS, "inconnue")]


def _chosen_runs(world: World) -> list[tuple[str, int]]:
    of = {"analyse_taux": lambda side: side.runs, "lieux_prioritaires": lambda side: side.priorities}
    return [(layer, run.pk) for layer, runs in of.items() for side in world.sides for run in runs(side)]


def _equals(name: str, value: object) -> str:
    return (
        f'<Filter xmlns="http://www.opengis.net/fes/2.0"><PropertyIsEqualTo><ValueReference>{name}'
        f"</ValueReference><Literal>{value}</Literal></PropertyIsEqualTo></Filter>"
    )


def _place(world: World) -> list[str]:
    url = reverse("place")
    around = [bbox(side.x, 0, 30, 30) for side in world.sides]
    places = getattr(world, "places", [])  # reports first, orders last
    around += [bbox(x - 15, y - 15, 30, 30) for x, y in (*places[:4], *places[-4:])]
    return [f"{url}?{urlencode({'bbox': box, 'zoom': zoom})}" for box in around for zoom in (10, 16)]


def _tokens(world: World) -> list[str]:
    numbers = [token.pk for side in world.sides for token in side.user.tokens.all()]
    return [reverse("token-revoke", args=[pk]) for pk in (*numbers, MISSING)]


def _of_admin(address: Address, world: World) -> list[str]:
    """Ask the pages of Django's administration by their kind: there is one set of them for each model."""
    user = world.here.user
    managed = {"accounts/user": user.pk, "layers/partner": user.partner_id, "auth/group": MISSING}
    managed |= {"procrastinate/procrastinatejob": MISSING, "accounts/export": MISSING}
    managed["accounts/apitoken"] = world.here.user.tokens.get().pk
    name = address.name.removeprefix("admin:")
    if name == "view_on_site":
        return [reverse(address.name, args=[MISSING, MISSING])]
    if name == "app_list":
        return [reverse(address.name, args=[app]) for app in ("accounts", "layers", "auth", "procrastinate")]
    if not name:  # the catch-all, and the old address of a form
        return ["/gestion/nulle-part/"]
    if address.takes_parameters:
        pk = next(pk for model, pk in managed.items() if model in address.route)
        return [reverse(address.name, args=[pk])]
    return [reverse(address.name)]


PROBES: dict[str, Callable[[World], list[str]]] = {
    "token-revoke": _tokens,
    "explorer": _filtered("explorer", "statut=ACTIVE"),
    "place": _place,
    "signalements": _filtered("signalements", "partiel=1"),
    "signalement": _reports("signalement"),
    "review": _reports("review"),
    "review-choice": _reports("review-choice"),
    "review-search": _reports("review-search"),
    "territory": _territories("territory"),
    "place-file": _places("place-file"),
    "api-lieu": _places("api-lieu"),
    "api-signalements": _filtered("api-signalements", "limit=1000"),
    "api-signalement": _reports("api-signalement"),
    "api-territoires": lambda world: [f"{reverse('api-territoires')}?limit=1000"],
    "api-territoire": _territories("api-territoire"),
    "api-agregats": _aggregates,
    "api-indicateurs": _filtered("api-indicateurs", "limit=1000"),
    "api-iris": _filtered("api-iris", "limit=1000"),
    "api-analyse": lambda world: [
        reverse("api-analyse", args=[pk])
        for pk in (
            *sorted({result.run_id for side in world.sides for result in side.results}),
            *sorted({run.pk for side in world.sides for run in side.runs}),
            MISSING,
        )
    ],
    "analysis": _analyses("analysis", "?tri=-cases", "?tri=nom", rankings=True),
    "analysis-csv": _analyses("analysis-csv", rankings=True),
    "analysis-geopackage": _analyses("analysis-geopackage", rankings=True),
    "analysis-geotiff": _analyses("analysis-geotiff"),
    "analysis-map": _analyses("analysis-map", rankings=True),
    "surface-tilejson": _analyses("surface-tilejson"),
    "surface-tile": lambda world: [
        reverse("surface-tile", args=[pk, *map(int, tile_at(14, point(side.x + 5, 5)).split("/"))])
        for pk in (*sorted({run.pk for side in world.sides for run in side.runs}), MISSING)
        for side in world.sides
    ],
    "analysis-publication": _analyses("analysis-publication"),
    "analysis-compare": _analyses("analysis-compare", "?avec=1"),
    "analysis-comparison": _comparisons("analysis-comparison"),
    "analysis-comparison-map": _comparisons("analysis-comparison-map"),
    "priorities": lambda world: [
        f"{reverse('priorities')}{query}"
        for query in ("", *(f"?depuis={run.pk}" for side in world.sides for run in side.priorities))
    ],
    "priority-run": _priorities("priority-run", "?partenaire=ARS", "?page=2"),
    "priority-round": _priorities("priority-round", "?arrets=2&par_jour=1", "?arrets=0"),
    "analysis-request": _asked("analysis-request", "requests"),
    "analysis-request-progress": _asked("analysis-request-progress", "requests"),
    "analysis-request-cancel": _asked("analysis-request-cancel", "requests"),
    "analysis-launch": lambda world: [
        *(reverse("analysis-launch", args=[method]) for method in (*METHODS, "inconnue")),
        *(f"/analyses/lancer/taux/?depuis={run.pk}" for side in world.sides for run in side.runs),
    ],
    "api-docs": lambda world: [reverse("api-docs"), f"{reverse('api-docs')}?script="],
    "upload": _uploads("upload"),
    "upload-start": _uploads("upload-start"),
    "upload-cancel": _uploads("upload-cancel"),
    "upload-progress": _uploads("upload-progress"),
    "import-run": _runs("import-run"),
    "import-rejects": _runs("import-rejects"),
    "export": _asked("export", "exports"),
    "export-progress": _asked("export-progress", "exports"),
    "export-cancel": _asked("export-cancel", "exports"),
    "export-file": _asked("export-file", "exports"),
    "export-layer": _layer_files,
    "qgis-layer": lambda world: [reverse("qgis-layer", args=[layer]) for layer in (*LAYERS, "inconnue")],
    "tile": _tiles,
    "tilejson": lambda world: [reverse("tilejson", args=[layer]) for layer in (*LAYERS, "inconnue")],
    "tile-archive": lambda world: [reverse("tile-archive", args=[layer]) for layer in (*LAYERS, "inconnue")],
    "tile-style": lambda world: [reverse("tile-style", args=[layer]) for layer in (*LAYERS, "inconnue")],
    "wfs": _wfs,
    **{name: _ogc(name) for name in ("record", "record-iso", "record-dcat")},
    "ogc": lambda world: [reverse("ogc"), f"{reverse('ogc')}?f=html"],
    "ogc-api": lambda world: [reverse("ogc-api"), f"{reverse('ogc-api')}?f=html"],
    "ogc-collections": lambda world: [reverse("ogc-collections"), f"{reverse('ogc-collections')}?f=html"],
    "ogc-collection": lambda world: [
        *_ogc("ogc-collection")(world),
        f"{reverse('ogc-collection', args=['analyse_taux'])}?f=html",
    ],
    "ogc-schema": _ogc("ogc-schema"),
    "ogc-queryables": _ogc("ogc-queryables"),
    "ogc-deletions": lambda world: [
        f"{url}?updated_since=1970-01-01T00:00:00Z" for url in _ogc("ogc-deletions")(world)
    ],
    "ogc-items": _ogc_items,
    "ogc-item": _ogc_item,
}
