"""The address that a form asks while somebody types in it.

It answers with a piece of HTML in the page's language. Who may ask is who may save; nothing is stored. A
draft that cannot be judged yet (a save would refuse it before any check) still gets its errors.
"""

from __future__ import annotations

import time
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.navl.dictization_functions import DataError
from ckanext.herne.portal import saving
from ckanext.herne.quality.panel import submitted
from ckanext.herne.quality.panel.notes import KINDS, Form, notes_on, own_errors, summary
from ckanext.herne.quality.places import key_of
from ckanext.herne.quality.reports.actions import TooManyDrafts
from ckanext.herne.quality.reports.drafts import stored_package
from flask import Blueprint, Response, request

panel = Blueprint("herne_quality_panel", __name__, url_prefix="/quality/check")


@panel.errorhandler(tk.NotAuthorized)
def forbidden(_error: Exception) -> Response:
    return Response(status=403)


@panel.errorhandler(tk.ObjectNotFound)
def not_found(_error: Exception) -> Response:
    return Response(status=404)


@panel.errorhandler(DataError)
def unreadable(_error: Exception) -> Response:
    return Response(status=400)


@panel.errorhandler(TooManyDrafts)
def too_many(_error: Exception) -> Response:
    """The count begins anew with the next minute."""
    return Response(status=429, headers={"Retry-After": str(60 - int(time.time()) % 60)})


@panel.route("/<package_type>", methods=["POST"])
@panel.route("/<package_type>/<package_id>", methods=["POST"])
def package(package_type: str, package_id: str = "") -> str:
    """Notes on the form of a dataset, series or service; of a stored one with its id."""
    new: dict[str, Any] = {"type": package_type, "resources": []}
    stored = _in_short(package_id) if package_id else new
    form = Form(
        sent=request.form,
        package=stored,
        fields=saving.fields_of("dataset_fields", stored["type"]),
        others=[],
    )
    answer = _validated(submitted.package(request.form, stored["type"], stored.get("id", "")))
    return _shown(answer, form)


@panel.route("/<package_type>/<package_id>/resource", methods=["POST"])
def resource(package_type: str, package_id: str) -> str:
    """Notes on the form of a resource of a stored dataset."""
    draft, number = submitted.with_resource(request.form, _stored(package_id))
    form = Form(
        sent=request.form,
        package=draft,
        fields=saving.fields_of("resource_fields", draft["type"]),
        others=saving.fields_of("dataset_fields", draft["type"]),
        resource=key_of(draft["resources"][number], number + 1),
    )
    answer = _validated(draft)
    return _shown({**answer, "errors": own_errors(answer["errors"], number)}, form)


def _in_short(package_id: str) -> dict[str, Any]:
    """What notes have to know of a stored package; who may ask is left to the action that judges.

    :raises ObjectNotFound: there is none.
    """
    row = stored_package({"id": package_id})
    if row is None:
        raise tk.ObjectNotFound
    files = [{**file.extras, "id": file.id, "name": file.name} for file in row.resources]
    return {"id": row.id, "type": row.type, "resources": files}


def _stored(package_id: str) -> dict[str, Any]:
    """The stored package, for somebody who may save it.

    :raises NotAuthorized: they may not.
    :raises ObjectNotFound: there is none.
    """
    tk.check_access("package_update", _who(), {"id": package_id})
    return saving.stored_dataset(package_id)


def _validated(draft: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = tk.get_action("herne_dataset_validate")(_who(), {"dataset": draft})
    except tk.ValidationError as error:
        return {"errors": error.error_dict, "results": [], "mqa": None}
    return answer


def _who() -> dict[str, Any]:
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


def _shown(answer: dict[str, Any], form: Form) -> str:
    notes = notes_on(answer, form)
    groups = [(kind, [note for note in notes if note.kind == kind]) for kind in KINDS]
    said = {"groups": [group for group in groups if group[1]], "summary": summary(notes)}
    return str(tk.render("quality/notes.html", {**said, "mqa": answer["mqa"]}))
