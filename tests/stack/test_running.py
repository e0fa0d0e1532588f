"""The real portal from the first start to the reset, as an operator uses it."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg2
import pytest
from herne_stack.api import ActionError, Api
from herne_stack.home import Home
from herne_stack.ports import LOOPBACK, any_free
from herne_stack.process import Identity, wait_until
from herne_stack.services.postgres import erase_outside
from herne_stack.state import State
from herne_stack.status import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 240
SERVICES = {"postgres", "valkey", "solr", "web", "worker", "scheduler", "harvester"}
COMMAND = [sys.executable, "-m", "herne_stack"]


class Operator:
    """Somebody at a terminal with one home."""

    def __init__(self, home: Path) -> None:
        self.home = Home(home)
        self.port = any_free()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, arguments[0], f"--home={self.home.path}", *arguments[1:]]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=START_SECONDS)

    def up(self) -> subprocess.CompletedProcess[str]:
        return self.run("up", "--detach", f"--port={self.port}")

    def status(self) -> dict[str, Any]:
        """Without the cost of a process; test_status_is_the_contract asks the command itself."""
        return describe(self.home)

    def api(self) -> Api:
        site = self.status()["site"]
        port = urllib.parse.urlsplit(site["url"]).port
        assert port
        return Api(port, site["url"], Path(site["token_file"]).read_text().strip())

    def family(self) -> list[Identity]:
        """The supervisor and every process below it."""
        supervisor = State.load(self.home).supervisor
        assert supervisor
        members = psutil.Process(supervisor.pid).children(recursive=True)
        found = [Identity.of(member.pid) for member in members]
        return [supervisor, *[one for one in found if one]]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    operator = Operator(tmp_path_factory.mktemp("stack") / "home")
    operator.home.path.mkdir(mode=0o700)
    operator.home.ckan_options.write_text("ckanext.herne.harvest.grace_days = 3\n")
    try:
        started = operator.up()
        assert started.returncode == 0, started.stderr
        yield operator
    finally:
        if operator.home.manifest.exists():
            operator.run("down")
            erase_outside(operator.home)


def test_status_is_the_contract(operator: Operator) -> None:
    result = operator.run("status", "--json")
    found = json.loads(result.stdout)
    assert result.returncode == 0
    assert found["ready"] is True
    assert set(found) == {"ready", "site", "services"}
    assert found["site"] == {
        "url": f"http://127.0.0.1:{operator.port}",
        "ini": str(operator.home.ini),
        "admin": "admin",
        "token_file": str(operator.home.secrets / "admin-token"),
    }
    assert set(found["services"]) == SERVICES
    for service in found["services"].values():
        assert set(service) == {"state", "pid", "url"}
        assert service["state"] == "running"
        assert psutil.pid_exists(service["pid"])


def test_the_token_is_the_administrators(operator: Operator) -> None:
    api = operator.api()
    assert api.call("user_show", id="admin")["sysadmin"] is True
    assert api.call("organization_show", id="stadt-herne")["title"] == "Stadt Herne"
    made = api.call("package_create", title="Kept through every crash", notes="Stays.", name="kept")
    assert made["state"] == "active"
    with pytest.raises(ActionError):
        api.call("package_show", id="unknown")


def test_a_second_start_is_refused(operator: Operator) -> None:
    again = operator.up()
    assert again.returncode == 1
    assert f"already running at http://127.0.0.1:{operator.port}" in again.stderr


def test_commands_run_with_the_portals_configuration(operator: Operator) -> None:
    result = operator.run("exec", "--", "ckan", "user", "list")
    assert result.returncode == 0
    assert "name=admin" in result.stdout
    answer = operator.run("exec", "--", "psql", "-Atc", "SELECT count(*) FROM package WHERE name = 'kept'")
    assert answer.stdout.strip() == "1"


def test_the_operators_options_count_at_every_start(operator: Operator) -> None:
    found = operator.run("exec", "--", "sh", "-c", "grep grace_days $CKAN_INI")
    assert found.stdout.strip() == "ckanext.herne.harvest.grace_days = 3"


def test_commands_run_where_the_operator_is(operator: Operator) -> None:
    assert operator.run("exec", "--", "pwd").stdout.strip() == str(Path.cwd())


def test_nothing_listens_beyond_loopback(operator: Operator) -> None:
    listening = [
        connection.laddr.ip
        for one in operator.family()
        for connection in psutil.Process(one.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 4
    assert {ip.removeprefix("::ffff:") for ip in listening} == {LOOPBACK}


def test_no_server_trusts_anybody(operator: Operator) -> None:
    urls = {
        name: urllib.parse.urlsplit(one["url"] or "") for name, one in operator.status()["services"].items()
    }
    for user in ("postgres", "ckan", "datastore_ro"):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(host=LOOPBACK, port=urls["postgres"].port, user=user, dbname="ckan")
    with socket.create_connection((LOOPBACK, urls["valkey"].port or 0)) as line:
        line.sendall(b"KEYS *\r\n")
        assert line.recv(100).startswith(b"-NOAUTH")


def test_files_are_closed(operator: Operator) -> None:
    for path in operator.home.path.rglob("*"):
        if path.is_file() and path.parent in (
            operator.home.config,
            operator.home.secrets,
            operator.home.logs,
        ):
            assert path.stat().st_mode & 0o077 == 0, path


def test_memory_stays_within_the_promise(operator: Operator) -> None:
    resident = sum(psutil.Process(one.pid).memory_info().rss for one in operator.family())
    assert resident < 1.3e9


class Browser:
    """A visitor with cookies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        with self._opener.open(self.url + path, timeout=60) as response:
            self.headers = response.headers
            return str(response.read().decode())

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'name="_csrf_token" content="([^"]+)"', self.get(path))
        assert token
        form = urllib.parse.urlencode({"_csrf_token": token[1], **fields}).encode()
        request = urllib.request.Request(self.url + path, form, {"Referer": self.url + path})
        with self._opener.open(request, timeout=60) as response:
            return str(response.read().decode())


def test_the_first_login_works_and_logging_out_ends_it_everywhere(operator: Operator) -> None:
    password = (operator.home.secrets / "admin-password").read_text().strip()
    browser = Browser(f"http://127.0.0.1:{operator.port}")
    browser.post("/user/login", login="admin", password=password)
    assert "/user/_logout" in browser.get("/dashboard/datasets")
    assert "gunicorn" not in browser.headers["Server"]
    session = next(cookie for cookie in browser.cookies if cookie.name == "ckan")
    assert session.expires is None
    assert session.has_nonstandard_attr("HttpOnly")
    stolen = Browser(browser.url)
    stolen.cookies.set_cookie(session)
    assert "/user/_logout" in stolen.get("/dashboard/datasets")
    browser.post("/user/_logout")
    assert "/user/_logout" not in stolen.get("/")


def test_a_delayed_job_reaches_its_worker(operator: Operator) -> None:
    script = operator.home.run / "delayed.py"
    script.write_text(
        "from datetime import timedelta\n"
        "from herne_stack.loading import load_ckan\n"
        "load_ckan()\n"
        "from ckan.lib import jobs\n"
        "jobs.get_queue().enqueue_in(timedelta(seconds=1), jobs.test_job, 'delayed and done')\n"
    )
    assert operator.run("exec", "--", sys.executable, str(script)).returncode == 0
    log = operator.home.logs / "worker.log"
    assert wait_until(lambda: "delayed and done" in log.read_text(), 20)


def test_a_crashed_service_comes_back(operator: Operator) -> None:
    before = operator.status()["services"]["scheduler"]["pid"]
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: _other_pid(operator, before), 30)
    assert "scheduler ended unexpectedly (signal 9)" in operator.run("logs", "supervisor").stdout


def _other_pid(operator: Operator, before: int) -> bool:
    time.sleep(0.5)
    now = operator.status()
    return bool(now["ready"] and now["services"]["scheduler"]["pid"] not in (None, before))


def test_a_killed_supervisor_leaves_no_orphan_and_no_damage(operator: Operator) -> None:
    family = operator.family()
    os.kill(family[0].pid, signal.SIGKILL)
    result = operator.run("status", "--json")
    assert (result.returncode, json.loads(result.stdout)["ready"]) == (3, False)
    with socket.socket() as squatter:
        # the old web server may need a moment to let go of its port
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        assert wait_until(lambda: _bound(squatter, operator.port), 30)
        squatter.listen()
        started = operator.up()
    assert started.returncode == 0, started.stderr
    assert f"Port {operator.port} is in use" in started.stdout
    assert [one for one in family if one.alive()] == []
    site = operator.status()["site"]["url"]
    assert site != f"http://127.0.0.1:{operator.port}"
    assert operator.api().call("package_show", id="kept")["title"] == "Kept through every crash"
    assert operator.api().call("package_search", q="crash")["count"] == 1


def _bound(server: socket.socket, port: int) -> bool:
    try:
        server.bind((LOOPBACK, port))
    except OSError:
        return False
    return True


def test_three_quick_crashes_stop_everything_and_say_why(operator: Operator) -> None:
    family = operator.family()
    for _ in range(3):
        pid = operator.status()["services"]["scheduler"]["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda before=pid: not operator.home.is_locked() or _other_pid(operator, before), 30)
    assert wait_until(lambda: not operator.home.is_locked(), 60)
    # the supervisor lets go of the lock with its last breath
    assert wait_until(lambda: not any(one.alive() for one in family), 10)
    log = operator.run("logs", "supervisor").stdout
    assert "The service scheduler ended 3 times (signal 9)" in log
    assert "Acquired scheduler lock" in log
    assert operator.run("status").returncode == 3


def test_ctrl_c_twice_stops_the_foreground_cleanly(operator: Operator) -> None:
    command = [*COMMAND, "up", f"--home={operator.home.path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as up:
        assert wait_until(lambda: _ready(operator), START_SECONDS)
        family = operator.family()
        up.send_signal(signal.SIGINT)
        time.sleep(0.2)
        up.send_signal(signal.SIGINT)
        output = up.communicate(timeout=90)[0]
    assert up.returncode == 0
    assert "Traceback" not in output
    assert "Stopping" in output
    assert [one for one in family if one.alive()] == []
    pid_file = operator.home.data / "postgres" / "postmaster.pid"
    assert not pid_file.exists()
    log = (operator.home.logs / "postgres.log").read_text()
    assert "database system is shut down" in log.splitlines()[-1]


def _ready(operator: Operator) -> bool:
    time.sleep(0.5)
    return bool(operator.status()["ready"])


def test_down_without_anything_running_says_so(operator: Operator) -> None:
    result = operator.run("down")
    assert (result.returncode, result.stdout) == (0, "Nothing was running.\n")


def test_reset_asks_and_deletes_everything_but_what_the_operator_wrote(operator: Operator) -> None:
    outside = (operator.home.data / "postgres").resolve()
    assert operator.run("reset").returncode == 1
    assert operator.home.manifest.exists()
    assert operator.run("reset", "--yes").returncode == 0
    assert list(operator.home.path.iterdir()) == [operator.home.ckan_options]
    assert not outside.exists()
