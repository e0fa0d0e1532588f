"""The feed's addresses: those of ckanext-dcat, and some that it has not.

Browsers keep CKAN's pages: those of a package, an organization and the portal itself are answered with RDF
only where the client prefers it.
"""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk
from ckanext.dcat import utils as ckanext_dcat
from ckanext.herne.feed import answers, pages
from ckanext.herne.feed.asked import PROFILE, Asked, is_ours
from ckanext.herne.feed.catalogue import organization_catalogue, portal_catalogue
from ckanext.herne.feed.errors import GoneError
from ckanext.herne.feed.journal import journal
from ckanext.herne.feed.syntaxes import ENDINGS, body, document, statements
from ckanext.herne.portal.references import ANYBODY
from ckanext.herne.portal.saving import TYPES
from ckanext.herne.quality.reports import dqv
from ckanext.herne.quality.reports import store as reports
from flask import Blueprint, Response, redirect, request
from rdflib import XSD, Literal, URIRef

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ckanext.herne.feed.catalogue import Catalogue
    from ckanext.herne.feed.pages import Page
    from ckanext.herne.feed.syntaxes import Properties

feed = Blueprint("herne_feed", __name__)

ANY_ENDING = f"<any({','.join(ENDINGS)}):ending>"
REPLACED_BY = "http://purl.org/dc/terms/isReplacedBy"


def catalogue(ending: str) -> Response:
    """A page of the portal's catalogue."""
    if not is_ours(request.args.get("profiles")):
        return _of_another_profile(ckanext_dcat.read_catalog_page, ending)
    return _catalogue(portal_catalogue(), ending)


def organization(reference: str, ending: str) -> Response:
    """A page of an organization's catalogue."""
    return _catalogue(organization_catalogue(reference), ending)


def package(reference: str, ending: str) -> Response:
    """A package with its entry in the catalogue; 410 if it was withdrawn."""
    if not is_ours(request.args.get("profiles")):
        return _of_another_profile(partial(ckanext_dcat.read_dataset_page, reference), ending)
    try:
        return _page(partial(pages.package_page, reference, ENDINGS[ending].name), ending)
    except GoneError as gone:
        return _tombstone(gone, ending)


def negotiated_catalogue() -> Response:
    """The catalogue in the syntax that the client prefers; the search for whoever wants a page."""
    ending = answers.preferred_ending(otherwise="ttl")
    response = catalogue(ending) if ending else redirect(tk.h.url_for("dataset.search"))
    response.vary.add("Accept")
    return response


def quality(reference: str, ending: str) -> Response:
    """What was measured of the metadata of a public package."""
    shown = tk.get_action("package_show")(dict(ANYBODY), {"id": reference})
    report = reports.find(shown["id"])
    if report is None:
        raise tk.ObjectNotFound(tk._("This was not checked yet. Please try again in some minutes."))
    syntax = ENDINGS[ending]
    measured = dqv.measurements(report.uri, report.in_short, report.checked)
    text = document([body(measured, syntax.name)], syntax.name)
    return _text(text, syntax.media_type, report.checked)


def changes() -> Response:
    """The log of changes, for programs that keep a copy of the catalogue."""
    address = tk.config["ckan.site_url"].rstrip("/") + request.path
    told = journal(address, request.args)
    return _text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "application/json")


def negotiated() -> Response | None:
    """The RDF of what a page of CKAN is about, if the client prefers that (a hook before a request)."""
    view = ABOUT.get(request.endpoint or "")
    ending = answers.preferred_ending(otherwise="") if view and request.method in ("GET", "HEAD") else ""
    if not view or not ending:
        return None
    try:
        return view((request.view_args or {}).get("id", ""), ending)
    except tuple(answers.STATUS) as error:
        return answers.refused(error)


def told_apart(response: Response) -> Response:
    """Tell caches that such a page differs by what the client prefers (a hook after a request)."""
    if request.endpoint in ABOUT:
        response.vary.add("Accept")
    return response


def _catalogue(catalogue: Catalogue, ending: str) -> Response:
    asked = Asked.of(ending, request.args)
    return _page(partial(pages.catalogue_page, catalogue, asked), ending)


def _page(make: Callable[[], Page], ending: str) -> Response:
    page = make()
    if known := answers.known(page.tag, page.modified):
        return known
    page, text = pages.with_text(make, page)
    return answers.sent(text, ENDINGS[ending].media_type, page.tag, page.modified)


def _text(text: str, media_type: str, modified: datetime | None = None) -> Response:
    tag = hashlib.sha256(text.encode()).hexdigest()[: pages.TAG_LENGTH]
    return answers.known(tag, modified) or answers.sent(text, media_type, tag, modified)


def _of_another_profile(view: Callable[[str], Response], ending: str) -> Response:
    """What ckanext-dcat makes of the package or catalogue while the client waits."""
    if ending not in ckanext_dcat.CONTENT_TYPES:
        message = tk._("profiles: there is .{} of the profile {} only.").format(ending, PROFILE)
        raise tk.ValidationError({"profiles": [message]})
    return view(ending)


def _tombstone(gone: GoneError, ending: str) -> Response:
    """What is left of a package that was withdrawn: when, and what replaces it."""
    replaced_by = [URIRef(gone.replaced_by)] if gone.replaced_by else []
    at = Literal(gone.at.isoformat(), datatype=XSD.dateTime)
    said: Properties = {"prov:invalidatedAtTime": [at], "dct:isReplacedBy": replaced_by}
    syntax = ENDINGS[ending]
    text = document([statements(gone.uri, said, syntax.name)], syntax.name)
    response = Response(text, 410, content_type=f"{syntax.media_type}; charset=utf-8")
    if replaced_by:
        response.headers["Link"] = f'<{gone.replaced_by}>; rel="{REPLACED_BY}"'
    return response


# CKAN's pages and what they are about.
ABOUT: dict[str, Callable[[str, str], Response]] = {
    "home.index": lambda _reference, ending: catalogue(ending),
    "organization.read": organization,
    **{f"{kind}.read": package for kind in TYPES},
}

feed.before_app_request(negotiated)
feed.after_app_request(told_apart)
for error in answers.STATUS:
    feed.register_error_handler(error, answers.refused)
feed.add_url_rule("/catalog", view_func=negotiated_catalogue)
feed.add_url_rule(f"/catalog.{ANY_ENDING}", view_func=catalogue)
feed.add_url_rule("/catalog/changes", view_func=changes)
feed.add_url_rule(f"/organization/<reference>/catalog.{ANY_ENDING}", view_func=organization)
for kind in TYPES:
    feed.add_url_rule(f"/{kind}/<reference>.{ANY_ENDING}", f"read_{kind}", package)
    feed.add_url_rule(f"/{kind}/<reference>/quality.{ANY_ENDING}", f"quality_of_{kind}", quality)
