"""`python -m herne_stack.worker [--no-scheduler]`: CKAN's background jobs.

The same as `ckan jobs worker`, which cannot tell when it is ready. `--no-scheduler` leaves delayed jobs
to herne_stack.scheduler.
"""

from __future__ import annotations

import sys

from ckan.lib.jobs import DEFAULT_QUEUE_NAME, Worker
from herne_stack.loading import load_ckan
from herne_stack.ready import announce


def work(queue: str, *, with_scheduler: bool) -> None:
    """Does the jobs of a queue until it is asked to stop; a job under way is finished, a harvest is left
    to the next worker."""
    worker = Worker([queue])
    announce()
    worker.work(with_scheduler=with_scheduler)


def main(arguments: list[str]) -> None:
    load_ckan()
    work(DEFAULT_QUEUE_NAME, with_scheduler="--no-scheduler" not in arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
