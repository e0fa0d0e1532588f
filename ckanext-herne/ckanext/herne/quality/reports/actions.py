"""The API of quality reports: actions, who may call them, and how much they take.

    herne_dataset_validate   id, or dataset (a draft)   judged now, stored nowhere
    herne_dataset_report     id                         as stored, with the history of the verdict
    herne_catalogue_report   organization (optional)    numbers over all public packages

`format=turtle` gives a sh:ValidationReport instead of JSON.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from ckan.plugins.toolkit import _
from ckanext.herne.portal.saving import TYPES
from ckanext.herne.quality.formats import as_dict, as_turtle
from ckanext.herne.quality.report import merged
from ckanext.herne.quality.reports import drafts, statistics, store
from ckanext.herne.quality.reports.subjects import Package, subject
from ckanext.herne.quality.reports.verdict import Verdict, judge, shapes_version
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from ckanext.herne.quality.reports.store import Stored

Context = dict[str, Any]

FORMATS = ("json", "turtle")
DRAFTS_PER_MINUTE = 120  # of one user: somebody who types, and a script that is patient
RESULTS_AS_TURTLE = 10_000  # of the whole catalogue; each becomes some ten triples


class TooManyDrafts(tk.NotAuthorized):
    """A user had more drafts validated than one minute allows."""


@tk.side_effect_free
def herne_dataset_validate(context: Context, data_dict: dict[str, Any]) -> Any:
    """Say what validation would say about a package now. Nothing is stored.

    :param id: id or name of a stored dataset, series or service
    :param dataset: instead of `id`: a draft as `package_create` takes it, or with the id of a stored package
        as `package_update` does; at most 1 MB. It is completed with the defaults as on saving. Values that a
        save would refuse are listed under `errors` by field.
    :param format: `json` (default) or `turtle`
    """
    form = _format(data_dict)
    if data_dict.get("dataset") is None:
        _require_id(data_dict, _("Give the id or name of a dataset, or a draft as dataset."))
        tk.check_access("herne_dataset_validate", context, data_dict)
        package, errors = _shown(context, data_dict), None
    else:
        data_dict = {**data_dict, "dataset": drafts.readable(data_dict["dataset"])}
        tk.check_access("herne_dataset_validate", context, data_dict)
        _count_draft(str(context.get("user")))
        draft = drafts.completed(context, data_dict["dataset"])
        package, errors = draft.package, draft.errors
    described = subject(package, _who(context))
    verdict = judge(described.graph, described.uri, described.related)
    if form == "turtle":
        return as_turtle(verdict.report)
    return _as_dict(verdict) if errors is None else {**_as_dict(verdict), "errors": errors}


@tk.side_effect_free
def herne_dataset_report(context: Context, data_dict: dict[str, Any]) -> Any:
    """The stored report of a package, written after its last change.

    :param id: id or name of a dataset, series or service that the caller may see
    :param format: `json` (default) or `turtle`
    """
    form = _format(data_dict)
    _require_id(data_dict, _("Give the id or name of a dataset."))
    tk.check_access("herne_dataset_report", context, data_dict)
    package = _shown(context, data_dict)
    stored = store.find(package["id"])
    if stored is None:
        message = _(
            "There is no report yet. It is written soon after a change, or by: ckan herne reports refresh"
        )
        raise tk.ObjectNotFound(message)
    return as_turtle(stored.report) if form == "turtle" else _stored_as_dict(stored)


@tk.side_effect_free
def herne_catalogue_report(context: Context, data_dict: dict[str, Any]) -> Any:
    """Numbers over the reports of all public datasets, series and services.

    :param organization: only those of this organization (id or name)
    :param format: `json` (default) or `turtle`: all results as one report, if there are not too many
    """
    form = _format(data_dict)
    tk.check_access("herne_catalogue_report", context, data_dict)
    organization = _organization(data_dict)
    condition = statistics.public(organization["id"] if organization else "")
    totals = statistics.totals(condition)
    if form == "turtle":
        return _all_as_turtle(condition, sum(totals["by_severity"].values()))
    return {
        "organization": organization,
        "shapes_version": shapes_version(),
        **totals,
        "rules": statistics.frequent_rules(condition),
        "organizations": statistics.by_organization(condition),
    }


@tk.auth_allow_anonymous_access
def may_validate(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A stored package: who may see it. A draft: who may save it."""
    draft = data_dict.get("dataset")
    if draft is None:
        return _allowed("package_show", context, data_dict)
    if not context.get("user"):
        return {"success": False, "msg": _("Only registered users can validate drafts. Log in.")}
    package = drafts.stored_package(draft)
    if package is not None:
        return _allowed("package_update", context, {"id": package.id})
    owner = {"owner_org": draft["owner_org"]} if draft.get("owner_org") else {}
    return _allowed("package_create", context, owner)


@tk.auth_allow_anonymous_access
def may_see_report(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who may see a package may see its report."""
    return _allowed("package_show", context, data_dict)


@tk.auth_allow_anonymous_access
def may_see_catalogue(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Everybody: the numbers are about public packages alone."""
    return {"success": True}


ACTIONS = {
    "herne_dataset_validate": herne_dataset_validate,
    "herne_dataset_report": herne_dataset_report,
    "herne_catalogue_report": herne_catalogue_report,
}
AUTH_FUNCTIONS = {
    "herne_dataset_validate": may_validate,
    "herne_dataset_report": may_see_report,
    "herne_catalogue_report": may_see_catalogue,
}


def _allowed(action: str, context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What CKAN says about another action, asked without what this context remembers of packages."""
    try:
        tk.check_access(action, _who(context), data_dict)
    except tk.NotAuthorized as error:
        return {"success": False, "msg": str(error)}
    return {"success": True}


def _who(context: Context) -> Context:
    """A new context with who asks, and nothing that CKAN keeps in the old one."""
    return {name: context[name] for name in ("user", "auth_user_obj", "ignore_auth") if name in context}


def _format(data_dict: dict[str, Any]) -> str:
    form = data_dict.get("format") or "json"
    if form not in FORMATS:
        raise tk.ValidationError({"format": [_("One of: {}").format(", ".join(FORMATS))]})
    return str(form)


def _require_id(data_dict: dict[str, Any], message: str) -> None:
    if not data_dict.get("id") or not isinstance(data_dict["id"], str):
        raise tk.ValidationError({"id": [message]})


def _shown(context: Context, data_dict: dict[str, Any]) -> Package:
    package: Package = tk.get_action("package_show")(_who(context), {"id": data_dict["id"]})
    if package.get("type") not in TYPES:
        raise tk.ObjectNotFound(_("This is not a dataset"))
    return package


def _organization(data_dict: dict[str, Any]) -> dict[str, str] | None:
    name = data_dict.get("organization")
    if not name:
        return None
    group = model.Group.get(name) if isinstance(name, str) else None
    if group is None or not group.is_organization or group.state != model.State.ACTIVE:
        raise tk.ObjectNotFound(_("There is no such organization. Give its id or its name."))
    return {"id": group.id, "name": group.name, "title": group.title}


def _count_draft(user: str) -> None:
    """Count a user's drafts of this minute. Without Redis nobody is kept from working.

    :raises TooManyDrafts: they are too many.
    """
    key = f"herne_quality:drafts:{user}:{int(time.time()) // 60}"
    try:
        redis = connect_to_redis()
        number = redis.incr(key)
        redis.expire(key, 120)
    except RedisError:
        return
    if number > DRAFTS_PER_MINUTE:
        message = _("Only {number} drafts are validated per minute. Wait a minute.")
        raise TooManyDrafts(message.format(number=DRAFTS_PER_MINUTE))


def _as_dict(verdict: Verdict) -> dict[str, Any]:
    return {
        **as_dict(verdict.report),
        "uri": verdict.uri,
        "shapes_version": verdict.shapes_version,
        "mqa": verdict.score.as_dict() if verdict.score else None,
    }


def _stored_as_dict(stored: Stored) -> dict[str, Any]:
    history = [{**entry, "at": entry["at"].isoformat()} for entry in store.history(stored.package_id)]
    return {
        **as_dict(stored.report),
        "package_id": stored.package_id,
        "uri": stored.uri,
        "checked": stored.checked.isoformat(),
        "is_outdated": stored.is_outdated,
        "shapes_version": stored.shapes_version,
        "mqa": stored.mqa,
        "history": history,
    }


def _all_as_turtle(condition: Any, results: int) -> str:
    if results > RESULTS_AS_TURTLE:
        message = _("{results} results are too many for one report. Name an organization, or ask for JSON.")
        raise tk.ValidationError({"format": [message.format(results=results)]})
    return as_turtle(merged(stored.report for stored in store.every(condition)))
