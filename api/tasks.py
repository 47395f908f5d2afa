"""What a worker does for the exports; deferred by name (``layers.services.jobs``), arguments are identifiers."""

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from api.exports import requests
from layers.services import tile_cells, tile_revisions

# The database restarts: a file that was cut is made again from its beginning
PATIENT = RetryStrategy(
    max_attempts=8, exponential_wait=4, retry_exceptions={OperationalError, InterfaceError}
)


@app.task(name="make_export", retry=PATIENT)
def make_export(request: int) -> str:
    """Make the file that a person asked for."""
    return requests.make_export(request)


@app.periodic(cron="*/5 * * * *")
@app.task(name="tidy_exports", queue="upkeep", queueing_lock="tidy_exports")
def tidy_exports(timestamp: int) -> str:
    """Remove the files kept long enough; say of the exports given up that they failed."""
    return f"{requests.tidy_exports()} fichiers d’export retirés"


@app.periodic(cron="40 * * * *")
@app.task(name="merge_tile_cells", queue="upkeep", queueing_lock="merge_tile_cells")
def merge_tile_cells(timestamp: int) -> str:
    """Merge the lines of the counts by cell."""
    return f"{tile_cells.merge_cells()} décomptes fusionnés"


@app.periodic(cron="*/5 * * * *")
@app.task(name="forget_tile_revisions", queue="upkeep", queueing_lock="forget_tile_revisions")
def forget_tile_revisions(timestamp: int) -> str:
    """Keep the ledger that the tiles about people are kept by short."""
    return f"{tile_revisions.forget_old_revisions()} révisions retirées"
