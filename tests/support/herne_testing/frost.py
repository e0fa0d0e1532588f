"""FROST, a real SensorThings server: its engine from Maven Central on Debian's PostgreSQL with PostGIS.

The transport in front of the engine and its invented observations stand in `../shared/peers/frost`, outside
this project. Where that folder, a Java compiler or PostGIS is missing, `missing()` says which one and the
tests skip.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PEER = Path(__file__).parents[4] / "shared" / "peers" / "frost"
START_SECONDS = 90


def missing() -> str | None:
    """What keeps FROST from running here, with the remedy; None if nothing does."""
    if not PEER.is_dir():
        return f"FROST's transport is not here: {PEER}"
    if shutil.which("javac") is None:
        return "no Java compiler; remedy on Debian: apt install default-jdk-headless"
    if _postgres_bin() is None:
        return "no PostgreSQL with PostGIS; remedy on Debian: apt install postgresql postgresql-postgis"
    return None


def _postgres_bin() -> Path | None:
    for control in sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"), reverse=True):
        binaries = Path("/usr/lib/postgresql") / control.parts[-3] / "bin"
        if (binaries / "initdb").exists():
            return binaries
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[int]:
    """A PostgreSQL cluster below `folder` with the empty database FROST expects; yields its port."""
    binaries = _postgres_bin()
    assert binaries is not None
    # PostgreSQL refuses root: the owner of the Debian package's user runs it then.
    unprivileged = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    data, port = folder / "pg", _free_port()
    data.mkdir()
    if unprivileged:
        shutil.chown(data, "postgres", "postgres")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **unprivileged)

    run(
        f"{binaries}/initdb",
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run(f"{binaries}/pg_ctl", "-D", str(data), "-w", "-l", f"{data}/log", "-o", options, "start")
    psql = [
        f"{binaries}/psql",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-U",
        "postgres",
    ]
    try:
        run(*psql, "-c", "create role sensorthings login password 'sta-local'")
        run(*psql, "-c", "create database sensorthings owner sensorthings")
        run(
            *psql,
            "-d",
            "sensorthings",
            "-c",
            "create extension postgis",
            "-c",
            'create extension "uuid-ossp"',
        )
        yield port
    finally:
        run(f"{binaries}/pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def _engine() -> Path:
    from jgo.maven import MavenContext

    project = MavenContext().project("de.fraunhofer.iosb.ilt.FROST-Server", "FROST-Server.MQTT")
    return Path(project.at_version("2.0.0").artifact(classifier="jar-with-dependencies").resolve())


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(START_SECONDS * 2):
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        if server.poll() is not None:
            break
        time.sleep(0.5)
    raise RuntimeError(f"FROST did not start:\n{log.read_text()[-3000:]}")


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """FROST with the peer's three days of observations; yields the URL of its SensorThings root."""
    folder.chmod(0o755)
    port = _free_port()
    base = f"http://127.0.0.1:{port}/FROST-Server"
    with _database(folder) as database_port, (folder / "frost.log").open("wb") as log:
        properties = (PEER / "frost.properties").read_text()
        properties = re.sub(r"(?m)^front\.port=.*", f"front.port={port}", properties)
        properties = re.sub(r"(?m)^serviceRootUrl=.*", f"serviceRootUrl={base}", properties)
        properties = properties.replace("127.0.0.1:55432", f"127.0.0.1:{database_port}")
        (folder / "frost.properties").write_text(properties)
        (folder / "frost-tmp").mkdir()
        command = [
            "java",
            "-Xmx512m",
            "-cp",
            str(_engine()),
            str(PEER / "FrostHttp.java"),
            "frost.properties",
        ]
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(f"{base}/v1.1", server, folder / "frost.log")
            loader = (PEER / "load.py").read_text().replace("http://127.0.0.1:8085/FROST-Server", base)
            subprocess.run([sys.executable, "-c", loader], check=True, stdout=log, stderr=subprocess.STDOUT)
            yield f"{base}/v1.1"
        finally:
            server.terminate()
            server.wait(20)
