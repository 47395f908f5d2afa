"""The upkeep of the job queue itself: what a dead worker left is taken again, what is old is removed."""

from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

UPKEEP = "upkeep"
KEPT_HOURS = 24 * 30
MAX_ATTEMPTS = 6  # a job that kills each worker that takes it is given up


@app.periodic(cron="* * * * * */10")  # the sixth field counts seconds
@app.task(name="retry_stalled", queue=UPKEEP, queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Put back in the queue the jobs whose worker has died: without this they would be "doing" for ever."""
    queue = context.app.job_manager
    for job in await queue.get_stalled_jobs():
        if job.attempts < MAX_ATTEMPTS:
            await queue.retry_job(job)
        else:
            await queue.finish_job(job, status=Status.FAILED, delete_job=False)


@app.periodic(cron="17 * * * *")
@app.task(name="remove_old_jobs", queue=UPKEEP, queueing_lock="remove_old_jobs", pass_context=True)
async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Remove the jobs that ended a month ago, whatever the end, and those of this module an hour ago."""
    await builtin_tasks.remove_old_jobs(context, max_hours=1, queue=UPKEEP, remove_failed=True)
    await builtin_tasks.remove_old_jobs(
        context, max_hours=KEPT_HOURS, remove_failed=True, remove_cancelled=True, remove_aborted=True
    )
