"""Addresses as people write them: the same place with the errors of real life, and the names of the errors."""

from dataclasses import dataclass

import numpy as np

from .addresses import Address, Street
from .names import ABBREVIATIONS, afnor, plain

# Share of the reports that carry each error; several may fall on one report
RATES = {
    "abreviation": 0.15,
    "majuscules": 0.13,
    "sans_accents": 0.10,
    "faute_frappe": 0.11,
    "complement": 0.08,
    "numero_absent": 0.04,
    "code_postal_faux": 0.035,
    "plage": 0.03,
    "mot_absent": 0.03,
    "colle": 0.02,
    "type_voie_faux": 0.02,
    "faute_commune": 0.02,
    "numero_faux": 0.015,
    "ancienne_commune": 0.65,  # of the reports of the absorbed commune
}
# What each error takes from the score of the BAN geocoder, 0.97 for an address without error
PENALTIES = {
    "abreviation": 0.01, "faute_frappe": 0.07, "complement": 0.09, "numero_absent": 0.13,
    "code_postal_faux": 0.045, "plage": 0.035, "mot_absent": 0.04, "colle": 0.14, "type_voie_faux": 0.05,
    "faute_commune": 0.03, "numero_faux": 0.05, "ancienne_commune": 0.03,
}  # fmt: skip
FAR_POSTCODES = ("36000", "36100")
NEIGHBOURS = dict(zip("azertyuiopqsdfghjklmwxcvbn", "zaretyiupoqdsgfhkjlmxwvcnb", strict=True))
COMPLEMENTS = (
    "Bât {a}", "bat. {A}", "Apt {n}", "appt {n}", "étage {e}", "{e}e étage", "porte {n}", "RDC",
    "Bâtiment {A} esc {e}",
)  # fmt: skip
SMALL_WORDS = {"de", "du", "des", "la", "le", "les", "l'"}


@dataclass
class Written:
    """An address as it stands in the file, its errors, and the score a BAN geocoder would give it."""

    line: str
    postcode: str
    commune: str
    errors: list[str]
    score: float


def write_address(
    address: Address, street: Street, absorbed: str | None, postcodes: list[str], rng: np.random.Generator
) -> Written:
    """Write an address; ``absorbed`` is the name of the absorbed commune the place lies in."""
    draws = rng.random(len(RATES))
    errors = [
        name
        for (name, rate), draw in zip(RATES.items(), draws, strict=True)
        if draw < rate and (name != "ancienne_commune" or absorbed)
    ]
    head, voie = _head(address, errors, rng), _voie(street.name, errors, rng)
    line = head + voie if "colle" in errors else f"{head} {voie}".strip()
    if "complement" in errors:
        line = _with_complement(line, rng)
    commune = absorbed if absorbed and "ancienne_commune" in errors else street.commune.name
    if "faute_commune" in errors:
        commune = _typo(commune, rng)
    line, commune = (_in_letters(text, errors) for text in (line, commune))
    postcode = street.commune.postcode
    if "code_postal_faux" in errors:
        postcode = str(rng.choice([code for code in [*postcodes, *FAR_POSTCODES] if code != postcode]))
    score = 0.97 - sum(PENALTIES.get(error, 0) for error in errors) + rng.normal(0, 0.012)
    return Written(line, postcode, commune, errors, float(min(score, 0.99)))


def _head(address: Address, errors: list[str], rng: np.random.Generator) -> str:
    """Write the number: as it is, another, a range, or none."""
    number = address.number + (2 * int(rng.integers(30, 120)) if "numero_faux" in errors else 0)
    if "numero_absent" in errors:
        return ""
    if "plage" in errors:
        return f"{number}-{number + 2}"
    return f"{number} {address.rep}".strip()


def _voie(name: str, errors: list[str], rng: np.random.Generator) -> str:
    """Write the street: another kind, a slip of the finger, a word left out, an abbreviation."""
    kind, _, rest = name.partition(" ")
    if "type_voie_faux" in errors:
        kind = "Avenue" if kind == "Rue" else "Rue"
    if "faute_frappe" in errors:
        rest = _typo(rest, rng)
    if "mot_absent" in errors:
        rest = _without_small_word(rest)
    if "abreviation" in errors:
        kind = ABBREVIATIONS.get(kind, kind) + "." * bool(rng.random() < 0.3)
    return f"{kind} {rest}"


def _in_letters(text: str, errors: list[str]) -> str:
    if "sans_accents" in errors:
        text = afnor(text) if "majuscules" in errors else plain(text)
    return text.upper() if "majuscules" in errors else text


def _typo(text: str, rng: np.random.Generator) -> str:
    """Swap, drop, double or mistype one letter of the longest word."""
    word = max(text.replace("'", " ").split(), key=len)
    place = int(rng.integers(1, max(len(word) - 1, 2)))
    letter = word[place : place + 1]
    wrong = {
        0: word[:place] + word[place + 1 :],
        1: word[:place] + letter + word[place:],
        2: word[: place - 1] + letter + word[place - 1] + word[place + 1 :],
        3: word[:place] + NEIGHBOURS.get(plain(letter).lower(), "e") + word[place + 1 :],
    }[int(rng.integers(4))]
    return text.replace(word, wrong if wrong != word else word + word[-1], 1)


def _without_small_word(text: str) -> str:
    words = text.replace("l'", "l' ").split()
    kept = [word for word in words if word not in SMALL_WORDS]
    return " ".join(kept)


def _with_complement(line: str, rng: np.random.Generator) -> str:
    letter = "abcdef"[rng.integers(6)]
    text = COMPLEMENTS[rng.integers(len(COMPLEMENTS))].format(
        a=letter, A=letter.upper(), n=int(rng.integers(1, 60)), e=int(rng.integers(1, 6))
    )
    return f"{text}, {line}" if rng.random() < 0.3 else f"{line} {text}"
