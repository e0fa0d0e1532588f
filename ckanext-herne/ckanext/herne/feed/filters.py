"""Pages of what a search finds: CKAN's search names the packages, their texts come from the feed.

The parameters are ckanext-dcat's. What was created first comes first: no edit moves it to another page.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from ckan.lib.search.common import SolrConnectionError
from ckanext.herne.feed.errors import UnavailableError
from ckanext.herne.portal.references import ANYBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

FILTERS = ("q", "fq", "modified_since")
NOT_OURS = ("-dataset_type:harvest", "-dataset_type:showcase")
FAR = 10**9  # a start behind every package, and one that Solr can count to
# How CKAN's messages of Solr's errors read: those of a query that Solr refuses, and all.
BAD_REQUEST, OF_SOLR = "HTTP 400", "SOLR returned an error"


def found(filters: Mapping[str, str], owner_id: str, start: int, rows: int) -> tuple[int, list[str]]:
    """How many public packages meet the filters, and the ids of `rows` of them from number `start` (0) on.

    :raises toolkit.ValidationError: a filter cannot be understood.
    :raises UnavailableError: the search does not answer.
    """
    conditions = [*NOT_OURS, *_since(filters.get("modified_since", ""))]
    if owner_id:
        conditions.append(f'owner_org:"{owner_id}"')
    answer = _search(
        q=filters.get("q", "*:*"),
        fq=filters.get("fq", ""),
        fq_list=conditions,
        fl=["id"],
        sort="metadata_created asc, id asc",
        start=min(start, FAR),
        rows=rows,
    )
    return answer["count"], [package["id"] for package in answer["results"]]


def _search(**query: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = tk.get_action("package_search")(dict(ANYBODY), query)
    except (SearchError, SolrConnectionError) as error:
        if isinstance(error, SearchError) and (BAD_REQUEST in str(error) or OF_SOLR not in str(error)):
            message = tk._("q, fq: this is no query that the search understands.")
            raise tk.ValidationError({"q": [message]}) from error
        message = tk._(
            "The search does not answer. Without q, fq and modified_since the catalogue needs none."
        )
        raise UnavailableError(message) from error
    return answer


def _since(text: str) -> list[str]:
    """The condition that a package changed at that time (ISO 8601; UTC if without a zone) or later."""
    if not text:
        return []
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        message = tk._(
            "modified_since: expected a time as in ISO 8601, for example 2026-01-31, and not “{}”."
        )
        raise tk.ValidationError({"modified_since": [message.format(text)]}) from error
    utc = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    return [f"metadata_modified:[{utc:%Y-%m-%dT%H:%M:%SZ} TO *]"]
