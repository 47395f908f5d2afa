"""How to ask each URL for one identified thing: what belongs to another must look like what does not exist.

The closed world again: a URL that takes an identifier and is neither here nor in ``OPEN`` fails the suite.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.leaks import WFS, as_missing
from tests.probes import MISSING

Ask = Callable[[Client, Any], Any]

# What these URLs name by a key is open data, a name of the register of layers, or a place of the ground
OPEN = {
    "analysis-launch",
    "api-lieu",
    "api-territoire",
    "export-layer",
    "ogc-collection",
    "ogc-deletions",
    "ogc-items",
    "ogc-queryables",
    "ogc-schema",
    "place-file",
    "qgis-layer",
    "territory",
    "tile",
    "record",
    "record-dcat",
    "record-iso",
    "tile-archive",
    "tile-style",
    "tilejson",
}
BY_ID = "urn:ogc:def:query:OGC-WFS::GetFeatureById"
OTHER = MISSING - 1  # the other half of a pair
RUN_LAYER, RANKING_LAYER = "analyse_taux", "lieux_prioritaires"


def _get(name: str, query: str = "") -> tuple[str, Ask]:
    return f"GET {name}{query}", lambda client, pk: client.get(reverse(name, args=[pk]) + query)


def _post(name: str, **form: str) -> tuple[str, Ask]:
    return f"POST {name}", lambda client, pk: client.post(reverse(name, args=[pk]), form)


def _posted(name: str, **form: Any) -> tuple[str, Ask]:
    """Post a form one of whose fields, given as None, is the identifier; the URL has none.

    The field that is ``OTHER`` is a report that the reader may read, if the client knows one.
    """

    def ask(client: Client, pk: Any) -> Any:
        values = {None: pk, OTHER: getattr(client, "own_report", OTHER)}
        return client.post(reverse(name), {field: values.get(value, value) for field, value in form.items()})

    return f"POST {name} {sorted(form)}", ask


def _wfs(layer: str) -> list[tuple[str, Ask]]:
    return [
        (
            f"WFS {layer}",
            lambda client, pk: client.get(reverse("wfs"), WFS | {"RESOURCEID": f"{layer}.{pk}"}),
        ),
        (
            f"WFS stored query {layer}",
            lambda client, pk: client.get(
                reverse("wfs"), WFS | {"STOREDQUERY_ID": BY_ID, "ID": f"{layer}.{pk}"}
            ),
        ),
    ]


def _ogc(layer: str) -> list[tuple[str, Ask]]:
    return [
        (
            f"OGC {layer}{query}",
            lambda client, pk, query=query: client.get(reverse("ogc-item", args=[layer, pk]) + query),
        )
        for query in ("", "?f=html")
    ]


ASKS: dict[str, list[tuple[str, Ask]]] = {
    "report": [
        *(_get(name) for name in ("signalement", "review", "api-signalement")),
        _post("review-choice", action="confirmer"),
        _post("review-search", adresse="1 rue"),
        _posted("duplicate-merge", garde=None, absorbe=OTHER),
        _posted("duplicate-merge", absorbe=None, garde=OTHER),
        _posted("duplicate-distinct", un=None, autre=OTHER),
        *_wfs("signalements"),
        *_ogc("signalements"),
    ],
    "order": [*_wfs("arretes"), *_ogc("arretes")],
    "rate": [*_wfs("iris_taux"), *_ogc("iris_taux")],
    "row": [*_wfs(RUN_LAYER), *_ogc(RUN_LAYER)],
    "ranked row": [*_wfs(RANKING_LAYER), *_ogc(RANKING_LAYER)],
    "run": [
        *(
            _get(name)
            for name in (
                "analysis",
                "analysis-csv",
                "analysis-geopackage",
                "analysis-geotiff",
                "analysis-map",
                "analysis-compare",
                "analysis-publication",
                "api-analyse",
                "surface-tilejson",
            )
        ),
        (
            "GET surface-tile",
            lambda client, pk: client.get(reverse("surface-tile", args=[pk, 14, 8328, 5833])),
        ),
        _post("analysis-publication", action="publier", relu="oui"),
        _post("analysis-publication", action="retirer"),
        *(
            (
                f"GET {name} {order}",
                lambda client, pk, name=name, order=order: client.get(_pair(name, pk, order)),
            )
            for name in ("analysis-comparison", "analysis-comparison-map")
            for order in (1, -1)
        ),
    ],
    "ranking": [_get("priority-run"), _get("priority-round"), _post("priority-round", adresse="1 rue")],
    "asked analysis": [
        _get("analysis-request"),
        _get("analysis-request-progress"),
        _post("analysis-request-cancel"),
    ],
    "asked file": [
        *(_get(name) for name in ("export", "export-progress", "export-file")),
        _post("export-cancel"),
    ],
    "upload": [
        _get("upload"),
        _get("upload-progress"),
        _post("upload-start"),
        _post("upload-cancel"),
    ],
    "import": [_get("import-run"), _get("import-rejects")],
    "token": [_post("token-revoke")],
    "choice": [_posted("review-undo", choix=None)],
    "merge": [_posted("duplicate-undo", fusion=None)],
}


def _pair(name: str, pk: Any, order: int) -> str:
    return reverse(name, args=[pk, OTHER][::order])


def asked_names() -> set[str]:
    """Give the names of the URLs that are asked with an identifier, those of the services apart."""
    return {asked.split()[1] for asks in ASKS.values() for asked, _ in asks}


def as_missing_everywhere(client: Client, foreign: Mapping[str, Iterable[Any]]) -> list[str]:
    """Ask all that is foreign, by kind; give what was answered otherwise than for a missing one."""
    return list(told_apart(client, foreign))


def told_apart(client: Client, foreign: Mapping[str, Iterable[Any]]) -> Iterable[str]:
    """Give, one by one, what is told apart from what does not exist."""
    client.defaults.pop("HTTP_ACCEPT_ENCODING", None)
    for kind, keys in foreign.items():
        for asked, ask in ASKS[kind]:
            missing: Any = "010009999" if kind == "rate" else MISSING
            for key in keys:
                if not as_missing(lambda pk, ask=ask: ask(client, pk), key, missing):
                    yield f"{asked} {kind} {key}"
