"""What `herne-stack status` says: the machine-readable form is a contract that other tools rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psutil
from herne_stack.state import RESTARTING, RUNNING, STOPPED, State

if TYPE_CHECKING:
    from herne_stack.home import Home
    from herne_stack.state import Entry

ADMIN = "admin"


def describe(home: Home) -> dict[str, Any]:
    """{"ready", "site": {"url", "ini", "admin", "token_file"}, "services": {NAME: {"state", "pid", "url"}}}.

    A service whose process is gone is "stopped" whatever was recorded. `ready` needs a supervisor that
    lives, a finished start, and every service running.
    """
    state = State.load(home)
    services = {name: _service(entry) for name, entry in state.services.items()}
    alive = state.supervisor is not None and state.supervisor.alive()
    token = home.secrets / "admin-token"
    return {
        "ready": alive and state.ready and all(one["state"] == RUNNING for one in services.values()),
        "site": {
            "url": state.site_url if alive else None,
            "ini": str(home.ini) if home.ini.exists() else None,
            "admin": ADMIN if token.exists() else None,
            "token_file": str(token) if token.exists() else None,
        },
        "services": services,
    }


def _service(entry: Entry) -> dict[str, Any]:
    if entry.identity and entry.identity.alive():
        return {"state": entry.state, "pid": entry.identity.pid, "url": entry.url}
    # in its back-off a service has no process and is not stopped for good
    state = RESTARTING if entry.state == RESTARTING else STOPPED
    return {"state": state, "pid": None, "url": entry.url}


def memory(home: Home) -> int:
    """Resident bytes of the supervisor and all services, pages that several share counted in each."""
    supervisor = State.load(home).supervisor
    if supervisor is None or not supervisor.alive():
        return 0
    root = psutil.Process(supervisor.pid)
    return sum(_resident(process) for process in (root, *root.children(recursive=True)))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
