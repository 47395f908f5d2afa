"""Reads a declared address: number, repetition, street, postcode, commune, and what is no place at all.

Nothing here looks anything up: what the line itself says is all that is known.
"""

import re
from collections.abc import Container
from dataclasses import dataclass

from cadastre_import.geocoding.normalisation import (
    fold,
    normalise_name,
    normalise_street,
    repair_encoding,
    unglued,
    words,
)
from cadastre_import.geocoding.vocabulary import (
    ABBREVIATIONS,
    GLUED_TYPES,
    LEADING_ABBREVIATIONS,
    MONTHS,
    REPETITIONS,
    STREET_TYPES,
)

TYPE_WORDS = STREET_TYPES | {
    short
    for short, long in (ABBREVIATIONS | LEADING_ABBREVIATIONS).items()
    if long.split()[0] in STREET_TYPES
}
LONGEST = 500
WORDS_OF_A_COMMUNE = 7

_CODE = r"(?:[a-z]?\d+[a-z]?|[a-z])(?![\w'’])"  # "3", "B", "B12": what follows "bâtiment" or "porte"
MENTIONS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\([^()]*\)",
        r"\b(?:chez|c/o)\b[^,;\d]*",
        r"\b(?:bp|cs|tsa)\s*\d+\b",
        r"\bcedex(?:\s+\d{1,2}\b)?",
        r"\b\d{1,2}\s*(?:er|ere|e|eme|ieme|nd)?\s*(?:etage|etg|niveau)\b(?:\s+(?:gauche|droite|face|gche|dte))?",
        r"\b(?:etage|etg|niveau)\s*:?\s*\d{1,2}\b(?:\s+(?:gauche|droite|face|gche|dte))?",
        r"\b(?:rdc|rez[ -]de[ -]chaussee)\b(?:\s+(?:gauche|droite|face))?",
        rf"\b(?:appartement|appart|appt|apt|app|apto|logement|lgt|log)\b[.,]*\s*(?:n[°o]?\.?\s*)?(?:{_CODE})?",
        rf"\b(?:batiment|bat|bt|escalier|esc|hall|cage|entree|porte|lot|boite|bloc)\b[.,]*\s*(?:n[°o]?\.?\s*)?{_CODE}",
        r"\bporte\s+(?:gauche|droite|face)\b",
        r"\b(?:fond de cour|sur cour|sur rue)\b",
        r"\b(?:lieu[ -]?dit|ld)\b",
        r"\bfrance\s*$",
    )
)
NUMBER_SIGN = re.compile(r"\b(?:n[°o]|num|numero)\.?\s*(?=\d)|n°\s*|\bn\s*(?=\d{1,4}$)")
_TYPE = rf"(?:{'|'.join(sorted(TYPE_WORDS))})(?![a-z0-9])"
GLUED_NUMBER = re.compile(rf"(?<![a-z0-9])(\d{{1,4}})(?=[a-z]{{3}}|{_TYPE})(?!i?eme)")
POSTCODE = re.compile(r"(?<![\d])(?:f-?)?((?:0[1-9]|[1-8]\d|9[0-8])\d{3})(?!\d)")
SPLIT_POSTCODE = re.compile(r"(?<=[\s,])((?:0[1-9]|[1-8]\d|9[0-8]))[ .](\d{3})\s+(?=[a-z])")
_REPETITION = r"(bis|ter|quater|quinquies|[a-z](?!['’]))(?![a-z0-9])(?!\s*\d)"
# The next number of a range: "65-67", "65 à 67", "65, 67", and "65 67" if a type of street follows
_NEXT = (
    rf"\s?(?:,?\s?(?:-|/|&|\ba\b|\bau\b|\bet\b)\s?|,\s?|(?<=\s)(?=\d+\s*{_TYPE}))"
    r"\d{1,4}(?:\s?(?:bis|ter|quater))?(?![a-z0-9])"
)
NUMBER = re.compile(rf"(?<![a-z0-9])(\d{{1,4}})(?:\s*\.?\s*{_REPETITION})?((?:{_NEXT})*)(?![a-z0-9])")
SEPARATORS = re.compile(r"[,;\n]|\s[-–—/]\s")


@dataclass(frozen=True)
class AddressText:
    """What a declared line says.

    ``repetitions`` are the spellings under which the register may hold the index ("b" is also "bis").
    ``is_range`` tells that the line named several numbers of one street ("65-67": the first is kept), ``several``
    that it named several streets. ``search_text`` is the cleaned line, for a geocoder that reads text.
    """

    numero: int | None = None
    repetitions: tuple[str, ...] = ()
    street: str = ""
    code_postal: str = ""
    ville: str = ""
    is_range: bool = False
    several: bool = False
    search_text: str = ""


def read_address(text: str, ville: str = "", communes: Container[str] = frozenset()) -> AddressText:
    """Read one declared line; never fails, whatever was typed.

    ``ville`` is the commune declared beside the line; without it, ``communes`` are the normalised names to
    recognise at the end of the line (many streets bear the name of a commune: only then).
    """
    line = " ".join(fold(repair_encoding(text[:LONGEST])).split())
    declared = normalise_name(ville[:LONGEST])
    line, code_postal, after = _take_postcode(line)
    if not words(line) and _holds_an_address(after):
        line, after = after, ""  # "93140 Bondy, 4 rue Neuve"
    line = _without_mentions(line)
    commune = normalise_name(_parts(_without_mentions(after))[0])
    if not commune:
        line, commune = _take_commune(line, declared, communes)
    number, rest, several = _take_number(line)
    street_part = _street_segment(rest)
    numero, repetitions = _read_number(number) if number else (None, ())
    written = [str(numero), *repetitions[-1:]] if numero else []
    return AddressText(
        numero=numero,
        repetitions=repetitions,
        street=normalise_street(street_part),
        code_postal=code_postal,
        ville=commune,
        is_range=bool(number and number[3]),
        several=several,
        search_text=" ".join([*written, *unglued(words(street_part))]),
    )


def _without_mentions(line: str) -> str:
    for mention in MENTIONS:
        line = mention.sub(" ", line)
    line = GLUED_NUMBER.sub(r"\1 ", NUMBER_SIGN.sub(" ", line))
    return " ".join(line.split()).strip(" ,;-–—/")


def _take_postcode(line: str) -> tuple[str, str, str]:
    """Split at the last postcode: what is before, the code, what is after (the commune)."""
    found = list(POSTCODE.finditer(line))
    if found:
        last = found[-1]
        return line[: last.start()], last[1], line[last.end() :]
    if (split := SPLIT_POSTCODE.search(line)) and not _begins_with_type(line[split.end() :]):
        return line[: split.start()], split[1] + split[2], line[split.end() :]
    return line, "", ""


def _take_commune(line: str, declared: str, communes: Container[str]) -> tuple[str, str]:
    """Take the longest known commune name that ends the line, unless it is the name of the street itself."""
    ends = [match.start() for match in re.finditer(r"[a-z0-9]+", line)][-WORDS_OF_A_COMMUNE:]
    for start in ends:
        name = normalise_name(line[start:])
        if not (name == declared if declared else name in communes):
            continue
        if start == 0:
            return "", name
        before = words(line[:start])
        comma = line[:start].rstrip().endswith((",", ";", "-"))
        if not comma and (not before or before[-1] in TYPE_WORDS or _is_small(before[-1])):
            continue  # "rue de Bondy": the street, not the commune
        return line[:start].rstrip(" ,;-–—/"), name
    return line, ""


def _is_small(word: str) -> bool:
    return word in {"de", "du", "des", "d", "la", "le", "les", "l", "en"}


def _take_number(line: str) -> tuple[re.Match[str] | None, str, bool]:
    """Choose the house number, give the text it numbers, and tell if the line numbers several streets."""
    numbers = [n for n in NUMBER.finditer(line) if not _is_in_a_date(line, n)]
    before_type = [n for n in numbers if _begins_with_type(line[_end(n) :])]
    if before_type:
        first = before_type[0]
        stop = before_type[1].start() if len(before_type) > 1 else len(line)
        return first, line[_end(first) : stop].rstrip(" &/-,;").removesuffix(" et"), len(before_type) > 1
    if numbers and numbers[0].start() == 0:
        return numbers[0], line[_end(numbers[0]) :], False
    if numbers and numbers[-1].end() == len(line) and numbers[-1].start() > 0:
        return numbers[-1], line[: numbers[-1].start()], False
    return None, line, False


def _end(number: re.Match[str]) -> int:
    """Give where the street begins: a lone letter that is the street's type is no repetition ("17 R. Maurice")."""
    if number[2] and number[2] in LEADING_ABBREVIATIONS and not number[3]:
        rest = number.string[number.end() :]
        if re.match(r"\.?\s+[a-z]", rest) and not _begins_with_type(rest):
            return number.start(2)
    return number.end()


def _read_number(number: re.Match[str]) -> tuple[int | None, tuple[str, ...]]:
    """Give the number (0 is none) and the spellings of its index, the full one last."""
    raw = (number[2] or "") if _end(number) == number.end() else ""
    full = REPETITIONS.get(raw, raw)
    initial = full[:1] if full in ("bis", "ter") else ""
    return int(number[1]) or None, tuple(dict.fromkeys(r for r in (initial, raw, full) if r))


def _is_in_a_date(line: str, number: re.Match[str]) -> bool:
    """Tell the figures of "8 mai 1945" from a house number."""
    after = words(line[number.end(1) :])[:1]
    before = words(line[: number.start()])[-1:]
    return bool((after and after[0] in MONTHS) or (before and before[0] in MONTHS))


def _begins_with_type(rest: str) -> bool:
    first = words(rest)[:1]
    return bool(first) and (first[0] in TYPE_WORDS or first[0].startswith(GLUED_TYPES))


def _holds_an_address(text: str) -> bool:
    return bool(NUMBER.search(text)) or any(word in GLUED_TYPES for word in words(text)[1:])


def _parts(text: str) -> list[str]:
    """Give what stands between commas and dashes, at least one empty part."""
    return [part.strip() for part in SEPARATORS.split(text) if words(part)] or [""]


def _street_segment(rest: str) -> str:
    """Keep the first part that names a street, else the first that names anything."""
    parts = _parts(rest)
    return next((part for part in parts if _begins_with_type(part)), parts[0])
