"""A running portal as its users know it: by herne-stack, by HTTP, by the browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

HERNE_STACK = Path(sys.executable).with_name("herne-stack")
PICTURES = Path(__file__).parents[3] / "build" / "pictures"


def own_environment(home: Path) -> dict[str, str]:
    """The environment without the addresses of the test servers: the portal brings its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CKAN_")}
    return kept | {"HERNE_HOME": str(home)}


@dataclass(frozen=True)
class Portal:
    """A running portal as its users know it."""

    home: Path
    url: str
    admin: str
    password: str
    token: str
    said: str

    def stack(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run herne-stack on this portal's home."""
        return subprocess.run(
            [str(HERNE_STACK), *arguments],
            env=own_environment(self.home),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.stack("status", "--json").stdout)
        return status

    def call(self, action: str, *, anonymous: bool = False, **data: Any) -> requests.Response:
        """Call CKAN's action API, as the administrator or as nobody."""
        headers = {} if anonymous else {"Authorization": self.token}
        return requests.post(f"{self.url}/api/3/action/{action}", json=data, headers=headers, timeout=60)

    def result(self, action: str, **data: Any) -> Any:
        """What an action returns; fails the test with CKAN's own words if it refuses."""
        answer = self.call(action, **data).json()
        assert answer["success"], answer["error"]
        return answer["result"]
