"""What a worker does for the accounts."""

from procrastinate.contrib.django import app

from geo_lhi.accounts import exports, limits
from geo_lhi.accounts.sessions import SessionStore


@app.periodic(cron="23 3 * * *")
@app.task(name="tidy_accounts", queue="upkeep", queueing_lock="tidy_accounts")
def tidy_accounts(timestamp: int) -> str:
    """Remove the old records of exports, the counts of requests and the sessions that are over."""
    SessionStore.clear_expired()
    return f"{exports.purge_exports()} exports, {limits.forget_old_counts()} comptes retirés"
