"""The EPCI and the départements as layers: their outline, their name, what they hold."""

from django.contrib.gis.db import models

from layers.crs import WGS84
from layers.departements import DEPARTEMENTS
from layers.models.computed import ComputedInteger, ComputedText, reading
from layers.models.territoires import Outline

_NAMES = " ".join(f"WHEN '{code}' THEN '{nom}'" for code, nom in DEPARTEMENTS.items())


def _columns(members: str, **more: models.Field) -> dict[str, models.Field]:
    """Give the fields; ``members`` is the condition on the communes ``c`` of the territory."""
    communes = f"FROM layers_commune c WHERE {members}"
    return {
        "id": models.BigAutoField("identifiant", primary_key=True),
        "kind": models.CharField("type de territoire", max_length=11),
        "code": models.CharField("code", max_length=9),
        "geom": models.MultiPolygonField("géométrie", srid=WGS84),
        "communes": ComputedInteger("communes", sql=f"SELECT count(*) {communes}"),
        "population": ComputedInteger("population", sql=f"SELECT sum(c.population) {communes}"),
        **more,
    }


EpciOutline = reading(
    Outline._meta.db_table,
    "EpciOutline",
    "EPCI",
    _columns(
        "c.epci_id = {row}.code",
        nom=ComputedText("nom", sql="SELECT e.nom FROM layers_epci e WHERE e.code = {row}.code"),
        type=ComputedText("type", sql="SELECT e.type FROM layers_epci e WHERE e.code = {row}.code"),
    ),
)
DepartementOutline = reading(
    Outline._meta.db_table,
    "DepartementOutline",
    "département",
    _columns("c.departement = {row}.code", nom=ComputedText("nom", sql=f"CASE {{row}}.code {_NAMES} END")),
)
