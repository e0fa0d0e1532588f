"""When two addresses of sources mean the same place. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS = {"http": 80, "https": 443}


def normalised(url: str, headers: Mapping[str, str] | None = None) -> str:
    """The address without what makes no difference; the headers, which may name a tenant, belong to it.

    Small letters in scheme and host, no default port, no slash at the end, the query in order. What is no
    address at all is only the same as itself.
    """
    tenant = urlencode(sorted((name.lower(), value) for name, value in (headers or {}).items()))
    try:
        return f"{_place(url.strip())}#{tenant}"
    except ValueError:
        return f"{url}#{tenant}"


def _place(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = f":{parts.port}" if parts.port not in (None, _PORTS.get(parts.scheme)) else ""
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}?{query}"
