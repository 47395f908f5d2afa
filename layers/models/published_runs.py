"""The rows of runs as layers: each figure of a method is a column, each unit has the shape of its register."""

from collections.abc import Mapping
from typing import Any

from django.contrib.gis.db import models

from layers.crs import WGS84
from layers.models.analyses import AnalysisRun
from layers.models.analysis_results import TERRITORIES, AnalysisResult, UnitKind
from layers.models.computed import ComputedGeometry, ComputedInstant, ComputedNumber, reading


def _shape() -> str:
    """Give the shape of a row's unit: what its register draws, else the row's own (clusters, squares)."""
    drawn = [
        f"WHEN '{kind}' THEN (SELECT r.geom FROM {model._meta.db_table} r WHERE r.{key} = {{row}}.unit_code)"  # noqa: S608
        for kind, (model, key) in TERRITORIES.items()
    ]
    members = "SELECT ST_Union(c.geom) FROM layers_commune c WHERE c.epci_id = {row}.unit_code"
    drawn.append(f"WHEN '{UnitKind.EPCI}' THEN ({members})")
    return f"COALESCE(CASE {{row}}.unit_kind {' '.join(drawn)} END, {{row}}.geom)"


def figure_attribute(name: str) -> str:
    """Name the attribute that holds a figure: a figure may be called as a field of the rows is."""
    return f"figure_{name}"


def rows_model(method: str, title: str, figures: Mapping[str, str]) -> Any:
    """Make the model of the rows of a method; ``figures`` gives the French words of each.

    Raises ValueError for a figure whose name is not an identifier: it becomes SQL.
    """
    if bad := [name for name in figures if not (name.isidentifier() and name.isascii())]:
        raise ValueError(f"{method}: {bad} cannot name columns")
    run = f"FROM {AnalysisRun._meta.db_table} a WHERE a.id = {{row}}.run_id"
    return reading(
        AnalysisResult._meta.db_table,
        f"{method.title().replace('_', '')}Rows",
        title,
        {
            "id": models.BigAutoField("identifiant", primary_key=True),
            "run_id": models.BigIntegerField("analyse"),
            "position": models.PositiveIntegerField("rang"),
            "unit_kind": models.CharField("type de territoire", max_length=10, choices=UnitKind.choices),
            "unit_code": models.CharField("code", max_length=60),
            "label": models.CharField("nom", max_length=300),
            "category": models.CharField("classe", max_length=40),
            "computed_at": ComputedInstant("calculée le", sql=f"SELECT a.computed_at {run}"),
            "shape": ComputedGeometry("géométrie", srid=WGS84, sql=_shape()),
            **{
                figure_attribute(name): ComputedNumber(
                    label, sql=f"({{row}}.figures ->> '{name}')::double precision"
                )
                for name, label in figures.items()
            },
        },
    )
