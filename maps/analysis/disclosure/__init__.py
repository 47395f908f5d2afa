"""What may be shown of small cells, and to whom: the one rule set behind every page, export and service.

A report of unfit housing is personal data of its occupants even without a name. Partners, who work on the
cases, see every figure; others see a cell only if no household can be recognised in it, and not even by
subtracting what is published from its totals, from other territories or from other periods.

    primary     each cell judged alone
    totals      the cells of one published total: the next smallest is hidden where needed
    tables      any set of cells and totals, nested or overlapping territories
    audit       between which two counts a reader can place each hidden cell
    releases    periods and families: one table published at once, so that no two filters can be subtracted
    grid        squares as small as may be published
"""

from maps.analysis.disclosure.audit import Placed, place_hidden
from maps.analysis.disclosure.grid import cell_corners, cell_levels
from maps.analysis.disclosure.primary import (
    MIN_CASES,
    MIN_DWELLINGS,
    PROTECTION,
    RULES,
    Audience,
    Reason,
    Rule,
    publishable,
    rule_for,
)
from maps.analysis.disclosure.releases import Cube, closed_years, release_cube
from maps.analysis.disclosure.tables import Table, TableSuppression, build_table, protect_table
from maps.analysis.disclosure.totals import Suppression, suppress

__all__ = [
    "MIN_CASES",
    "MIN_DWELLINGS",
    "PROTECTION",
    "RULES",
    "Audience",
    "Cube",
    "Placed",
    "Reason",
    "Rule",
    "Suppression",
    "Table",
    "TableSuppression",
    "build_table",
    "cell_corners",
    "cell_levels",
    "closed_years",
    "place_hidden",
    "protect_table",
    "publishable",
    "release_cube",
    "rule_for",
    "suppress",
]
