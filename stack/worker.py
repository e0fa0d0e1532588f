"""`python -m herne_stack.worker`: CKAN's background jobs, with the scheduler for delayed ones.

The same as `ckan jobs worker`, which cannot tell when it is ready.
"""

from __future__ import annotations

from ckan.lib.jobs import Worker
from herne_stack.loading import announce, load_ckan


def main() -> None:
    load_ckan()
    worker = Worker()
    announce()
    worker.work(with_scheduler=True)


if __name__ == "__main__":
    main()
