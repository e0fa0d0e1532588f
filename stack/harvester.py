"""`python -m herne_stack.harvester`: the worker for harvests, which take longer than other jobs.

The same as `ckan jobs worker herne-harvest`, which cannot tell when it is ready. What is due is found by the
other worker, so that a long harvest keeps no other waiting.
"""

from __future__ import annotations

from herne_stack.loading import load_ckan
from herne_stack.worker import work


def main() -> None:
    load_ckan()
    # CKAN's plugins import each other's modules only after it has loaded
    from ckanext.herne.harvesters.operations import scheduling

    scheduling.watch()
    work(scheduling.QUEUE, with_scheduler=False)


if __name__ == "__main__":
    main()
