"""Refuses secrets in clear in what is to become a harvest source: whoever may edit it would see them.

It recognises keys and addresses; it does not guess whether a word is a password.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import yaml
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = (
    "accesskey",
    "apikey",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "kennwort",
    "passphrase",
    "passwd",
    "passwort",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "subscriptionkey",
    "token",
)
_WHOLE = {"key", "pass", "sig", "signature"}
_ADDRESSES = ("url", "uri")
"""A key that ends so names an address (`token_url`), which is looked into instead."""
_REFERENCE = "auth.secret"
_PROOF = re.compile(r"\s*(bearer|basic)\s+\S", re.IGNORECASE)
_IN_TEXT = re.compile(rf"[\w-]*({'|'.join(_WORDS)})[\w-]*[\"']?\s*[:=]\s*[\"']?[^\s\"',}}]", re.IGNORECASE)


def refuse_url(url: str) -> None:
    """Raises ConfigError if an address holds a user, a password or a key."""
    if _tells(url):
        raise ConfigError(_remedy(_("The address")))


def refuse_config(text: str) -> None:
    """Raises ConfigError, naming the place but no value, if a configuration holds a secret in clear."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        content = None
    if not isinstance(content, dict):
        places = ["config"] if _IN_TEXT.search(text) else []
    else:
        places = list(_places(content, ""))
    if places:
        raise ConfigError(_remedy(", ".join(places)))


def looks_secret(key: str) -> bool:
    """Whether a value under this key is usually nobody else's business."""
    plain = re.sub(r"[^a-z]", "", key.lower())
    if plain.endswith(_ADDRESSES):
        return False
    return plain in _WHOLE or any(word in plain for word in _WORDS)


def _places(node: Any, path: str) -> Iterator[str]:
    """Where in a configuration a secret stands in clear, e.g. `auth.password`."""
    if isinstance(node, dict):
        for key, value in node.items():
            place = f"{path}.{key}" if path else str(key)
            if place == _REFERENCE:
                continue
            if value and looks_secret(str(key)) and not isinstance(value, bool):
                yield place
            else:
                yield from _places(value, place)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, f"{path}[{index}]")
    elif isinstance(node, str) and (_PROOF.match(node) or _tells(node)):
        yield path


def _tells(url: str) -> bool:
    """Whether a text is an address with a user, a password or a key in it."""
    try:
        parts = urlsplit(url.strip())
        _port = parts.port
    except ValueError:  # a password may hold what ends the host, so that its rest stands where a port should
        return "@" in url
    if parts.username or parts.password:
        return True
    return any(value and looks_secret(key) for key, value in parse_qsl(parts.query))


def _remedy(place: str) -> str:
    text: str = _(
        "{place} looks like a secret in clear. Name the secret instead, e.g. "
        '"auth": {{"kind": "bearer", "secret": "udp-token"}}, and have its value put into the environment '
        "(HERNE_SECRET_UDP_TOKEN) or into a file of the folder that ckanext.herne.secrets_directory names"
    )
    return text.format(place=place)
