"""Reads the mapping of a register: which column is what, its dates, its words, its projection.

Each refusal names the line of the mapping that is to be corrected.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from layers.crs import ACCEPTED_SRIDS
from layers.errors import UnreadableFile

KEYS = ("cible", "nom", "producteur", "licence", "dates", "projection", "cle", "prefixe")
SECTIONS = ("colonnes", "constantes", "valeurs", "indicateurs")
NAME = re.compile(r"[a-z0-9-]{1,20}")


@dataclass(frozen=True)
class TableMapping:
    """What the mapping says. ``columns`` gives, for a field of ours, the columns of the file that make it.

    ``words`` translates the words of the register, field by field; what it does not know passes as it is.
    """

    path: Path
    text: str
    target: str
    name: str
    producer: str = ""
    licence: str = ""
    date_formats: tuple[str, ...] = ("%d/%m/%Y", "%Y-%m-%d")
    srid: int | None = None
    key: tuple[str, ...] = ()
    prefix: str = ""
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    indicators: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """A short digest: a corrected mapping reads the same file again."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]

    def refusal(self, key: str, said: str) -> UnreadableFile:
        """Give the refusal of what ``key`` says, with the line where it says it."""
        return UnreadableFile(f"{self.path.name}{_line_of(self.text, key)} : {said}")

    def used_columns(self) -> dict[str, str]:
        """Give each column of the file that is named, and the key of the mapping that names it."""
        named = {column: ours for ours, columns in self.columns.items() for column in columns}
        return dict.fromkeys(self.key, "cle") | {c: code for code, c in self.indicators.items()} | named


def read_mapping(path: Path, targets: dict[str, tuple[str, ...]]) -> TableMapping:
    """Read a mapping; ``targets`` gives the fields that each target knows. Raises UnreadableFile."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        told = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{path} : correspondance illisible, un fichier TOML en UTF-8 est attendu"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(f"{path.name} : TOML incorrect{_decode_line(error)} ({error})") from None

    def refuse(key: str, said: str) -> UnreadableFile:
        return UnreadableFile(f"{path.name}{_line_of(text, key)} : {said}")

    for key, value in told.items():
        if key not in (*KEYS, *SECTIONS):
            raise refuse(key, f"clé inconnue « {key} »{_close(key, (*KEYS, *SECTIONS))}")
        if key in SECTIONS and not isinstance(value, dict):
            raise refuse(key, f"« {key} » est une section : écrivez [{key}]")
    target = told.get("cible")
    if target not in targets:
        raise refuse("cible", f"cible = {target!r} ; attendu : {', '.join(targets)}")
    name = told.get("nom")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise refuse(
            "nom", "nom : de 1 à 20 lettres minuscules, chiffres ou tirets, sous lequel l’import est gardé"
        )
    known = targets[target]
    for section in ("colonnes", "constantes", "valeurs"):
        for ours in told.get(section, {}):
            if ours not in known:
                raise refuse(
                    ours, f"[{section}] « {ours} » n’est pas un champ de « {target} »{_close(ours, known)}"
                )
    return TableMapping(
        path=path,
        text=text,
        target=target,
        name=name,
        producer=str(told.get("producteur", "")),
        licence=str(told.get("licence", "")),
        date_formats=_texts(told.get("dates", ["%d/%m/%Y", "%Y-%m-%d"]), "dates", refuse),
        srid=_srid(told.get("projection"), refuse),
        key=_texts(told.get("cle", []), "cle", refuse),
        prefix=str(told.get("prefixe", "")),
        columns={ours: _texts(value, ours, refuse) for ours, value in told.get("colonnes", {}).items()},
        constants={ours: _text(value, ours, refuse) for ours, value in told.get("constantes", {}).items()},
        words={ours: _words(value, ours, refuse) for ours, value in told.get("valeurs", {}).items()},
        indicators={c: _text(value, c, refuse) for c, value in told.get("indicateurs", {}).items()},
    )


def _texts(value: Any, key: str, refuse: Any) -> tuple[str, ...]:
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or not all(isinstance(one, str) and one for one in several):
        raise refuse(key, f"{key} : un texte ou une liste de textes est attendu")
    return tuple(several)


def _text(value: Any, key: str, refuse: Any) -> str:
    if isinstance(value, dict | list):
        raise refuse(key, f"{key} : une valeur simple est attendue")
    return str(value)


def _words(value: Any, key: str, refuse: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise refuse(key, f"[valeurs.{key}] : une section est attendue, « mot du fichier » = « mot d’ici »")
    return {str(theirs).casefold().strip(): _text(ours, key, refuse) for theirs, ours in value.items()}


def _srid(value: Any, refuse: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or value not in ACCEPTED_SRIDS:
        raise refuse(
            "projection", f"projection {value!r} non acceptée ; acceptées : {sorted(ACCEPTED_SRIDS)}"
        )
    return value


def _close(word: str, known: tuple[str, ...]) -> str:
    found = get_close_matches(word, known, n=1, cutoff=0.5)
    return f" ; est-ce « {found[0]} » ?" if found else f" ; connus : {', '.join(known)}"


def _line_of(text: str, key: str) -> str:
    """Say on which line a key is written, or a section that bears its name; nothing if it is not."""
    written = re.escape(key)
    sought = re.compile(rf"""^\s*(?:["']?{written}["']?\s*=|\[[^\]]*["'.]?{written}["']?\])""")
    for number, line in enumerate(text.splitlines(), 1):
        if sought.match(line):
            return f", ligne {number}"
    return ""


def _decode_line(error: tomllib.TOMLDecodeError) -> str:
    found = re.search(r"line (\d+)", str(error))
    return f", ligne {found[1]}" if found else ""
