"""The addresses for search engines and feed readers: /sitemap.xml, /robots.txt, Atom, Croissant.

Each answers a question that was asked before with 304; what is asked is left to the modules beside it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.herne.feed import store
from ckanext.herne.feed.discovery import changes, sitemap
from ckanext.herne.feed.discovery.croissant import croissant
from ckanext.herne.portal import config
from ckanext.herne.portal.language import page_language
from flask import Blueprint, Response, request

discovery = Blueprint("herne_discovery", __name__)

XML, ATOM, JSON_LD, TEXT = "application/xml", "application/atom+xml", "application/ld+json", "text/plain"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a catalogue without changes changed
LONGEST_NUMBER = 12  # digits; the database counts further, but nobody else


def answered(text: str, mimetype: str, modified: datetime | None = None) -> Response:
    """The text with ETag and, if known, Last-Modified; 304 to whoever has it already."""
    response = Response(text, content_type=f"{mimetype}; charset=utf-8")
    response.add_etag()
    if modified:
        response.last_modified = modified
    return response.make_conditional(request)


def robots() -> Response:
    """What crawlers may fetch."""
    return answered(tk.render("home/robots.txt"), TEXT)


def sitemap_index() -> Response:
    """The list of sitemaps."""
    found = sitemap.sitemaps()
    return _sitemap("sitemap_index.xml", found, sitemaps=found)


def sitemap_page(name: str) -> Response:
    """One sitemap: the portal's own pages, or a number of packages."""
    number = _number(name)
    if name == sitemap.PORTAL:
        pages = sitemap.portal_pages()
    else:
        pages = sitemap.package_pages(number) if number else []
    return _sitemap("sitemap.xml", pages, pages=pages) if pages else tk.abort(404)


def _sitemap(template: str, listed: list[sitemap.Listed], **values: Any) -> Response:
    site = tk.config["ckan.site_url"].rstrip("/")
    text = tk.render(f"herne/discovery/{template}", {"site": site, **values})
    listed_last = sitemap.newest(listed)
    # what was withdrawn changed the list too, and left no time in it
    times = [store.latest().at, listed_last and listed_last.replace(tzinfo=UTC)]
    return answered(text, XML, max(filter(None, times), default=None))


def changes_feed() -> Response:
    """The newest changes in the catalogue as an Atom feed; `before` is the id at which a page ends."""
    asked = request.args.get("before")
    before = _number(asked) if asked else None
    if asked and before is None:
        return tk.abort(400, tk._("before: expected the number of a change"))
    found = changes.newest(before, page_language().partition("_")[0])
    page = found[: changes.PAGE]
    updated = store.latest().at or NEVER
    text = tk.render(
        "herne/discovery/changes.xml",
        {
            "changes": page,
            "updated": updated,
            "language": page_language().replace("_", "-"),
            "publisher": config.publisher().name,
            "first": _changes_url(),
            "here": _changes_url(before=before) if before else _changes_url(),
            "next": _changes_url(before=page[-1].id) if len(found) > len(page) else "",
        },
    )
    return answered(text, ATOM, updated)


def _changes_url(**query: Any) -> str:
    return str(tk.h.url_for("herne_discovery.changes_feed", qualified=True, **query))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def dataset_as_croissant(dataset: str) -> Response:
    """A dataset with its tables as Croissant, for those who train with it."""
    try:
        found = tk.get_action("package_show")({"user": tk.current_user.name}, {"id": dataset})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        found = {}
    if found.get("type") != "dataset":
        return tk.abort(404, tk._("Dataset not found"))
    return answered(croissant(found), JSON_LD)


discovery.add_url_rule("/robots.txt", view_func=robots)
discovery.add_url_rule("/sitemap.xml", view_func=sitemap_index)
discovery.add_url_rule("/sitemap-<name>.xml", view_func=sitemap_page)
discovery.add_url_rule("/catalog/changes.atom", view_func=changes_feed)
discovery.add_url_rule("/dataset/<dataset>/croissant.jsonld", view_func=dataset_as_croissant)
