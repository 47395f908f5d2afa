"""Who may read what: the value given to every ``.visible_to(scope)``."""

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Self


class Reader(IntEnum):
    """Who reads, for the fields that do not leave to everyone; each may read what those before may."""

    ANONYMOUS = 0
    SIGNED_IN = 1
    PARTNER = 2
    ADMINISTRATOR = 3


@dataclass(frozen=True)
class Scope:
    """The perimeter of a reader.

    ``signed_in`` opens the reference layers (cadastre, IRIS, addresses: open data). Reports, orders and results
    are visible inside ``communes`` and ``zones`` less ``excluded_zones``, or everywhere if ``everything``.
    """

    signed_in: bool = False
    everything: bool = False
    communes: frozenset[str] = field(default_factory=frozenset)
    zones: frozenset[int] = field(default_factory=frozenset)
    excluded_zones: frozenset[int] = field(default_factory=frozenset)
    kept: frozenset[str] = field(default_factory=frozenset)
    """Kinds of data that this reader does not get, even there (``layers.kept_fields``)."""
    public: bool = False
    """Asks the public services: their layers alone, whoever asks."""

    @classmethod
    def anyone(cls) -> Self:
        """Give the scope of the public services: no row of the base, the published figures only."""
        return cls(public=True)

    @classmethod
    def nobody(cls) -> Self:
        """Give the scope of an anonymous visitor: nothing."""
        return cls()

    @classmethod
    def whole(cls) -> Self:
        """Give the scope of an administrator, or of a computation that reads all and shows none of it."""
        return cls(signed_in=True, everything=True)

    @property
    def reader(self) -> Reader:
        """Say who reads: a partner is someone who has a perimeter today."""
        if self.everything:
            return Reader.ADMINISTRATOR
        if self.communes or self.zones:
            return Reader.PARTNER
        return Reader.SIGNED_IN if self.signed_in else Reader.ANONYMOUS

    def includes(self, other: Self) -> bool:
        """Say whether whoever has this scope may read all that ``other`` may."""
        if self.everything:
            return True
        return (
            not other.everything
            and other.communes <= self.communes
            and other.zones <= self.zones
            and self.excluded_zones <= other.excluded_zones
        )

    @cached_property
    def version(self) -> str:
        """A short digest of the rights, for cache keys: two readers with the same rights share a tile."""
        parts = (
            self.signed_in,
            self.everything,
            sorted(self.communes),
            sorted(self.zones),
            sorted(self.excluded_zones),
            self.public,
            sorted(self.kept),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
