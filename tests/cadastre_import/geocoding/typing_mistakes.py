"""How people and forms spoil an address: seeded, one to three ways at once."""

import unicodedata
from collections.abc import Callable, Sequence
from random import Random

Mistake = Callable[[Random, str], str]

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SHORT_FORMS = (
    ("Avenue ", "Av. "),
    ("Rue ", "R. "),
    ("Allée ", "All. "),
    ("Place ", "Pl "),
    ("Impasse ", "Imp. "),
    ("Chemin ", "Ch. "),
    ("Square ", "Sq "),
    ("Route ", "Rte "),
    ("Saint", "St"),
)
GLUED = ("Rue ", "Avenue ", "Allée ", "Allee ", "Place ", "Impasse ")
MENTIONS = ("Bât B", "apt 12", "3e étage", "Esc. 2", "porte gauche", "appt n°4", "RDC", "bât. 1067L")


def typing(random: Random, line: str) -> str:
    """Drop, double, replace or swap a letter inside a word of the street."""
    places = [i for i in range(1, len(line)) if line[i - 1].isalpha() and line[i].isalpha()]
    if not places:
        return line
    at = random.choice(places)
    before, letter, after = line[:at], line[at], line[at + 1 :]
    spoilt = (
        after,
        letter + letter + after,
        random.choice(LETTERS) + after,
    )
    way = random.randrange(4)
    return before[:-1] + letter + before[-1] + after if way == 3 else before + spoilt[way]


def shorten(random: Random, line: str) -> str:
    """Write types and titles in short."""
    for long, short in SHORT_FORMS:
        line = line.replace(long, short)
    return line


def glue(random: Random, line: str) -> str:
    """Forget the space after the type of street."""
    return next((line.replace(word, word.strip(), 1) for word in GLUED if word in line), line)


def number_range(random: Random, line: str) -> str:
    """Name two numbers."""
    number, _, street = line.partition(" ")
    if not number.isdigit():
        return line
    return f"{number}{random.choice(('-', '/', ' à ', ' et '))}{int(number) + 2} {street}"


def mention(random: Random, line: str) -> str:
    """Add what is no part of an address, before or after."""
    added = random.choice(MENTIONS)
    return f"{added}, {line}" if random.random() < 0.5 else f"{line} {added}"


def mojibake(random: Random, line: str) -> str:
    """Read UTF-8 as Latin-1."""
    return line.encode().decode("latin-1")


def without_accents(random: Random, line: str) -> str:
    """Type on a keyboard without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", line) if not unicodedata.combining(c))


def without_small_word(random: Random, line: str) -> str:
    """Leave out the articles."""
    for word in (" de la ", " des ", " du ", " de "):
        line = line.replace(word, " ", 1)
    return line


def comma(random: Random, line: str) -> str:
    """Put a comma after the number."""
    return line.replace(" ", ", ", 1)


MISTAKES: tuple[Mistake, ...] = (
    typing,
    shorten,
    glue,
    number_range,
    mention,
    mojibake,
    without_accents,
    without_small_word,
    comma,
    lambda random, line: line.upper(),
    lambda random, line: line.lower(),
    lambda random, line: line.replace(" ", "  "),
)


def spoil(random: Random, line: str, mistakes: Sequence[Mistake] = MISTAKES) -> str:
    """Give the line as it might be typed: one to three different mistakes."""
    for mistake in random.sample(mistakes, random.randint(1, 3)):
        line = mistake(random, line)
    return line
