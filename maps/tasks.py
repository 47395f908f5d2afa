"""What a worker does for the analyses; deferred by name (``layers.services.jobs``), arguments are identifiers."""

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from maps.services.requests import compute_request, end_lost_requests

# The database restarts: what is computed again gives the same run
PATIENT = RetryStrategy(
    max_attempts=8, exponential_wait=4, retry_exceptions={OperationalError, InterfaceError}
)


@app.task(name="run_analysis", lock="analysis", retry=PATIENT)
def run_analysis(request: int) -> str:
    """Compute one requested analysis; one at a time, each takes the cores of its machine."""
    return compute_request(request)


@app.periodic(cron="*/5 * * * *")
@app.task(name="tidy_analyses", queue="upkeep", queueing_lock="tidy_analyses")
def tidy_analyses(timestamp: int) -> str:
    """Say of the analyses given up that they failed."""
    return f"{end_lost_requests()} analyses perdues"
