"""Tell the state of what the tiles about people are made from, and keep its ledger short."""

from django.db import connection, transaction

# The set of the lines that can be seen. The newest would not do: a transaction that began before it may end after
REVISION = "SELECT count(*) || '-' || coalesce(bit_xor(hashint8extended(id, 0)), 0) FROM layers_tilerevision"
COUNT = "SELECT count(*) FROM layers_tilerevision"
FEW = 100
FORGET = "DELETE FROM layers_tilerevision"
# A line that no set had before: what follows is never taken for a state that was
MARK = "SELECT layers_mark_tile_revision()"


def tile_revision() -> str:
    """Give a text that changes with each report, order, perimeter, result or outline that is written.

    Read it before the rows: what is kept under it is then never older than it says. Requests for tiles read it with
    who asks (``geo_lhi.accounts.reading``).
    """
    with connection.cursor() as cursor:
        cursor.execute(REVISION)
        return str(cursor.fetchone()[0])


@transaction.atomic
def forget_old_revisions() -> int:
    """Put one line in the place of all, if they are not few; give the number of those removed."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        if cursor.fetchone()[0] <= FEW:
            return 0
        cursor.execute(FORGET)
        forgotten = int(cursor.rowcount)
        cursor.execute(MARK)
    return forgotten
