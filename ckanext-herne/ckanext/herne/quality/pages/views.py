"""The addresses of the quality pages.

    /quality                     the page of the portal
    /quality/datasets.csv        all rows of its table, with the same filters
    /quality/trend.csv           all days of its trend
    /quality/trend/MEASURE.svg   a chart
    /quality/vega-RELEASE.js     what makes the charts interactive

and the same below /organization/NAME/quality. Everybody may see them: they are about public packages alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.charts import drawing, sending
from ckanext.herne.portal.language import page_language
from ckanext.herne.portal.saving import TYPES
from ckanext.herne.quality import mqa
from ckanext.herne.quality.pages import datasets, exports, figures
from ckanext.herne.quality.pages.charts import MEASURES, chart
from ckanext.herne.quality.reports import statistics
from ckanext.herne.quality.reports.trend import trend
from flask import Blueprint, Response, abort, request, stream_with_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.quality.reports.trend import Day

PROBLEMS = 10  # the most frequent ones on a page

pages = Blueprint("herne_quality_pages", __name__)


@pages.before_request
def allow() -> None:
    """The numbers are for those to whom the API tells them."""
    try:
        tk.check_access("herne_catalogue_report", {"user": tk.current_user.name}, {})
    except tk.NotAuthorized as error:
        abort(403, str(error))


@pages.route("/quality", defaults={"name": ""})
@pages.route("/organization/<name>/quality")
def shown(name: str) -> str:
    """The page: key figures, trend, frequent problems, table."""
    owner, asked = _owner(name), _asked(name)
    visible = statistics.public(owner.get("id", ""))
    page = datasets.page(visible, asked)
    if page.number > page.last:
        abort(404, _("The table has no such page."))
    days = trend(visible)
    template = "quality_pages/organization.html" if owner else "quality_pages/portal.html"
    html: str = tk.render(
        template,
        {
            "group_dict": owner,
            "group_type": owner.get("type"),
            "name": name,
            "figures": figures.key_figures(statistics.totals(visible)),
            "possible": mqa.possible(),
            "charts": [_chart(measure, days) for measure in MEASURES] if drawing.is_possible() else [],
            "release": drawing.release() if drawing.is_possible() else "",
            "changes": figures.changes(days),
            "problems": [figures.problem(rule) for rule in statistics.frequent_rules(visible)[:PROBLEMS]],
            "organizations": [figures.key_figures(row) for row in statistics.by_organization(visible)],
            "asked": asked,
            "page": page,
            "rows": [figures.entry(row) for row in page.rows],
            "types": TYPES,
            "columns": (list(exports.DATASETS), list(exports.DAYS)),
        },
    )
    return html


@pages.route("/quality/datasets.csv", defaults={"name": ""})
@pages.route("/organization/<name>/quality/datasets.csv")
def datasets_csv(name: str) -> Response:
    """Every row that the filters leave, in the order of the page."""
    rows = datasets.every(statistics.public(_owner(name).get("id", "")), _asked(name))
    return _csv(exports.datasets({**row, "url": _address(row)} for row in rows), "datasets", name)


@pages.route("/quality/trend.csv", defaults={"name": ""})
@pages.route("/organization/<name>/quality/trend.csv")
def trend_csv(name: str) -> Response:
    """Every day of the trend."""
    return _csv(exports.days(_trend(name)), "trend", name)


@pages.route("/quality/trend/<measure>.svg", defaults={"name": ""})
@pages.route("/organization/<name>/quality/trend/<measure>.svg")
def chart_svg(name: str, measure: str) -> Response:
    """A chart of the page, drawn."""
    if measure not in MEASURES:
        abort(404)
    return sending.picture(_chart(measure, _trend(name))["chart"])


@pages.route("/quality/vega-<release>.js")
def library(release: str) -> Response:
    """What draws charts in the browser. Another release has another address."""
    return sending.library(release)


def _owner(name: str) -> dict[str, Any]:
    """The organization of the page; none for the portal's."""
    if not name:
        return {}
    try:
        found = tk.get_action("organization_show")({"user": tk.current_user.name}, {"id": name})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        found = {}
    if found.get("state") != "active":
        abort(404, _("There is no such organization."))
    return dict(found)


def _asked(name: str) -> datasets.Question:
    try:
        asked = datasets.question(request.args)
    except datasets.UnknownValueError as error:
        abort(400, _("The address has an unknown value for {parameter}.").format(parameter=error))
    return replace(asked, organization="") if name else asked


def _trend(name: str) -> list[Day]:
    return trend(statistics.public(_owner(name).get("id", "")))


def _chart(name: str, days: list[Day]) -> dict[str, Any]:
    """A chart with its title, what it shows in words, and as Vega-Lite."""
    measure, title = MEASURES[name], figures.titles()[name]
    words = figures.in_words(measure, title, days)
    specification = chart(measure, days, title, words, page_language())
    return {"measure": name, "title": title, "words": words, "chart": specification}


def _address(row: Any) -> str:
    return str(tk.h.url_for(f"{row['type']}.read", id=row["name"], _external=True, locale="default"))


def _csv(lines: Iterator[str], title: str, name: str) -> Response:
    file = "-".join(filter(None, ("quality", name, title)))
    headers = {"Content-Disposition": f'attachment; filename="{file}.csv"'}
    return Response(stream_with_context(lines), mimetype="text/csv", headers=headers)
