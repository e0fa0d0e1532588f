"""gunicorn's settings, here and in the containers. From the environment:

HERNE_WEB_BIND (127.0.0.1:5000), HERNE_WEB_WORKERS (1; each needs some 250 MB), HERNE_WEB_THREADS (6).
"""

from __future__ import annotations

import os
from pathlib import Path

import gunicorn.http.wsgi

# the header would name the software
gunicorn.http.wsgi.SERVER = "herne"

bind = os.environ.get("HERNE_WEB_BIND", "127.0.0.1:5000")
workers = int(os.environ.get("HERNE_WEB_WORKERS", "1"))
threads = int(os.environ.get("HERNE_WEB_THREADS", "6"))
worker_class = "gthread"
timeout = 120
graceful_timeout = 10
keepalive = 5
# a worker is renewed now and then, so that a slow leak never becomes a night's work
max_requests = 50_000
max_requests_jitter = 10_000
limit_request_line = 8190
limit_request_fields = 60
control_socket_disable = True
# the heartbeat file must not wait for a disk
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
