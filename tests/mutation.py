"""Opens each place where a right is applied, one at a time, and asks the leak test whether it sees it.

A *site* is a call of ``.visible_to(scope)`` or ``.read_by(scope)`` in the code. All questions of the leak test are
asked once, untouched, to learn which sites each of them goes through; a site is then opened (it gets the scope of an
administrator) and only these questions are asked again.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from layers import kept_fields
from layers.models.lineage import ParcelleLineageQuerySet
from layers.models.visibility import GuardedQuerySet, MapQuerySet
from layers.registry import Layer
from layers.scope import Scope
from maps.services.methods.method import Method
from tests.foreign import ASKS, told_apart
from tests.leaks import client_of, heard
from tests.probes import MISSING
from tests.random_world import RandomWorld, taken_away

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("geo_lhi", "layers", "cadastre_import", "api", "maps")
KEPT = ("without_kept", "figures_kept", "paths_kept")  # functions of layers.kept_fields
RIGHTS = {"visible_to", "read_by", "layers_for", *KEPT}
MOST_FOREIGN = 3  # of each kind that are asked


@dataclass(frozen=True, order=True)
class Site:
    """A call in the code."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def sites() -> dict[Site, str]:
    """Give every call that applies a right, and the function that makes it ("" at the top of a file)."""
    return {
        site: function
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for site, function in _calls(ast.parse(path.read_text()), str(path.relative_to(ROOT)), "")
    }


def _calls(node: ast.AST, path: str, function: str) -> Iterator[tuple[Site, str]]:
    if isinstance(node, ast.FunctionDef):
        function = node.name
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in RIGHTS:
            yield Site(path, node.func.end_lineno or node.lineno), function
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, path, function)


@dataclass
class Watch:
    """Which sites were gone through, and which one is open."""

    opened: Site | None = None
    seen: set[Site] = field(default_factory=set)
    guarded: set[Site] = field(default_factory=set)
    """Those that were given rows of people, or layers: open data is the same for whoever is signed in."""

    def around(self, original: Callable, guarded: bool) -> Callable:
        """Wrap a method, or a function, whose last argument is a scope."""

        def method(*given: Any) -> Any:
            *before, scope = given
            for site in self._callers():
                self.seen.add(site)
                if guarded:
                    self.guarded.add(site)
                if site == self.opened:
                    scope = Scope.whole()
            return original(*before, scope)

        return method

    def _callers(self) -> Iterator[Site]:
        """Give the call, and the one of ``layers_for`` that it comes from."""
        frame = sys._getframe(2)
        while frame and "django/db/models" in frame.f_code.co_filename:
            frame = frame.f_back
        while frame and frame.f_code.co_filename.startswith(str(ROOT)):
            yield Site(str(Path(frame.f_code.co_filename).relative_to(ROOT)), frame.f_lineno)
            if frame.f_code.co_name not in ("layers_for", "<listcomp>"):
                return
            frame = frame.f_back


@contextmanager
def watching(monkeypatch: Any) -> Iterator[Watch]:
    """Watch every place where a scope is applied."""
    watch = Watch()
    for owner, name, guarded in (
        (GuardedQuerySet, "visible_to", True),
        (MapQuerySet, "visible_to", False),
        (ParcelleLineageQuerySet, "visible_to", False),
        (Layer, "read_by", True),
        (Method, "read_by", True),
    ):
        monkeypatch.setattr(owner, name, watch.around(getattr(owner, name), guarded))
    for name in KEPT:  # each module has its own name for it
        original = getattr(kept_fields, name)
        wrapped = watch.around(original, True)
        for module in [
            found for found in sys.modules.values() if getattr(found, "__name__", "").startswith(PACKAGES)
        ]:
            if getattr(module, name, None) is original and module is not kept_fields:
                monkeypatch.setattr(module, name, wrapped)
    yield watch


@dataclass(frozen=True)
class Question:
    """One question of the leak test; ``ask`` says what it found that should not be."""

    role: str
    about: str
    ask: Callable[[], Any]

    def catches(self) -> bool:
        """Ask it, and leave the base and the memory of tiles as they were; a bug is an answer that differs."""
        cache.clear()
        with transaction.atomic():
            try:
                found = bool(self.ask())
            except Exception:
                found = True
            transaction.set_rollback(True)
        return found


def questions(world: RandomWorld, urls: list[str], roles: list[str], more: set[str]) -> Iterator[Question]:
    """Give the questions of the leak test in a world, ``more`` being what nobody may find either."""
    for role in roles:
        client, (tokens, figures) = client_of(world, role), world.kept_from(role)
        with taken_away(world, role):
            alone = {url: heard(client, url, set(), set())[0] for url in urls}
        for url in urls:
            yield Question(role, url, _telling(client, url, tokens | more, figures, alone[url]))
        for kind, keys in world.foreign(role).items():
            if kind in ASKS and keys:
                asking = client_of(world, role)
                asking.own_report = next(iter(world.listed("report", role)), MISSING - 1)
                found = {kind: keys[:MOST_FOREIGN]}
                yield Question(role, f"foreign {kind}", lambda c=asking, f=found: any(told_apart(c, f)))


def _telling(client: Any, url: str, tokens: set[str], figures: set[str], alone: str) -> Callable[[], bool]:
    """Say whether an answer holds a secret, or is not what it is where nothing is foreign."""

    def ask() -> bool:
        said, found = heard(client, url, tokens, figures)
        return bool(found) or said != alone

    return ask
