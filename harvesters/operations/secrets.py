"""Secrets of harvest sources: a configuration names them, their values live outside of the database.

The value of `udp-token` stands in the environment as HERNE_SECRET_UDP_TOKEN, or in the file `udp-token` of
the folder `ckanext.herne.secrets_directory`. Beside it, in HERNE_SECRET_UDP_TOKEN_FOR or `udp-token.for`,
stand the origins it may be sent to: who may edit a source could otherwise have it sent to any server.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.conceal import SHORTEST, remember
from ckanext.herne.harvesters.operations.errors import ConfigError
from ckanext.herne.portal.config import secrets_directory

if TYPE_CHECKING:
    from urllib.parse import SplitResult

PREFIX = "HERNE_SECRET_"
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_SENDABLE = re.compile(r"[ -~]+")
"""What can stand in an HTTP header everywhere: printable ASCII."""
_TOO_OPEN = stat.S_IRWXO | stat.S_IWGRP
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Secret:
    """A secret, and the origins (scheme, host, port) it may be sent to."""

    name: str
    value: str = field(repr=False)
    origins: frozenset[str]

    def may_go_to(self, url: str) -> bool:
        """Whether the owner of the secret allows to send it to `url`."""
        return urlsplit(url).scheme in _PORTS and _origin(urlsplit(url)) in self.origins

    def demand(self, url: str) -> None:
        """Raises ConfigError, naming the remedy, if the secret must not be sent to `url`."""
        if not self.may_go_to(url):
            text = _(
                'The secret "{name}" may not be sent to {origin}. If it belongs there, add this address '
                "to {place}"
            )
            place = f"{_variable(self.name)}_FOR / {self.name}.for"
            raise ConfigError(text.format(name=self.name, origin=_origin(urlsplit(url)), place=place))


def secret(name: str) -> Secret:
    """The secret of this name, read anew each time.

    Raises ConfigError, without any value, if there is none, others can read its file, it cannot be sent, or
    it is too short to be kept out of logs and reports.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(
            _("auth.secret is the name of a secret, not its value: small letters, digits and hyphens")
        )
    value, origins = _stored(name), _stored(f"{name}.for")
    if not value:
        raise ConfigError(_missing().format(name=name, variable=_variable(name)))
    remember(value)
    if not _SENDABLE.fullmatch(value):
        text = _('The secret "{name}" holds characters that cannot be sent, e.g. a line break')
        raise ConfigError(text.format(name=name))
    if len(value) < SHORTEST:
        text = _('The secret "{name}" has fewer than {count} characters; texts cannot be kept free of it')
        raise ConfigError(text.format(name=name, count=SHORTEST))
    return Secret(name, value, frozenset(_origin(urlsplit(url)) for url in origins.split()))


def _missing() -> str:
    text: str = _(
        'There is no secret "{name}". Set {variable} in the environment of the portal and its workers, or '
        "put it into a file of this name in the folder that ckanext.herne.secrets_directory names"
    )
    return text


def _stored(name: str) -> str:
    """The text kept under this name, in the environment or in a file; empty if there is none."""
    return os.environ.get(_variable(name), "").strip() or _filed(name)


def _variable(name: str) -> str:
    return PREFIX + name.upper().replace("-", "_").replace(".", "_")


def _filed(name: str) -> str:
    if not (folder := secrets_directory()):
        return ""
    path = Path(folder) / name
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _TOO_OPEN:
                text = _("{path} can be read or written by others. Close it, e.g. with chmod 600")
                raise ConfigError(text.format(path=path))
            return file.read().decode("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(_("{path} cannot be read").format(path=path)) from error


def _origin(url: SplitResult) -> str:
    try:
        port = url.port or _PORTS.get(url.scheme)
    except ValueError:  # not a number
        port = None
    return f"{url.scheme}://{url.hostname}:{port}"
