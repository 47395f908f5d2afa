"""What tests refuse and production forgives: rows in a lucky order, names that a template lacks."""

import sys
from typing import Any

from django.db.models.functions import Random
from django.db.models.sql.compiler import SQLCompiler

LIBRARIES = "site-packages"


def shuffle_unordered_queries() -> None:
    """Give the rows of a query without an order in a new order each time.

    PostgreSQL promises no order and mostly keeps the insertion's: a test would pass by luck, and a page of an
    API would show a row twice in production. DISTINCT and set operations are left alone (SQL wants their
    ORDER BY among the columns), subqueries too unless a slice makes their order matter.
    """
    given_order = SQLCompiler.get_order_by

    def get_order_by(compiler: SQLCompiler) -> list[Any]:
        order = given_order(compiler)
        query = compiler.query
        if order or query.distinct or query.combinator or (query.subquery and not query.is_sliced):
            return order
        random = Random().asc().resolve_expression(query)
        return [(random, (*compiler.compile(random), False))]

    SQLCompiler.get_order_by = get_order_by


class UnknownVariableError(AssertionError):
    """A template of ours names a variable that its context lacks."""


class RefuseUnknownVariables(str):
    """A ``string_if_invalid`` that raises in our templates; those of libraries count on silence."""

    __slots__ = ()

    def __contains__(self, text: object) -> bool:
        return text == "%s"

    def __bool__(self) -> bool:
        return True

    def __mod__(self, variable: object) -> str:
        context = sys._getframe(1).f_locals["context"]
        template = context.render_context.template or context.template
        if LIBRARIES in str(template.origin.name):
            return ""
        raise UnknownVariableError(f"{{{{ {variable} }}}} in {template.name}")
