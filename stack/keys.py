"""The random secrets of a home: one value per file, 0600, made once and kept.

Session, CSRF and API-token keys are separate, so that losing one does not forge the others.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from herne_stack.home import write_private

if TYPE_CHECKING:
    from herne_stack.home import Home

NAMES = (
    "postgres",
    "ckan-database",
    "datastore-read",
    "valkey",
    "session-key",
    "csrf-key",
    "api-token-key",
    "admin-password",
)


def secret(home: Home, name: str) -> str:
    """The secret of that name; made at the first call. URL-safe, so that it may stand in a URL or an ini."""
    path = home.secrets / name
    if not path.exists():
        write_private(path, secrets.token_urlsafe(16 if name == "admin-password" else 32) + "\n")
    return path.read_text("utf-8").strip()


def make_secrets(home: Home) -> None:
    """Make every secret that does not exist yet."""
    for name in NAMES:
        secret(home, name)
