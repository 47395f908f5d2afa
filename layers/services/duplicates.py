"""Proposes the reports that may be one case, keeps the merges that persons make, and undoes them.

A merge writes a pointer and a row, nothing else: undoing it gives back the very same report. Both reports are
locked, the smaller number first, so that of two persons who decide at once the second is told.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from layers.errors import AlreadyDecided, InvalidMerge
from layers.models import DistinctPair, Merge, Signalement
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope

DAYS = 90  # a second report of one case comes within a quarter; later it is another episode
LEAST_SCORE = 0.55

PAIRS = Path(__file__).parent.parent / "sql" / "duplicate_pairs.sql"
WRITE = """
WITH gone AS (
    DELETE FROM layers_duplicateproposal p
    WHERE NOT EXISTS (
        SELECT 1 FROM duplicate_pair n
        WHERE (n.first_id, n.second_id) = (p.first_id, p.second_id) AND n.score >= %(least)s
    )
)
INSERT INTO layers_duplicateproposal AS p (first_id, second_id, kind, place_code, score, days_apart, desordres_shared,
    desordres_told, text_similarity, is_same_door, is_same_floor)
SELECT first_id, second_id, kind, place_code, score, days_apart, shared, told, text, same_door, same_floor
FROM duplicate_pair WHERE score >= %(least)s
ON CONFLICT (first_id, second_id) DO UPDATE SET kind = excluded.kind, place_code = excluded.place_code,
    score = excluded.score, days_apart = excluded.days_apart, desordres_shared = excluded.desordres_shared,
    desordres_told = excluded.desordres_told, text_similarity = excluded.text_similarity,
    is_same_door = excluded.is_same_door, is_same_floor = excluded.is_same_floor
WHERE (p.kind, p.place_code, p.score, p.days_apart, p.desordres_shared, p.desordres_told, p.text_similarity,
       p.is_same_door, p.is_same_floor)
    IS DISTINCT FROM (excluded.kind, excluded.place_code, excluded.score, excluded.days_apart,
                      excluded.desordres_shared, excluded.desordres_told, excluded.text_similarity,
                      excluded.is_same_door, excluded.is_same_floor)
"""


def propose_duplicates() -> int:
    """Compare the standing reports by set, write the proposals that changed, and give how many there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('layers_duplicateproposal'))")
        cursor.execute("DROP TABLE IF EXISTS duplicate_report, duplicate_pair")
        parameters: dict[str, Any] = {
            "invalid": list(Signalement.INVALID_STATUSES),
            "days": DAYS,
            "least": LEAST_SCORE,
        }
        cursor.execute(PAIRS.read_text(), parameters)
        cursor.execute(WRITE, parameters)
        cursor.execute("SELECT count(*) FROM layers_duplicateproposal")
        return int(cursor.fetchone()[0])


@transaction.atomic
def merge_reports(absorbed: int, kept: int, scope: Scope, user: int, reason: str = "") -> Merge:
    """Let ``kept`` absorb ``absorbed``.

    Raises Signalement.DoesNotExist when one is missing or not for this reader, InvalidMerge for what cannot be one
    case, AlreadyDecided when one was merged meanwhile.
    """
    if absorbed == kept:
        raise InvalidMerge("un signalement ne se fusionne pas avec lui-même")
    found = _locked((absorbed, kept), scope)
    if any(report.merged_into_id for report in found.values()):
        raise AlreadyDecided("l’un des deux signalements a été fusionné entre-temps : relisez la fiche")
    if found[absorbed].commune_id != found[kept].commune_id:
        raise InvalidMerge("deux signalements de communes différentes ne sont pas la même affaire")
    _standing(absorbed).update(merged_into=kept)
    return Merge.objects.create(absorbed_id=absorbed, kept_id=kept, merged_by_id=user, reason=reason[:500])


@transaction.atomic
def merge_group(absorbed: Mapping[int, str], kept: int, scope: Scope, user: int) -> list[Merge]:
    """Let ``kept`` absorb several reports, each with its reason, or none of them. Raises as ``merge_reports``."""
    _locked((*absorbed, kept), scope)  # all at once, in their order: two persons never wait for each other
    return [merge_reports(one, kept, scope, user, reason) for one, reason in absorbed.items()]


@transaction.atomic
def undo_merge(merge: int, scope: Scope, user: int) -> Merge:
    """Give back the absorbed report as it was.

    Raises Merge.DoesNotExist when it is missing or not for this reader, AlreadyDecided when it was undone already.
    """
    found = Merge.objects.visible_to(scope).get(pk=merge)
    _locked((found.absorbed_id, found.kept_id), scope)
    found = Merge.objects.visible_to(scope).get(pk=merge)  # read again under the lock
    if found.undone_at:
        raise AlreadyDecided("cette fusion a déjà été défaite")
    _standing(found.absorbed_id).update(merged_into=None)
    found.undone_at, found.undone_by_id = timezone.now(), user
    found.save(update_fields=["undone_at", "undone_by"])
    return found


@transaction.atomic
def say_distinct(one: int, other: int, scope: Scope, user: int) -> None:
    """Keep that two reports are two cases: they are not proposed again. Raises Signalement.DoesNotExist."""
    first, second = sorted((one, other))
    if first == second:
        raise InvalidMerge("un signalement ne se compare pas à lui-même")
    _locked((first, second), scope)
    DistinctPair.objects.get_or_create(first_id=first, second_id=second, defaults={"said_by_id": user})


def _locked(pks: tuple[int, ...], scope: Scope) -> dict[int, Signalement]:
    reports = Signalement.objects.including_merged().visible_to(scope).filter(Q(pk__in=pks))
    found = {report.pk: report for report in reports.select_for_update(of=("self",)).order_by("pk")}
    if len(found) < len(set(pks)):
        raise Signalement.DoesNotExist
    return found


def _standing(pk: int) -> SignalementQuerySet:
    return (
        Signalement.objects.including_merged()
        .unscoped("déjà lu et verrouillé dans le périmètre")
        .filter(pk=pk)
    )
