"""The register of the methods of analysis: pages, downloads, jobs and the command all come from it.

To add an analysis:

1. Write the pure function in ``maps/analysis/`` (arrays in, frozen dataclass out) and its tests.
2. Make ``maps/services/methods/<id>.py`` with ``METHOD = Method(id=…, title=…, question=…, …)``.
3. ``read(scope, values)`` asks the selectors (``layers/selectors/unit_counts.py`` first) and gives a frozen dataclass
   of arrays: all that the result depends on, since its digest says whether the analysis must run again.
4. ``compute(inputs, values, rng)`` calls the function and gives ``Outcome.of_units(units, figures, order=…)``: one
   array for each Column, NaN where there is nothing to say; raise NothingToAnalyse with what to do about it.
5. Rows that no register draws (clusters) give ``shapes`` and ``srids``; all give the communes they cover.
6. Declare ``columns``, then ``shadings`` and/or ``categories`` (a colour and a mark each): they make map and table.
7. Write the ``caveats``: what this result does not say, in plain French.
8. Say ``is_random`` if it draws (``rng`` is then seeded by the run), ``is_long`` if a worker must compute it.
9. Add it to ``METHODS`` below, and to ``DEFAULTS`` of ``run_analyses`` if the demo territory should show it.
10. Test ``compute`` on arrays without a database, then one run by ``run_analysis`` (tests/maps/methods).
"""

from layers.errors import UnknownMethod
from maps.services.methods import (
    avant_apres,
    balayage,
    diffusion,
    emergence,
    gestionnaires,
    points_chauds,
    priorites,
    regroupements,
    repetitions,
    silence,
    surface_risque,
    taux,
    voisinage,
)
from maps.services.methods.method import Method

METHODS: dict[str, Method] = {
    method.id: method
    for method in (
        taux.METHOD,
        surface_risque.METHOD,
        points_chauds.METHOD,
        voisinage.METHOD,
        balayage.METHOD,
        emergence.METHOD,
        silence.METHOD,
        avant_apres.METHOD,
        diffusion.METHOD,
        regroupements.METHOD,
        repetitions.METHOD,
        gestionnaires.METHOD,
        priorites.METHOD,
    )
}


def method_named(name: str) -> Method:
    """Give a method by its id; raises UnknownMethod."""
    if name not in METHODS:
        raise UnknownMethod(f"aucune analyse ne s’appelle {name[:40]!r}")
    return METHODS[name]
