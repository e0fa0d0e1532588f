"""Harvesters that have a page of the portal's catalogue already are told so before CKAN begins its work.

Everybody may read the feed, so this needs no session and no user, which is what a request costs CKAN most.
Every doubt is left to the portal: another address or profile, an error, a page that has changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckan.lib.app_globals import app_globals
from ckan.views import set_cache_control_headers_for_response, set_cors_headers_for_response
from ckanext.herne.feed import answers, pages
from ckanext.herne.feed.asked import Asked, is_ours
from ckanext.herne.feed.catalogue import portal_catalogue
from ckanext.herne.feed.syntaxes import ENDINGS
from ckanext.herne.portal.security import secured
from flask import Flask, Response, request
from flask.ctx import RequestContext
from flask.sessions import NullSession

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIApplication

PATH = re.compile(rf"/catalog\.({'|'.join(ENDINGS)})")
_SETTINGS = sa.select(model.SystemInfo.value).filter_by(key="ckan.config_update")
CONDITIONS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"}


class Conditional:
    """The WSGI application of `app`, with conditional requests for the catalogue answered before it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.portal = app.wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        answer = None if CONDITIONS.isdisjoint(environ) else self._answer(environ)
        application: WSGIApplication = answer or self.portal
        return application(environ, start_response)

    def _answer(self, environ: dict[str, Any]) -> Response | None:
        asked = PATH.fullmatch(environ.get("PATH_INFO", ""))
        if asked is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        with RequestContext(self.app, environ, session=NullSession()):
            try:
                return _known(asked[1])
            finally:
                model.Session.remove()


def _known(ending: str) -> Response | None:
    """The answer to the current request if its client has the page; None if the portal has to answer it."""
    if not is_ours(request.args.get("profiles")) or _has_new_settings():
        return None
    try:
        tag, modified = pages.catalogue_tag(portal_catalogue(), Asked.of(ending, request.args))
    except tuple(answers.STATUS):
        return None
    known = answers.known(tag, modified)
    if known is None:
        return None
    return secured(set_cache_control_headers_for_response(set_cors_headers_for_response(known)))


def _has_new_settings() -> bool:
    """Whether an administrator changed settings that this process has yet to read; CKAN does in a request."""
    return bool(model.Session.execute(_SETTINGS).scalar() != app_globals._config_update)
