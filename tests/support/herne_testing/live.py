"""The loaded portal behind a real address, and what a person at a browser does with its forms."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

# Controls that a person meets: in view or by scrolling, not in a closed section.
CONTROLS = "input:not([type=hidden]), select, textarea"


@dataclass(frozen=True)
class Site:
    """A portal that listens, with the name and password of an editor of its only organization."""

    url: str
    user: str
    password: str

    def announce(self) -> None:
        """Let the portal know its address: it redirects to it, and makes URIs of it."""
        from ckan.common import config

        config["ckan.site_url"] = self.url

    def log_in(self, page: Page) -> None:
        self.announce()
        page.goto(f"{self.url}/user/login")
        page.fill("#field-login", self.user)
        page.fill("#field-password", self.password)
        page.press("#field-password", "Enter")
        try:
            page.wait_for_url("**/dashboard/**")
        except Error:
            # once the portal led to the address of test.ini, which is nowhere; who is logged in is so anyway
            self.announce()
            page.goto(f"{self.url}/dashboard/datasets")
            page.wait_for_url("**/dashboard/**")


class Silent(WSGIRequestHandler):
    """Requests are no news in a test's report."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextlib.contextmanager
def listening(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a free port of this machine; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def form(page: Page) -> Locator:
    """The form of a dataset, series, service or resource."""
    return page.locator("form.herne-form")


def open_controls(page: Page) -> list[str]:
    """Names of the controls that stand open."""
    names: list[str] = form(page).evaluate(
        f"form => [...form.querySelectorAll('{CONTROLS}')].filter(c => c.checkVisibility()).map(c => c.name)"
    )
    return names


def open_sections(page: Page) -> None:
    """Open every closed section of the form."""
    form(page).evaluate("form => form.querySelectorAll('details').forEach(d => { d.open = true; })")


def typed(page: Page) -> dict[str, list[str]]:
    """What all controls of the form hold, by name."""
    pairs: list[list[str]] = form(page).evaluate(
        "form => [...new FormData(form)].filter(([n, v]) => typeof v === 'string').map(([n, v]) => [n, v])"
    )
    held: dict[str, list[str]] = {}
    for name, value in pairs:
        held.setdefault(name, []).append(value)
    return held


def press(page: Page) -> None:
    """Send the form past the browser's own checks, by its main button."""
    form(page).evaluate("form => { form.noValidate = true; }")
    with page.expect_navigation():
        main_button(page).click()


def main_button(page: Page) -> Locator:
    return page.locator(".herne-actions .btn-primary")
