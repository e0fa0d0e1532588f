"""The whole portal under supervision: servers, CKAN's processes and, if wanted, the demo.

    Supervisor(home, options, reporter).run()       until Ctrl-C or SIGTERM

The order: servers side by side, CKAN's database (only when something that matters to it has changed),
CKAN's processes side by side, the demo's harvest. After that it restarts what dies, keeps the logs
bounded, and stops everything when asked to or when a service cannot be kept alive.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from herne_stack import demodata, fingerprint, logfiles
from herne_stack.api import Api
from herne_stack.configuration import Settings, write_ini
from herne_stack.errors import ServiceFailedError, StackError
from herne_stack.keys import secret
from herne_stack.options import read_options
from herne_stack.ports import LOOPBACK, is_free, next_free, remembered
from herne_stack.servers import Stack
from herne_stack.services.base import child_environ
from herne_stack.services.ckan import Background, Demo, Web

if TYPE_CHECKING:
    from collections.abc import Callable

    from herne_stack.reporting import Reporter
    from herne_stack.services.base import Service

FIRST_PORT = 5000
CHECK_SECONDS = 0.5
LOG_CHECK_SECONDS = 30.0


class StopRequestedError(Exception):
    """Somebody asked the supervisor to stop."""


@dataclass(frozen=True)
class Options:
    """What the person who starts it may choose. None: as the last time in this home."""

    port: int | None = None
    demo: bool | None = None
    site_url: str | None = None


class Supervisor:
    """One run of the portal."""

    def __init__(self, home: Path, options: Options, reporter: Reporter) -> None:
        self.stack = Stack(home, reporter=reporter)
        self.home = self.stack.home
        self.options = options
        self.reporter = reporter
        self._stopping = False

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Start, call `on_ready`, and stay until asked to stop. Raises StackError."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            with self.stack.running():
                try:
                    self._start()
                    on_ready()
                    self._watch()
                except StopRequestedError:
                    self.reporter.say("Stopping ...")
                finally:
                    self._stopping = True
        except StopRequestedError:
            return

    def _on_signal(self, *_: object) -> None:
        if self._stopping:
            self.reporter.say("Already stopping; PostgreSQL needs a moment to close its files")
            return
        self._stopping = True
        raise StopRequestedError

    def _start(self) -> None:
        if os.geteuid() == 0:
            self.reporter.say("Running as root. For more than a trial use an account of its own.")
        demo = self._remember_demo()
        port = self._web_port()
        site_url = self.options.site_url or f"http://{LOOPBACK}:{port}"
        self.stack.state.site_url = site_url
        self._write_configuration(site_url)
        self._initialise()
        services: list[Service] = [
            Web(self.home, port, site_url),
            Background(self.home, "worker", "--no-scheduler"),
            Background(self.home, "scheduler"),
            Background(self.home, "harvester"),
        ]
        if demo:
            services.append(Demo(self.home, remembered(self.home, "demo")))
        with self.reporter.step(f"Starting {', '.join(service.name for service in services)}"):
            self.stack.children.start(services)
        api = Api(port, site_url, (self.home.secrets / "admin-token").read_text("utf-8").strip())
        if demo:
            self._load_demo(api, site_url, services[-1].url or "")
        self._tell(self.stack.children.settle())
        self.stack.state.ready = True
        self.stack.state.save(self.home)

    def _remember_demo(self) -> bool:
        """Whether the demo runs now. A home that ever held invented data says so on every page."""
        known = self.home.recall()
        demo = bool(known.get("demo")) if self.options.demo is None else self.options.demo
        self.home.remember(demo=demo, invented=demo or bool(known.get("invented")))
        return demo

    def _web_port(self) -> int:
        known: dict[str, int] = self.home.recall().get("ports", {})
        wanted = self.options.port or known.get("web") or FIRST_PORT
        if is_free(wanted):
            port = wanted
        else:
            port = next_free(wanted + 1)
            self.reporter.say(f"Port {wanted} is in use; the portal takes {port} this time")
        self.home.remember(ports={**known, "web": wanted})
        return port

    def _write_configuration(self, site_url: str) -> None:
        settings = Settings(
            site_url=site_url,
            servers=self.stack.servers(),
            session_key=secret(self.home, "session-key"),
            csrf_key=secret(self.home, "csrf-key"),
            api_token_key=secret(self.home, "api-token-key"),
            demo=bool(self.home.recall().get("invented")),
            options=read_options(self.home.ckan_options),
        )
        write_ini(settings, self.home.ini)

    def _initialise(self) -> None:
        """CKAN's tables, administrator and index, unless this home has them from the same versions."""
        current = fingerprint.current()
        token = self.home.secrets / "admin-token"
        before = self.home.recall().get("initialised")
        if before == current and token.exists() and fingerprint.index_is_complete(self.stack.servers()):
            return
        log = self.home.logs / "init.log"
        logfiles.open_private(log)
        environ = child_environ(
            CKAN_INI=str(self.home.ini),
            HERNE_SUPERUSER_URL=self.stack.superuser_url(),
            HERNE_ADMIN_PASSWORD_FILE=str(self.home.secrets / "admin-password"),
            HERNE_ADMIN_TOKEN_FILE=str(token),
        )
        with self.reporter.step("Preparing CKAN's database"), log.open("ab") as output:
            rebuild = ["--rebuild-index"] if fingerprint.index_is_outdated(before) else []
            command = [sys.executable, "-m", "herne_stack.init", *rebuild]
            status = subprocess.run(  # noqa: S603 - only our own command
                command, env=environ, stdout=output, stderr=subprocess.STDOUT, check=False
            ).returncode
        if status:
            raise ServiceFailedError("init", f"failed with exit code {status}", log, logfiles.tail(log))
        self.home.remember(initialised=current)

    def _load_demo(self, api: Api, site_url: str, demo_url: str) -> None:
        """Harvest what was not harvested yet, and say what is there. A failure leaves the portal running."""
        try:
            outcome = demodata.harvest(api, demo_url, self.reporter, self._check)
            datasets, rows = demodata.count(api)
        except StackError as error:
            self.reporter.say(f"! The demo could not be loaded. {error}")
            return
        for failure in outcome.failures:
            self.reporter.say(f"! {failure}")
        found = f"{datasets} datasets, {rows} rows"
        if outcome.harvested:
            with self.reporter.step("Validating the catalogue"):
                found += f", {self._validate(site_url)}"
        self.reporter.say(found)

    def _validate(self, site_url: str) -> str:
        """What `ckan herne validate` says of the published catalogue, in words."""
        program = Path(sys.executable).with_name("ckan")
        log = self.home.logs / "validate.log"
        logfiles.open_private(log)
        os.truncate(log, 0)
        with log.open("ab") as output:
            status = subprocess.run(  # noqa: S603 - only our own command
                [program, "herne", "validate", f"{site_url}/catalog.ttl", "--format", "json"],
                env=child_environ(CKAN_INI=str(self.home.ini)),
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        verdicts = {0: "feed conforms", 1: f"feed does NOT conform, see {log}"}
        return verdicts.get(status, f"feed could not be validated, see {log}")

    def _check(self) -> None:
        self._tell(self.stack.children.check_once())

    def _tell(self, events: list[str]) -> None:
        for event in events:
            self.reporter.say(event)

    def _watch(self) -> None:
        next_log_check = time.monotonic()
        while True:
            self._check()
            if time.monotonic() >= next_log_check:
                self.stack.children.bound_logs()
                logfiles.bound(self.home.logs / "supervisor.log")
                next_log_check = time.monotonic() + LOG_CHECK_SECONDS
            time.sleep(CHECK_SECONDS)
