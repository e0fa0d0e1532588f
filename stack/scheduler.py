"""`python -m herne_stack.scheduler`: puts delayed background jobs into their queue when their time has come.

RQ's own scheduler, which a worker would otherwise fork from itself: a fork of a process that has loaded
CKAN weighs four times as much as this one, which needs the ini file's Redis URL and site id only.
One per home: it may take over the lock that a killed predecessor left.
"""

from __future__ import annotations

import os
from configparser import ConfigParser
from pathlib import Path

from herne_stack.ready import announce
from redis import Redis
from rq.scheduler import RQScheduler

SECTION = "app:main"


def main() -> None:
    parser = ConfigParser()
    parser.read_string(Path(os.environ["CKAN_INI"]).read_text("utf-8"))
    connection = Redis.from_url(parser[SECTION]["ckan.redis.url"])
    # CKAN's name of the queue `default` (ckan.lib.jobs.add_queue_name_prefix)
    queue = f"ckan:{parser[SECTION]['ckan.site_id']}:default"
    connection.delete(RQScheduler.get_locking_key(queue))
    announce()
    RQScheduler([queue], connection=connection).work()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
