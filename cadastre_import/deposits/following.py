"""What must follow an import, by the table that it fills."""

REPORTS = "layers_signalement"
ORDERS = "layers_arrete"
ADDRESSES = frozenset({"layers_address", "layers_voie"})
PLACES = frozenset(
    {
        "layers_parcelle",
        "layers_batiment",
        "layers_iris",
        "layers_commune",
        "layers_zone",
        "layers_addressparcelle",
        "layers_batimentparcelle",
    }
)
PERSONAL = frozenset({REPORTS, ORDERS, "layers_visit", "layers_affectation"})


def asked_after(table: str) -> tuple[str, ...]:
    """Give the tasks to run: new reports, and new addresses, ask for a geocoding; new places for an anchoring.

    Orders whose act names an address are placed by the addresses too.
    """
    if table == ORDERS:
        return ("geocode_arretes",)
    if table in ADDRESSES:
        return ("geocode", "geocode_arretes")
    if table == REPORTS:
        return ("geocode",)  # which asks for the anchoring itself
    return ("anchor",) if table in PLACES else ()


def holds_personal_data(table: str) -> bool:
    """Say whether a file of this table speaks of people's dwellings: it is not kept once imported."""
    return table in PERSONAL
