"""PostgreSQL refuses root: under which account it runs then, and what that account can reach.

A user who is not root runs everything under the own account, and none of this applies.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user of the operating system, without supplementary groups."""

    uid: int
    gid: int


def database_account() -> Account | None:
    """The account for PostgreSQL: `postgres` where it exists, else `nobody`; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    return Account(65534, 65534)


def enters(account: Account, folder: Path) -> bool:
    """Whether the account may pass through `folder` and every folder above it."""
    real = folder.resolve()
    return all(_allowed(account, each.stat(), 0o1) for each in (real, *real.parents))


def runs(account: Account, program: Path) -> bool:
    """Whether the account may start the program."""
    return enters(account, program.parent) and _allowed(account, program.stat(), 0o5)


def _allowed(account: Account, found: os.stat_result, wanted: int) -> bool:
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == account.uid:
        return mode >> 6 & wanted == wanted
    if found.st_gid == account.gid:
        return mode >> 3 & wanted == wanted
    return mode & wanted == wanted


def hand_over(path: Path, account: Account | None) -> None:
    """Make the account the owner of `path`, if there is another account at all."""
    if account:
        os.chown(path, account.uid, account.gid)
