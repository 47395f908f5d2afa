"""One spelling for street names, so that trigrams compare names and not habits of writing.

The imported streets and the declared addresses go through the same function.
"""

import re
import unicodedata

from cadastre_import.geocoding.vocabulary import (
    ABBREVIATIONS,
    GLUED_SMALL_WORDS,
    GLUED_TYPES,
    LEADING_ABBREVIATIONS,
    NOT_GLUED,
    SMALL_WORDS,
)

LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "Œ": "OE", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
)
# UTF-8 read as Windows-1252 or Latin-1: only the lead bytes of the characters that French uses
_TAIL = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
MOJIBAKE = re.compile(f"[ÃãÂÅÆ][{_TAIL}]|â[€\x80‚\x82][{_TAIL}]")
LOST_ACCENT = re.compile(r"�|(?<=[^\W\d_])\?(?=[^\W\d_])")
NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")
ORDINAL = re.compile(r"(\d+)(?:er|ere|eme|ieme|nd|nde|e)")
ARRONDISSEMENT = frozenset({"arrondissement", "arr", "ardt"})
GLUED = re.compile(rf"({'|'.join(GLUED_TYPES)})([a-z]{{2,}})")


def repair_encoding(text: str) -> str:
    """Give the text that was meant when UTF-8 was read as Windows-1252, once or several times ("AllÃ©e").

    A character that was lost (� or "R?publique") is dropped: what remains of the word is still looked for.
    """
    if text.isascii():
        return LOST_ACCENT.sub("", text)
    while (repaired := MOJIBAKE.sub(_decoded, text)) != text:
        text = repaired
    return LOST_ACCENT.sub("", text)


def fold(text: str) -> str:
    """Give the text in lower case without accents; punctuation is kept."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(LIGATURES)).casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", decomposed) if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Give the folded words of a text: letters and digits of the Latin alphabet, nothing else."""
    return NOT_ALPHANUMERIC.sub(" ", fold(text)).split()


def normalise_street(name: str) -> str:
    """Give the one spelling under which a street is stored and looked for, empty if nothing is readable.

    Abbreviations are written out, numbers in figures, small words left out ("Av. du Gal de Gaulle" →
    "avenue general gaulle"). Normalising twice changes nothing.
    """
    found = [
        ORDINAL.sub(r"\1", word) if ORDINAL.fullmatch(word) else word for word in words(repair_encoding(name))
    ]
    kept = unglued(_without_small_words(found))
    if kept and kept[0] in LEADING_ABBREVIATIONS:
        kept[0] = LEADING_ABBREVIATIONS[kept[0]]
    return " ".join(ABBREVIATIONS.get(word, word) for word in kept)


def unglued(found: list[str]) -> list[str]:
    """Part the type of street from the name it was glued to ("rueVictor" → "rue", "victor")."""
    glued = GLUED.fullmatch(found[0]) if found else None
    if glued is None or found[0] in NOT_GLUED:
        return found
    kind, rest = glued.groups()
    if rest in GLUED_SMALL_WORDS:
        return [kind, *found[1:]]
    return [kind, rest, *found[1:]] if len(rest) >= 3 else found


def normalise_name(name: str) -> str:
    """Give the one spelling of the name of a commune ("St-Denis", "Paris 11e arrondissement" → "paris 11")."""
    found = [ORDINAL.sub(r"\1", w) if ORDINAL.fullmatch(w) else w for w in words(repair_encoding(name))]
    return " ".join(ABBREVIATIONS.get(word, word) for word in found if word not in ARRONDISSEMENT)


def _without_small_words(found: list[str]) -> list[str]:
    """Drop articles; a single letter at the end stays, it is the name ("Allée A")."""
    last = len(found) - 1
    kept = [w for i, w in enumerate(found) if w not in SMALL_WORDS or (len(w) == 1 and i == last)]
    return kept or found


def _decoded(match: re.Match[str]) -> str:
    garbled = match[0].replace("ã", "Ã")  # put in lower case since
    for encoding in ("cp1252", "latin-1"):
        try:
            return garbled.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return match[0]
