"""What every response tells the browser to refuse, and the end of a session.

Served pages keep to their own origin, are not framed by others and do not leak addresses; uploaded files
are downloads, never pages; strangers send little. Rate limits and the addresses a harvest may fetch are
left to others.
"""

from __future__ import annotations

from typing import Any

from ckan.plugins.toolkit import config, current_user
from flask import Response, current_app, g, request, session

# CKAN's own templates still hold inline scripts and styles; without 'unsafe-inline' its forms break.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob: https:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
# What a browser shows without running anything in it.
HARMLESS = ("image/png", "image/jpeg", "image/gif", "image/webp")
# Bytes; room for the longest search, not for keeping a worker busy with parsing.
STRANGERS_BODY_LIMIT = 1 << 20


def limit_strangers() -> None:
    """Answer 413 to a body that nobody without an account has a reason to send (a hook before a request)."""
    if request.method not in ("GET", "HEAD", "OPTIONS") and not current_user.is_authenticated:
        request.max_content_length = STRANGERS_BODY_LIMIT


def demand_csrf_token() -> None:
    """Answer 400 to a form of a logged-in person without its token, also where CKAN stopped asking for it.

    After a call with an API token CKAN exempts the view for as long as the process lives, for everybody
    (ckan_before_request in ckan/config/middleware/flask_app.py): a hook after that one.
    """
    csrf = current_app.extensions["csrf"]
    is_asked = current_app.config["WTF_CSRF_ENABLED"] and current_app.config["WTF_CSRF_CHECK_DEFAULT"]
    if is_asked and current_user.is_authenticated and not g.get("login_via_auth_header"):
        view = current_app.view_functions.get(request.endpoint or "")
        if view is not None and f"{view.__module__}.{view.__name__}" in csrf._exempt_views:
            csrf.protect()


def secured(response: Response) -> Response:
    """The response with the security headers it lacks; uploads as attachments (a hook for after_request)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if str(config.get("ckan.site_url")).startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if is_upload():
        as_download(response)
    return response


def is_upload() -> bool:
    """Whether the request is for a file that an editor uploaded."""
    return (request.endpoint or "").endswith("_resource.download") or request.path.startswith("/uploads/")


def as_download(response: Response) -> None:
    """Keep an uploaded file from being shown, and its scripts from running, in the portal's origin."""
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    given = response.headers.get("Content-Disposition", "")
    if response.mimetype in HARMLESS or given.startswith("attachment"):
        return
    filename = given.partition(";")[2]
    response.headers["Content-Disposition"] = f"attachment;{filename}" if filename else "attachment"


def never_remember(sender: Any, **details: Any) -> None:
    """Drop CKAN's cookie that logs in by itself (a listener to a login): it would outlive the logout."""
    session.pop("_remember", None)


def end_session() -> None:
    """Forget what the session holds, so that its old cookie opens nothing (with sessions on the server)."""
    session.clear()
