"""What must follow an import, by the table that it fills."""

REPORTS = "layers_signalement"
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
PERSONAL = frozenset({REPORTS, "layers_arrete", "layers_visit", "layers_affectation"})


def asked_after(table: str) -> tuple[str, ...]:
    """Give the tasks to run: new reports, and new addresses, ask for a geocoding; new places for an anchoring."""
    if table == REPORTS or table in ADDRESSES:
        return ("geocode",)  # which asks for the anchoring itself
    return ("anchor",) if table in PLACES else ()


def holds_personal_data(table: str) -> bool:
    """Say whether a file of this table speaks of people's dwellings: it is not kept once imported."""
    return table in PERSONAL
