"""The geocoder that needs nothing but PostgreSQL: trigrams on the imported BAN, no network.

The few streets that look like the one asked are picked (``streets``), SQL measures them and finds the house number
on each (``lookup``), what they are worth is judged here. A whole batch goes in one statement.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from cadastre_import.geocoding import lookup
from cadastre_import.geocoding.address_text import read_address
from cadastre_import.geocoding.communes import CommuneDirectory
from cadastre_import.geocoding.lookup import Candidate, Middle, Question
from cadastre_import.geocoding.normalisation import normalise_name
from cadastre_import.geocoding.provider import (
    HOUSENUMBER,
    KINDS,
    LOCALITY,
    MAX_ALTERNATIVES,
    MUNICIPALITY,
    STREET,
    Answer,
    Query,
    as_alternative,
)
from cadastre_import.geocoding.streets import Streets

PROVIDER = "base adresse importée"
# Measured on 6 000 addresses of Bondy spoiled by one to three mistakes: 98.8 % of the answers reach it at the house
# number, 99.9 % of these are right. Of the streets that the register lacks, 2 % have a neighbour that reaches it.
ACCEPTED = 0.7
STREET_FLOOR = 0.5  # score under which a street is worth less than the middle of the commune
WHOLE_NAME = 0.7  # weight of the trigrams of the whole name, against those of its best part ("G. Lyssandre")

# What is left of a street's score when the answer is less than what was asked
OTHER_INDEX = 0.9  # 12 for "12 bis"
NUMBER_ABSENT = 0.9  # the street has no such number
OTHER_POSTCODE = 0.95
OTHER_FORMER_COMMUNE = 0.9
# The same number in a street that only its type tells apart: people mistake the type, and nothing shows it. The
# answer loses a little, the other comes just behind: a declared point settles it, else a person
HOMONYM, ITS_HOMONYM = 0.95, 0.98
COMMUNE_ONLY = 0.3  # the score itself: a street was asked, only its commune is known

Found = dict[int, list[Answer]]


class EmbeddedGeocoder:
    """Answers from the addresses and streets of the database; an instance serves one run."""

    accepted_score = ACCEPTED

    def __init__(self, directory: CommuneDirectory | None = None) -> None:
        """Read the communes, once."""
        self.directory = directory or CommuneDirectory.load()
        self.millesime = lookup.edition()
        self._streets = Streets()
        self._middle_of: dict[str, Middle | None] = {}
        self._street_of: dict[str, tuple[str, str]] = {}

    def search_many(self, queries: Sequence[Query]) -> list[Answer | None]:
        """Answer each query: house number, else street, else the middle of the commune, else None."""
        self._street_of.clear()
        questions = dict(enumerate(map(self._read, queries)))
        placed = {q: question for q, question in questions.items() if question.scope}
        placeless = {q: question for q, question in questions.items() if not question.scope}
        found = self._find(lookup.SAME_NAME_IN_COMMUNES, placed)
        unsure = {q: question for q, question in placed.items() if _best_score(found, q) < 1}
        found |= self._find_like(unsure)
        found |= self._find(lookup.LIKE_NAME_ANYWHERE, placeless)
        mistaken = {
            q: self._elsewhere(queries[q], question)
            for q, question in placed.items()
            if queries[q].code_insee and _best_score(found, q) < ACCEPTED
        }
        for q, answers in self._find_like(mistaken).items():
            found[q] = sorted([*found.get(q, []), *answers], key=_rank)
        self._weigh_homonyms(questions, found)
        communes = self._middles(questions)
        return [_choose(found.get(q, []), communes[q]) for q in questions]

    def _read(self, query: Query) -> Question:
        """Read the line; the form's own fields say the commune, else what the line carries."""
        read = read_address(query.text, query.ville, self.directory.by_name)
        code_postal = query.code_postal.strip() or read.code_postal
        ville = normalise_name(query.ville) or read.ville
        return Question(
            read, code_postal, ville, self.directory.meant(query.code_insee.strip(), code_postal, ville)
        )

    def _elsewhere(self, query: Query, question: Question) -> Question:
        """Give the same question for the communes of the postcode and of the name: codes are mistyped too."""
        scope = self.directory.elsewhere(query.code_insee.strip(), question.code_postal, question.ville)
        return replace(question, scope=scope)

    def _find_like(self, questions: Mapping[int, Question]) -> Found:
        self._streets.hold(code for question in questions.values() for code in question.scope)
        likely = {q: self._streets.likely(one.read.street, one.scope) for q, one in questions.items()}
        return self._find(
            lookup.AMONG_STREETS, {q: replace(questions[q], scope=s) for q, s in likely.items() if s}
        )

    def _find(self, streets: str, questions: Mapping[int, Question]) -> Found:
        found: Found = defaultdict(list)
        for q, candidate in lookup.find(streets, questions):
            found[q].append(self._answer(questions[q], candidate))
        return {q: sorted(answers, key=_rank) for q, answers in found.items()}

    def _weigh_homonyms(self, questions: Mapping[int, Question], found: Found) -> None:
        """Lower each house number that exists in a street of the same name too, and put that one just behind."""
        best = {q: answers[0] for q, answers in found.items() if answers and answers[0].kind == HOUSENUMBER}
        self._streets.hold(answer.citycode for answer in best.values())
        homonyms = {
            q: set(self._streets.homonyms(answer.citycode, self._street_of[answer.ban_id][1]))
            for q, answer in best.items()
        }
        unseen = {
            q: codes - {self._street_of[answer.ban_id][0] for answer in found[q]}
            for q, codes in homonyms.items()
        }
        asked = {q: replace(questions[q], scope=dict.fromkeys(s, 1.0)) for q, s in unseen.items() if s}
        more = self._find(lookup.AMONG_STREETS, asked)
        for q, codes in homonyms.items():
            answers = [*found[q], *more.get(q, [])]
            rivals = {
                answer.ban_id
                for answer in answers
                if answer.kind == HOUSENUMBER and self._street_of[answer.ban_id][0] in codes
            }
            if rivals:  # all lose as much: what is not a rival keeps its rank
                behind = best[q].score * ITS_HOMONYM
                scores = [behind if answer.ban_id in rivals else answer.score for answer in answers]
                weighed = [
                    replace(answer, score=round(score * HOMONYM, 4))
                    for answer, score in zip(answers, scores, strict=True)
                ]
                found[q] = sorted(weighed, key=_rank)

    def _answer(self, question: Question, found: Candidate) -> Answer:
        likeness = _likeness(question.read.street, found)
        asked = question.read.numero is not None
        exact = asked and found.ban_id is not None and found.same_numero
        worth = 1.0 if exact or not asked else NUMBER_ABSENT
        if exact and not found.same_rep:
            worth = OTHER_INDEX
        number = f"{found.numero}{found.rep} " if exact else ""
        ban_id = (found.ban_id if exact else None) or found.voie
        self._street_of[ban_id] = found.voie, found.norm
        return Answer(
            score=round(found.trust * likeness * worth * _place_worth(question, found), 4),
            kind=HOUSENUMBER if exact else STREET if found.has_numbers else LOCALITY,
            label=f"{number}{found.nom} {found.code_postal} {found.commune}",
            ban_id=ban_id,
            lon=found.lon,
            lat=found.lat,
            citycode=found.citycode,
            provider=PROVIDER,
            millesime=self.millesime,
        )

    def _middles(self, questions: Mapping[int, Question]) -> dict[int, list[Answer]]:
        """Give, for each question, the communes themselves: less than what was asked, never nothing.

        Of several that may be meant, the surest comes first, then the most populated.
        """
        needed = {code for one in questions.values() for code in one.scope} - self._middle_of.keys()
        if needed:
            known = lookup.middles(sorted(needed))
            self._middle_of |= {code: known.get(code) for code in needed}
        answers = {}
        for q, one in questions.items():
            worth = (COMMUNE_ONLY if one.read.street else 1) / max(len(one.scope), 1)
            meant = [(trust, m) for code, trust in one.scope.items() if (m := self._middle_of[code])]
            meant.sort(key=lambda pair: (-pair[0], -pair[1].population, pair[1].citycode))
            answers[q] = [self._middle(middle, trust * worth) for trust, middle in meant]
        return answers

    def _middle(self, middle: Middle, score: float) -> Answer:
        return Answer(
            score=round(score, 4),
            kind=MUNICIPALITY,
            label=middle.nom,
            ban_id=middle.citycode,
            lon=middle.lon,
            lat=middle.lat,
            citycode=middle.citycode,
            provider=PROVIDER,
            millesime=self.millesime,
        )


def _place_worth(question: Question, found: Candidate) -> float:
    """Tell streets of the same name apart: a commune born of a merger has several, each in its former commune."""
    worth = 1.0
    if question.code_postal and found.code_postal and question.code_postal != found.code_postal:
        worth *= OTHER_POSTCODE
    if found.ancienne_commune and question.ville not in (
        "",
        normalise_name(found.ancienne_commune),
        normalise_name(found.commune),
    ):
        worth *= OTHER_FORMER_COMMUNE
    return worth


def _likeness(street: str, found: Candidate) -> float:
    """Compare two names by their trigrams and by their common letters.

    Trigrams forgive missing and swapped words, letters forgive typing mistakes; a mistake hurts three trigrams.
    """
    trigrams = WHOLE_NAME * found.likeness + (1 - WHOLE_NAME) * found.part_likeness
    return (trigrams + SequenceMatcher(None, street, found.norm, autojunk=False).ratio()) / 2


def _best_score(found: Found, q: int) -> float:
    return max((answer.score for answer in found.get(q, [])), default=0.0)


def _rank(answer: Answer) -> tuple[float, int, str]:
    return -answer.score, KINDS.index(answer.kind), answer.ban_id


def _choose(streets: Sequence[Answer], communes: Sequence[Answer]) -> Answer | None:
    """Give the best answer with the next ones beside it: a street that hardly looks like it yields to the commune."""
    likely = [answer for answer in streets if answer.score >= STREET_FLOOR or not communes]
    ranked = [*likely, *communes, *(answer for answer in streets if answer not in likely)]
    if not ranked:
        return None
    others = tuple(as_alternative(answer) for answer in ranked[1 : MAX_ALTERNATIVES + 1])
    return replace(ranked[0], alternatives=others)
