"""The log of changes for programs that keep a copy of the catalogue: what to fetch anew, what to drop.

Numbers of changes rise in the order in which the changes became visible, so that who asks for what came after
the last number misses none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckanext.herne.feed import store

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT, MOST = 100, 1000
DIGITS = 18  # what a number of the log may have
ABOUT = (
    "What happened to the datasets, series and services of this catalogue, oldest first. Ask for `next` to "
    "go on, at once if there is `more`, else later. Begin with since=0; or ask for `newest`, crawl the "
    "catalogue and begin with that number. limit: how many changes at most (1 to 1000, 100 if not given)."
)
FIELDS = {
    "number": "counts changes; a later change has a higher number",
    "at": "when it happened (UTC)",
    "kind": "created: new in the catalogue; changed: fetch it again; withdrawn: no longer in the catalogue",
    "uri": "identifier of the dataset, series or service",
    "address": "where to fetch it, with the ending of any syntax",
    "replaced_by": "identifier of what replaces a withdrawn one, else null",
}


def journal(address: str, values: Mapping[str, str]) -> dict[str, Any]:
    """The changes after number `since`, `limit` of them at most; `address` is that of the log itself.

    :raises toolkit.ValidationError: one of the values is not a number as expected.
    """
    since = _number(values, "since", 0, 10**DIGITS)
    limit = _number(values, "limit", LIMIT, MOST)
    found = store.changes(since, limit + 1)
    page = found[:limit]
    following = page[-1].id if page else since
    return {
        "about": ABOUT,
        "fields": FIELDS,
        "changes": [_told(change) for change in page],
        "more": len(found) > len(page),
        "next": f"{address}?since={following}&limit={limit}",
        "newest": store.latest().id,
    }


def _told(change: Any) -> dict[str, Any]:
    site = tk.config["ckan.site_url"].rstrip("/")
    return {
        "number": change.id,
        "at": change.at.isoformat(),
        "kind": change.kind,
        "uri": change.uri,
        "address": f"{site}/dataset/{change.package_id}.ttl",
        "replaced_by": change.replaced_by,
    }


def _number(values: Mapping[str, str], name: str, otherwise: int, most: int) -> int:
    text = values.get(name) or str(otherwise)
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS and int(text) <= most):
        message = tk._("{}: expected a whole number up to {}, and not “{}”.")
        raise tk.ValidationError({name: [message.format(name, most, text)]})
    return int(text)
