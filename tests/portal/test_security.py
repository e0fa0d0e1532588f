"""What visitors must not see and what a browser must refuse."""

from __future__ import annotations

import io
from typing import Any

import pytest
from herne_testing.browser import Browser

SCRIPT = b"<html><script>document.title='owned'</script></html>"
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def uploaded(steward: Browser, filename: str, content: bytes, **fields: Any) -> str:
    """Path of the download of a freshly uploaded file."""
    dataset = steward.call("package_create", title=f"Upload {filename}", notes="n")
    data = {"package_id": dataset["id"], "upload": (io.BytesIO(content), filename), **fields}
    answer = steward.app.post("/api/3/action/resource_create", data=data, headers=steward.headers)
    url: str = answer.json["result"]["url"]
    return "/" + url.partition("//")[2].partition("/")[2]


@pytest.mark.parametrize(
    ("filename", "content", "fields"),
    [
        ("page.html", SCRIPT, {}),
        ("page.xhtml", SCRIPT, {}),
        ("drawing.svg", DRAWING, {}),
        ("data.csv", SCRIPT, {"mimetype": "text/html"}),
        ("data.xml", DRAWING, {}),
    ],
)
def test_an_uploaded_page_is_a_download_and_never_a_page(
    steward: Browser, visitor: Browser, filename: str, content: bytes, fields: dict[str, str]
) -> None:
    answer = visitor.get(uploaded(steward, filename, content, **fields), status=200)
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_an_uploaded_table_keeps_its_name(steward: Browser, visitor: Browser) -> None:
    answer = visitor.get(uploaded(steward, "werte.csv", b"a\n1\n"), status=200)
    assert "werte.csv" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "path", ["/", "/dataset/", "/api/3/action/status_show", "/no-such-page", "/user/login"]
)
def test_every_response_carries_the_security_headers(visitor: Browser, path: str) -> None:
    headers = visitor.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"]
    assert headers["Permissions-Policy"]
    policy = headers["Content-Security-Policy"]
    assert all(part in policy for part in ("frame-ancestors 'self'", "object-src 'none'", "base-uri 'self'"))


def test_scripts_and_styles_come_from_the_portal_alone(steward: Browser) -> None:
    for path in ("/", "/dataset/", "/about", "/organization/", "/dataset/new", "/user/login"):
        page = steward.page(path)
        tags = page.find_all(["script", "img", "iframe"]) + page.find_all("link", rel="stylesheet")
        sources = [tag.get("src") or tag.get("href") or "/" for tag in tags]
        assert [source for source in sources if not source.startswith("/")] == [], path


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("user_list", {}),
        ("user_show", {"id": "secret-person"}),
        ("member_list", {"id": "stadt-herne"}),
        ("organization_show", {"id": "stadt-herne", "include_users": True}),
        ("package_activity_list", {"id": "radverkehr"}),
        ("organization_activity_list", {"id": "stadt-herne"}),
        ("recently_changed_packages_activity_list", {}),
        ("user_activity_list", {"id": "secret-person"}),
    ],
)
def test_visitors_learn_nothing_about_people(
    steward: Browser, visitor: Browser, action: str, data: dict[str, Any]
) -> None:
    from ckan import model
    from ckan.tests import factories

    if model.User.get("secret-person") is None:
        factories.User(name="secret-person")
        steward.call("package_create", title="Radverkehr", notes="n")
    error = visitor.call(action, ok=False, **data)
    assert error["__type"] == "Authorization Error"
    steward.call(action, **data)


def test_an_organization_shows_no_people_to_visitors(visitor: Browser) -> None:
    assert "users" not in visitor.call("organization_show", id="stadt-herne")


def test_users_see_who_somebody_is_but_not_whether_they_are_administrators(steward: Browser) -> None:
    from ckan.tests import factories

    other, asking = factories.Sysadmin(), factories.User()
    browser = Browser(steward.app, factories.APIToken(user=asking["name"])["token"])
    shown = browser.call("user_show", id=other["name"])
    assert shown["name"] == other["name"]
    assert not {"sysadmin", "last_active"} & shown.keys()
    assert "sysadmin" in browser.call("user_show", id=asking["name"])
    assert "sysadmin" in steward.call("user_show", id=other["name"])
    assert all("sysadmin" not in user for user in browser.call("user_list") if user["name"] == other["name"])


def test_versions_are_told_to_administrators_only(steward: Browser, visitor: Browser) -> None:
    status = visitor.call("status_show")
    assert not {"ckan_version", "extensions", "error_emails_to"} & status.keys()
    assert status["site_title"] == "Open Data Herne"
    assert {"ckan_version", "extensions"} <= steward.call("status_show").keys()
    assert visitor.page("/").find("meta", attrs={"name": "generator"}) is None


def test_other_sites_may_read_the_api_as_visitors(visitor: Browser) -> None:
    answer = visitor.app.get("/api/3/action/package_list", headers={"Origin": "https://example.org"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def is_logged_in(client: Any) -> bool:
    """Whether the dashboard opens instead of the login page."""
    answer = client.get("/dashboard/datasets", follow_redirects=True)
    return answer.status_code == 200 and answer.request.path != "/user/login"


def test_logging_out_ends_the_session_on_the_server(portal: Any) -> None:
    from ckan.tests import factories

    person = factories.User(password="correct horse")
    client = portal.test_client(use_cookies=True)
    login = {"login": person["name"], "password": "correct horse", "remember": "63072000"}
    client.post("/user/login", data=login)
    assert is_logged_in(client)
    thief = portal.test_client(use_cookies=True)
    for cookie in client._cookies.values():
        thief.set_cookie(cookie.key, cookie.value, domain=cookie.domain)
    assert is_logged_in(thief)
    client.post("/user/_logout")
    assert not is_logged_in(thief)
    assert not is_logged_in(client)


def test_a_stranger_s_body_is_limited_a_steward_s_is_not(steward: Browser, visitor: Browser) -> None:
    long = b'{"q": "' + b"x" * (2 << 20) + b'"}'
    headers = {"Content-Type": "application/json"}
    address = "/api/3/action/package_search"
    assert visitor.app.post(address, data=long, headers=headers).status_code == 413
    assert steward.app.post(address, data=long, headers=headers | steward.headers).status_code != 413
    assert visitor.app.post(address, data=b'{"q": "x"}', headers=headers).status_code == 200
