"""Columns that no table has: SQL over a row, read, filtered and sorted as any other field.

The services that publish layers know fields, not expressions: a figure kept in JSON, or elsewhere, becomes one.
The models made here read an existing table; they have no migration and write nothing.
"""

from collections.abc import Mapping
from typing import Any

from django.apps.registry import Apps
from django.contrib.gis.db import models
from django.db.models.expressions import Col
from django.utils.functional import cached_property

from layers.models.visibility import MapQuerySet


class ComputedColumn(Col):
    """The expression of a computed field, for one alias of its table."""

    target: "Computed"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Give the SQL; it has no parameter."""
        row = compiler.quote_name_unless_alias(self.alias)
        return self.target.sql.replace("{row}", row), ()


class Computed(models.Field):
    """A field whose value is ``sql``, in which ``{row}`` stands for the row of the table.

    ``sql`` is written by us, never by a sender, and holds no per cent sign.
    """

    def __init__(self, verbose_name: str, *, sql: str, **options: Any) -> None:
        super().__init__(verbose_name, **{"null": True, "editable": False} | options)
        self.sql = f"({sql})"

    def get_col(self, alias: str, output_field: models.Field | None = None) -> Col:
        """Give the expression in place of a column."""
        return ComputedColumn(alias, self, output_field)

    @cached_property
    def cached_col(self) -> Col:
        """The expression for the table itself."""
        return ComputedColumn(self.model._meta.db_table, self)


class ComputedNumber(Computed, models.FloatField):
    """A number."""


class ComputedInteger(Computed, models.IntegerField):
    """A whole number."""


class ComputedText(Computed, models.TextField):
    """A text."""


class ComputedInstant(Computed, models.DateTimeField):
    """A day and an hour."""


class ComputedGeometry(Computed, models.GeometryField):
    """A shape in WGS 84."""


def reading(table: str, name: str, verbose_name: str, fields: Mapping[str, models.Field]) -> Any:
    """Make a model that reads ``table``; it stands apart from the models that have migrations."""
    meta = type(
        "Meta",
        (),
        {
            "apps": Apps(),
            "app_label": "layers",
            "managed": False,
            "db_table": table,
            "verbose_name": verbose_name,
        },
    )
    body = {"__module__": __name__, "Meta": meta, "objects": MapQuerySet.as_manager(), **fields}
    return type(name, (models.Model,), body)
