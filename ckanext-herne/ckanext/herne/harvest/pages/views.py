"""The pages that only show: /harvest, /harvest/NAME, the report of a run, and what they are made of.

/harvest                          all sources of the reader
/harvest/NAME                     a source (as admin/NAME, about/NAME and NAME/job of ckanext-harvest)
/harvest/NAME/progress            the part about the run under way, for the page's script
/harvest/NAME/chart/MEASURE.svg   a chart
/harvest/NAME/job/ID(.json)       the report of a run
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import msgspec
from ckan.plugins.toolkit import _
from ckanext.harvest import utils as ckanext_harvest
from ckanext.herne.charts import drawing, sending
from ckanext.herne.harvest import ledger, reports
from ckanext.herne.harvest.health import State
from ckanext.herne.harvest.pages import access, charts, shown
from ckanext.herne.portal.language import page_language
from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from ckanext.herne.harvest.ledger import Run
    from ckanext.herne.harvest.sources import Source

pages = Blueprint("herne_harvest_pages", __name__)

RUNS = 100  # on the page of a source
ENTRIES = 100  # of each part of a report; the JSON has all


@pages.route("/harvest")
def overview() -> str:
    """The sources of the reader, the worst first, filtered by state and words."""
    own = access.own_sources()
    asked = {name: request.args.get(name, "").strip() for name in ("q", "state")}
    found = [one for one in own if _is_asked_for(one, asked)]
    values = {
        "sources": found,
        "counts": {state.value: sum(one.health.state is state for one in own) for state in State},
        "total": len(own),
        "asked": asked,
        "say": shown,
    }
    return _rendered("herne_harvest/overview.html", values)


@pages.route("/harvest/admin/<reference>", endpoint="source_admin")
@pages.route("/harvest/about/<reference>", endpoint="source_about")
@pages.route("/harvest/<reference>/job", endpoint="source_jobs")
@pages.route("/harvest/<reference>")
def source(reference: str) -> str:
    """A source: how it is, what can be done, and its runs."""
    own = access.own_source(reference)
    listed = ledger.runs([own.id], RUNS)
    drawn = charts.drawable(listed)
    is_drawn = bool(drawn) and drawing.is_possible()
    values = {
        "source": own,
        "run": _under_way(own),
        "runs": listed,
        "charts": [charts.chart(name, drawn, page_language()) for name in charts.MEASURES]
        if is_drawn
        else [],
        "release": drawing.release() if is_drawn else "",
        "last": reports.report_of(own.last_run) if own.last_run else None,
        "is_admin": access.is_admin(own),
        "say": shown,
    }
    return _rendered("herne_harvest/source.html", values)


@pages.route("/harvest/<reference>/progress")
def progress(reference: str) -> Response:
    """How far the run under way is, as a part of the page; empty if there is none (any more)."""
    own = access.own_source(reference)
    run = _under_way(own)
    values = {"run": run, "source": own, "say": shown}
    return Response(
        tk.render_snippet("herne_harvest/progress.html", values) if run else "", mimetype="text/html"
    )


@pages.route("/harvest/<reference>/chart/<measure>.svg")
def chart_svg(reference: str, measure: str) -> Response:
    """A chart of the page, drawn."""
    drawn = charts.drawable(ledger.runs([access.own_source(reference).id], RUNS))
    if measure not in charts.MEASURES or not drawn:
        raise NotFound
    return sending.picture(charts.chart(measure, drawn, page_language())["chart"])


@pages.route("/harvest/<reference>/job/<job>")
def run(reference: str, job: str) -> Any:
    """The report of a run. Jobs of before this room was there have ckanext-harvest's page."""
    own = access.own_source(reference)
    told = _report(own, job)
    if told is None:
        tk.g.dataset_type = ckanext_harvest.DATASET_TYPE_NAME
        return ckanext_harvest.job_show_view(job)
    values = {"source": own, "report": told, "limit": ENTRIES, "is_admin": access.is_admin(own), "say": shown}
    return _rendered("herne_harvest/run.html", values)


@pages.route("/harvest/<reference>/job/<job>.json")
def run_json(reference: str, job: str) -> Response:
    """The whole report, for programs."""
    told = _report(access.own_source(reference), job)
    if told is None:
        raise NotFound(_("There is no such run."))
    return Response(msgspec.json.encode(told.as_dict()), mimetype="application/json")


def _is_asked_for(one: Source, asked: dict[str, str]) -> bool:
    text = f"{one.title} {one.name} {one.organization_title or ''}".lower()
    return asked["state"] in ("", one.state) and asked["q"].lower() in text


def _under_way(own: Source) -> Run | None:
    return ledger.run(own.running) if own.running else None


def _report(own: Source, job: str) -> reports.Report | None:
    """The report of a job of this very source."""
    told = reports.report_of(job)
    return told if told and told.run.source_id == own.id else None


def _rendered(template: str, values: dict[str, Any]) -> str:
    return str(tk.render(template, values))
