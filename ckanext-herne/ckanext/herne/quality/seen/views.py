"""The page "What GovData sees", at /dataset/ID/govdata (or /dataset_series, /data_service).

Who may edit a package may open it. A private package or a draft is shown as GovData would see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.portal.language import page_language
from ckanext.herne.portal.saving import TYPES
from ckanext.herne.quality import links
from ckanext.herne.quality.mqa import rating_label
from ckanext.herne.quality.places import Place
from ckanext.herne.quality.reports.subjects import subject
from ckanext.herne.quality.seen.facts import Fact, facts
from ckanext.herne.quality.seen.findings import findings, gains, labelled
from flask import Blueprint
from rdflib import URIRef

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

seen = Blueprint("herne_quality_seen", __name__)

Package = dict[str, Any]


@seen.route(f"/<any({','.join(TYPES)}):package_type>/<package_id>/govdata")
def page(package_type: str, package_id: str) -> str | Response:
    """What GovData sees of a package, or would see."""
    package = _editable(package_id)
    if package["type"] != package_type:
        return tk.redirect_to("herne_quality_seen.page", package_type=package["type"], package_id=package_id)
    described = subject(package, _who())
    report = _report(package)
    values = {
        "pkg_dict": package,
        "dataset_type": package_type,
        "is_seen": package["state"] == "active" and not package["private"],
        "facts": [(fact, _form_of(fact, package)) for fact in facts(described.graph, URIRef(described.uri))],
        "turtle": described.graph.serialize(format="turtle").strip(),
        "report": report,
        "findings": findings(report["results"], package),
        **_score(report["mqa"], package),
    }
    return tk.render("quality/seen.html", values)


def _form_of(fact: Fact, package: Package) -> str:
    """The control in which a fact is said; "" if the portal says it by itself."""
    return links.mending(package, Place(fact.field)) if fact.field else ""


def _editable(package_id: str) -> Package:
    """The package, for somebody who may edit it; nobody else learns whether it exists."""
    try:
        package: Package = tk.get_action("package_show")(_who(), {"id": package_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        tk.abort(404, _("Dataset not found"))
    if package["type"] not in TYPES:
        tk.abort(404, _("Dataset not found"))
    try:
        tk.check_access("package_update", _who(), {"id": package["id"]})
    except tk.NotAuthorized:
        tk.abort(403, _("This page is for those who may edit the dataset."))
    return package


def _report(package: Package) -> dict[str, Any]:
    """The stored report; where there is none yet, as for drafts, what validation says now."""
    try:
        report: dict[str, Any] = tk.get_action("herne_dataset_report")(_who(), {"id": package["id"]})
    except tk.ObjectNotFound:
        report = {"is_outdated": True}
    if not report["is_outdated"]:
        return report
    now: dict[str, Any] = tk.get_action("herne_dataset_validate")(_who(), {"id": package["id"]})
    return {"checked": "", "history": [], **report, **now}


def _score(score: dict[str, Any] | None, package: Package) -> dict[str, Any]:
    """What the page shows of the European score; services have none."""
    if score is None:
        return {"score": None}
    dimensions = [{**row, "label": labelled(row)} for row in score["dimensions"]]
    return {
        "score": {
            **score,
            "dimensions": dimensions,
            "rating_label": rating_label(score["points"], page_language()),
        },
        "gains": gains(score, package),
    }


def _who() -> dict[str, Any]:
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
