"""What a worker does for the accounts."""

from procrastinate.contrib.django import app

from geo_lhi.accounts import exports, limits


@app.periodic(cron="23 3 * * *")
@app.task(name="tidy_accounts", queue="upkeep", queueing_lock="tidy_accounts")
def tidy_accounts(timestamp: int) -> str:
    """Remove the old records of exports and the counts of requests that are over."""
    return f"{exports.purge_exports()} exports, {limits.forget_old_counts()} comptes retirés"
