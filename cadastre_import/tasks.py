"""What a worker does for the imports; deferred by name (``layers.services.jobs``), arguments are identifiers only."""

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from cadastre_import.anchoring import anchor_signalements
from cadastre_import.deposits import importing, spool
from cadastre_import.geocoding.orders import geocode_arretes as place_orders
from cadastre_import.geocoding.service import geocode_signalements
from layers.errors import GeocoderUnavailable
from layers.services import jobs
from layers.services.duplicates import propose_duplicates

# The database restarts, the geocoder is down for an hour: what is done again does nothing twice
PATIENT = RetryStrategy(
    max_attempts=8,
    exponential_wait=4,
    retry_exceptions={OperationalError, InterfaceError, GeocoderUnavailable},
)


@app.task(name="import_upload", retry=PATIENT)
def import_upload(upload: int) -> str:
    """Import the file of an upload; deferred with the lock of its table."""
    return importing.import_upload(upload)


@app.periodic(cron="*/5 * * * *")
@app.task(name="tidy_uploads", queue="upkeep", queueing_lock="tidy_uploads")
def tidy_uploads(timestamp: int) -> str:
    """Remove the files and the rejects that were kept long enough; say of the imports given up that they failed."""
    files, lost, rejects = spool.sweep(), importing.end_lost_imports(), importing.remove_old_rejects()
    return f"{files} fichiers retirés, {lost} imports perdus, {rejects} rejets retirés"


@app.task(name="geocode", lock="geocode", retry=PATIENT)
def geocode(signalements: list[int] | None = None) -> str:
    """Geocode the reports that need it, all or those given, then have them anchored."""
    report = geocode_signalements(signalements)
    if signalements is None:
        jobs.defer("anchor", once=True)
    else:
        jobs.defer("anchor", signalements=signalements)
    return str(report)


@app.task(name="geocode_arretes", lock="geocode", retry=PATIENT)
def geocode_arretes() -> str:
    """Place at their address the orders whose act names no parcelle."""
    return str(place_orders())


@app.task(name="anchor", lock="anchor", retry=PATIENT)
def anchor(signalements: list[int] | None = None) -> str:
    """Link the reports to their places, all or those given, then look for those that may be one case."""
    report = anchor_signalements(signalements)
    if report.written or report.removed:
        propose_duplicates()
    return str(report)
