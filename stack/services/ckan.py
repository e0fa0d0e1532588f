"""The processes of CKAN: web, worker, scheduler, harvester; and the demo's invented sources."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from herne_stack.ports import LOOPBACK
from herne_stack.process import Command, Stop
from herne_stack.services.base import Service, answers, child_environ

if TYPE_CHECKING:
    from herne_stack.home import Home

STOPS = (Stop(signal.SIGTERM, 25), Stop(signal.SIGKILL, 5))
# glibc would give every thread its own heap
FRUGAL = {"MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}
WEB_VARIABLES = ("HERNE_WEB_WORKERS", "HERNE_WEB_THREADS")


class Web(Service):
    name = "web"
    wave = 1
    startup_seconds = 120

    def __init__(self, home: Home, port: int, site_url: str) -> None:
        self.home = home
        self.port = port
        self.site_url = site_url

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def command(self) -> Command:
        chosen = {name: os.environ[name] for name in WEB_VARIABLES if name in os.environ}
        bind = {"HERNE_WEB_BIND": f"{LOOPBACK}:{self.port}", "CKAN_INI": str(self.home.ini)}
        return Command(
            argv=[
                *(sys.executable, "-m", "gunicorn"),
                *("--config", "python:herne_stack.gunicorn_conf"),
                "herne_stack.wsgi:application",
            ],
            environ=child_environ(**FRUGAL, **chosen, **bind),
            cwd=self.home.path,
            stops=STOPS,
        )

    def ready(self) -> bool:
        return answers(self.port, "/api/3/action/status_show", urlsplit(self.site_url).netloc)


class Background(Service):
    """A module of herne_stack without a socket; it touches a file when it has loaded."""

    wave = 1
    startup_seconds = 120

    def __init__(self, home: Home, name: str, *arguments: str) -> None:
        self.home = home
        self.name = name
        self._arguments = arguments
        self._mark = home.run / f"{name}.ready"

    def prepare(self) -> None:
        self._mark.unlink(missing_ok=True)

    def command(self) -> Command:
        known = {"CKAN_INI": str(self.home.ini), "HERNE_READY_FILE": str(self._mark)}
        return Command(
            argv=[sys.executable, "-m", f"herne_stack.{self.name}", *self._arguments],
            environ=child_environ(**FRUGAL, **known),
            cwd=self.home.path,
            stops=STOPS,
        )

    def ready(self) -> bool:
        return self._mark.exists()


class Demo(Service):
    """The loopback server with invented sources (command `herne-demo`)."""

    name = "demo"
    wave = 1

    def __init__(self, home: Home, port: int) -> None:
        self.home = home
        self.port = port

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def command(self) -> Command:
        program = Path(sys.executable).with_name("herne-demo")
        argv = [str(program), "--port", str(self.port)]
        return Command(argv, child_environ(**FRUGAL), self.home.path, stops=STOPS)

    def ready(self) -> bool:
        return answers(self.port, "/sensorthings/v1.1")
