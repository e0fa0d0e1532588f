"""Runs as an Atom feed (RFC 4287), of one source or of all that the reader may edit.

They are not public: a feed reader sends the API token of its owner in the header `Authorization`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import ckan.plugins.toolkit as tk
from ckanext.herne.harvest import ledger, reports
from ckanext.herne.harvest.pages import access, shown
from ckanext.herne.portal import config
from ckanext.herne.portal.language import page_language
from flask import Blueprint, Response, request

atom = Blueprint("herne_harvest_atom", __name__)

RUNS = 50  # in a feed
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without runs changed


@atom.route("/harvest.atom", defaults={"reference": None})
@atom.route("/harvest/<reference>/runs.atom")
def feed(reference: str | None) -> Response:
    """The newest finished runs with their reports in words; dry runs are no news."""
    own = access.own_sources() if reference is None else [access.own_source(reference)]
    by_id = {one.id: one for one in own}
    runs = [run for run in ledger.runs(list(by_id), RUNS) if run.finished and not run.is_dry]
    text = tk.render(
        "herne_harvest/runs.xml",
        {
            "source": own[0] if reference else None,
            "entries": [(by_id[run.source_id], reports.report(run)) for run in runs],
            "updated": max((run.at for run in runs), default=NEVER),
            "language": page_language().replace("_", "-"),
            "publisher": config.publisher().name,
            "here": tk.h.url_for("herne_harvest_atom.feed", reference=reference, qualified=True),
            "say": shown,
        },
    )
    response = Response(text, content_type="application/atom+xml; charset=utf-8")
    response.cache_control.private = True
    response.add_etag()
    return response.make_conditional(request)
