"""Secrets of harvest sources: where they come from, where they go, and that they turn up nowhere else."""

from __future__ import annotations

import base64
import io
import json
import logging
import time
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import msgspec
import pytest
import requests
import sqlalchemy as sa
from ckan import model
from ckan.common import config
from ckanext.harvest.model import HarvestJob, HarvestSource
from ckanext.harvest.queue import get_harvester
from ckanext.harvest.tests.lib import run_harvest_job
from ckanext.herne.harvesters.operations import auth, clear, conceal, secrets
from ckanext.herne.harvesters.operations.auth import Access, auth_of
from ckanext.herne.harvesters.operations.conceal import HIDDEN, concealed, remember
from ckanext.herne.harvesters.operations.errors import ConfigError, SourceError
from ckanext.herne.harvesters.operations.http import Http, Limits
from herne_testing import unruly as parts
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CANARY = "kanarien-Vogel/42+"
KINDS: dict[str, dict[str, str]] = {
    "bearer": {"kind": "bearer", "secret": "udp-token"},
    "basic": {"kind": "basic", "user": "herne", "secret": "udp-token"},
    "api-key": {"kind": "api-key", "header": "X-Api-Key", "secret": "udp-token"},
    "oauth2": {"kind": "oauth2", "client": "herne", "secret": "udp-token", "scope": "read"},
}
BASIC = base64.b64encode(f"herne:{CANARY}".encode()).decode()


class Echo:
    """A server that keeps what it is asked, grants tokens, and may answer with all headers it got."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.granted = 0
        self.status = 200
        self.life: float | None = 3600
        self.url = ""

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        self.asked.append(request)
        return self.answer(request)(environ, start)

    def answer(self, request: Request) -> Response:
        if request.path == "/token" and self.status == 200:
            self.granted += 1
            life = {} if self.life is None else {"expires_in": self.life}
            grant = {"access_token": f"{CANARY}-{self.granted}", "token_type": "Bearer"} | life
            return Response(json.dumps(grant), mimetype="application/json")
        if request.path == "/away":
            return Response("", 302, {"Location": request.args["to"]})
        text = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        return Response(f"you sent {request.url}\n{text}", self.status)

    @property
    def proofs(self) -> list[str]:
        """What was sent to prove who one is, by request."""
        return [
            request.headers.get("Authorization") or request.headers.get("X-Api-Key", "")
            for request in self.asked
            if request.path != "/token"
        ]


@pytest.fixture
def echo(serve: Callable[[Any], str]) -> Echo:
    server = Echo()
    server.url = serve(server)
    return server


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch, echo: Echo) -> None:
    """The operator's secret in the environment, for the server `echo`."""
    monkeypatch.setenv("HERNE_SECRET_UDP_TOKEN", CANARY)
    monkeypatch.setenv("HERNE_SECRET_UDP_TOKEN_FOR", f"https://udp.example {echo.url}/")


def access(way: dict[str, str], **more: Any) -> Access:
    return msgspec.convert({"auth": way, **more}, Access)


def way_of(kind: str, echo: Echo) -> dict[str, str]:
    return KINDS[kind] | ({"token_url": f"{echo.url}/token"} if kind == "oauth2" else {})


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Token servers of these tests are on this machine, which an operator has to allow."""
    monkeypatch.setitem(config, "ckanext.herne.harvest.allow_private_addresses", True)


def session(found: Access, url: str) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.auth = auth_of(found, url)
    return made


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("kind", "proof"),
    [
        ("bearer", f"Bearer {CANARY}"),
        ("basic", f"Basic {BASIC}"),
        ("api-key", CANARY),
        ("oauth2", f"Bearer {CANARY}-1"),
    ],
)
def test_each_kind_proves_who_one_is(echo: Echo, kind: str, proof: str) -> None:
    session(access(way_of(kind, echo)), echo.url).get(f"{echo.url}/data")
    assert echo.proofs == [proof]


@pytest.mark.parametrize("found", [Access(), access({"kind": "none"})])
def test_without_auth_nothing_is_sent(found: Access) -> None:
    assert auth_of(found, "https://udp.example/") is None


@pytest.mark.usefixtures("secret")
def test_tenants_go_with_every_request(echo: Echo) -> None:
    found = access(
        way_of("bearer", echo), headers={"Fiware-Service": "herne", "Fiware-ServicePath": "/umwelt"}
    )
    session(found, echo.url).get(echo.url)
    sent = echo.asked[0].headers
    assert (sent["Fiware-Service"], sent["Fiware-ServicePath"]) == ("herne", "/umwelt")
    assert sent["Authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize("name", ["Authorization", "Host", "Cookie", "X Y", "A\r\nB", ""])
def test_headers_that_mean_something_else_are_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        auth.checked(Access(headers={name: "x"}))


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_goes_to_no_other_server(echo: Echo, serve: Callable[[Any], str], kind: str) -> None:
    """Neither by a redirect or link, nor because an editor enters another address."""
    other = Echo()
    other.url = serve(other)
    found = access(way_of(kind, echo))
    reading = Http(allow_private=True, limits=Limits(attempts=1))
    reading.session.auth = auth_of(found, echo.url)
    reading.get(f"{echo.url}/away?to={other.url}")
    reading.get(other.url)
    assert echo.proofs != [""]
    assert other.proofs == ["", ""]
    with pytest.raises(ConfigError, match="HERNE_SECRET_UDP_TOKEN_FOR") as caught:
        auth_of(found, other.url)
    assert CANARY not in str(caught.value)


@pytest.mark.usefixtures("secret")
def test_a_client_secret_goes_to_no_other_token_server() -> None:
    way = KINDS["oauth2"] | {"token_url": "https://evil.example/token"}
    with pytest.raises(ConfigError, match=r"evil\.example"):
        auth.checked(access(way))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://udp.example/v1.1/Things", True),
        ("https://UDP.example:443/", True),
        ("http://udp.example/", False),
        ("https://udp.example:8443/", False),
        ("https://udp.example.evil.example/", False),
        ("https://udp.example@evil.example/", False),
        ("https://evil.example/?https://udp.example/", False),
        ("udp.example", False),
        ("", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(monkeypatch: pytest.MonkeyPatch, url: str, allowed: bool) -> None:
    monkeypatch.setenv("HERNE_SECRET_A", CANARY)
    monkeypatch.setenv("HERNE_SECRET_A_FOR", "https://udp.example broken")
    assert secrets.secret("a").may_go_to(url) is allowed


@pytest.mark.usefixtures("secret")
def test_a_token_is_asked_for_when_the_old_one_ends(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(auth.time, "monotonic", lambda: now)
    reading = session(access(way_of("oauth2", echo)), echo.url)
    reading.get(echo.url)
    now += 3600 - auth.MARGIN - 1
    reading.get(echo.url)
    assert echo.granted == 1
    now += 2
    reading.get(echo.url)
    assert echo.proofs[-1] == f"Bearer {CANARY}-2"
    echo.life = None
    now += 3600
    reading.get(echo.url)
    now += auth.USUAL_LIFE
    reading.get(echo.url)
    assert echo.granted == 4
    asked = next(request for request in echo.asked if request.path == "/token")
    assert asked.method == "POST"
    assert asked.headers["Authorization"].startswith("Basic ")


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("status", [302, 401, 500])
def test_a_token_server_that_refuses_is_told_without_secrets(echo: Echo, status: int) -> None:
    echo.status = status
    with pytest.raises(SourceError, match="token server") as caught:
        session(access(way_of("oauth2", echo)), echo.url).get(echo.url)
    assert CANARY not in str(caught.value)


def token_of(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Asks the token server at `url` for a token, with a secret that may go there."""
    monkeypatch.setenv("HERNE_SECRET_UDP_TOKEN", CANARY)
    monkeypatch.setenv("HERNE_SECRET_UDP_TOKEN_FOR", url)
    session(access(KINDS["oauth2"] | {"token_url": f"{url}/token"}), url).get(url)


def test_a_token_server_is_reached_as_sources_are(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may edit a source cannot have the portal's own network asked."""
    monkeypatch.setitem(config, "ckanext.herne.harvest.allow_private_addresses", False)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1, which is not a public address"):
        token_of(monkeypatch, echo.url)
    assert not echo.asked


DRIPPING = parts.then(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", parts.drip(b"1"))
GRANT = b'{"access_token": "%s", "expires_in": 9}' % (b"x" * 100_000)


@pytest.mark.parametrize(
    ("part", "words"),
    [(DRIPPING, "not complete after 0.3 s"), (parts.answer(GRANT), "larger than")],
    ids=["dripping", "huge"],
)
def test_a_token_server_that_misbehaves_ends_soon(
    monkeypatch: pytest.MonkeyPatch, part: Any, words: str
) -> None:
    monkeypatch.setattr(auth, "TOTAL_LIMIT", 0.3)
    with parts.unruly() as server:
        server.parts["/token"] = part
        started = time.monotonic()
        with pytest.raises(SourceError, match=words):
            token_of(monkeypatch, server.url)
        assert time.monotonic() - started < 2


def test_an_echoed_secret_is_concealed_before_the_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a secret at the end of what is told, no few letters are left that nothing recognises."""
    monkeypatch.setenv("HERNE_SECRET_UDP_TOKEN", CANARY)
    secrets.secret("udp-token")
    with parts.unruly() as server:
        server.parts["/"] = parts.answer(("x" * 295 + f" {CANARY} is no key").encode(), status="403 No")
        with pytest.raises(SourceError, match="403: xxx") as caught:
            Http(allow_private=True, limits=Limits(attempts=1)).get(f"{server.url}/")
    assert CANARY[:4] not in str(caught.value)


def test_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(config, "ckanext.herne.secrets_directory", str(tmp_path))
    value, place = tmp_path / "udp-token", tmp_path / "udp-token.for"
    value.write_text(f"{CANARY}\n")
    place.write_text("https://udp.example\n")
    value.chmod(0o640)
    place.chmod(0o600)
    found = secrets.secret("udp-token")
    assert found.value == CANARY
    assert found.may_go_to("https://udp.example/")
    assert CANARY not in repr(found)
    for mode in (0o604, 0o644, 0o660, 0o602):
        value.chmod(mode)
        with pytest.raises(ConfigError, match="chmod 600"):
            secrets.secret("udp-token")
    value.unlink()
    with pytest.raises(ConfigError, match="HERNE_SECRET_UDP_TOKEN"):
        secrets.secret("udp-token")


def test_what_is_too_short_for_a_secret_tears_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conceal, "_known", {*conceal._known})
    remember("ä")
    assert concealed("7 von 8 Einträgen kamen") == "7 von 8 Einträgen kamen"
    remember("äöüß")
    assert concealed("mit äöüß angemeldet") == f"mit {HIDDEN} angemeldet"


@pytest.mark.parametrize("value", ["abcd\nefgh", "schlüssel", "abcd\x7f", "abc"])
def test_a_value_to_neither_send_nor_conceal_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HERNE_SECRET_A", value)
    with pytest.raises(ConfigError) as caught:
        secrets.secret("a")
    assert value not in str(caught.value)


@pytest.mark.parametrize("name", ["", "Hunter2!", "../etc/passwd", "udp-token.for", "a" * 64, CANARY])
def test_only_names_are_references(name: str) -> None:
    """Whoever enters the value itself does not read it again in the error."""
    with pytest.raises(ConfigError) as caught:
        secrets.secret(name)
    assert not name or name not in str(caught.value)


CLEAR = {
    "password": {"password": CANARY},
    "token": {"token": CANARY},
    "apikey": {"apikey": CANARY},
    "api_key": {"api_key": CANARY},
    "auth.token": {"auth": {"kind": "bearer", "token": CANARY}},
    "auth.client_secret": {"auth": {"kind": "oauth2", "client_secret": CANARY}},
    "headers.Authorization": {"headers": {"Authorization": f"Bearer {CANARY}"}},
    "headers.X-Whatever": {"headers": {"X-Whatever": f"Bearer {CANARY}"}},
    "extra[0].url": {"extra": [{"url": f"https://herne:{CANARY}@udp.example"}]},
    "auth.token_url": {"auth": {"token_url": "https://a.example/token?client_secret=x-" + CANARY}},
}


@pytest.mark.parametrize("place", CLEAR)
def test_a_secret_in_clear_is_recognised(place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        clear.refuse_config(json.dumps(CLEAR[place]))
    assert str(caught.value).startswith(place + " ")
    assert "HERNE_SECRET_" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_what_names_no_secret_passes() -> None:
    for kind, way in KINDS.items():
        token_url = {"token_url": "https://udp.example/oauth/token"} if kind == "oauth2" else {}
        clear.refuse_config(json.dumps({"domain": "air", "auth": way | token_url}))
    clear.refuse_config('{"headers": {"Fiware-Service": "herne"}, "url": "https://udp.example/?page=1"}')
    clear.refuse_config("")
    clear.refuse_config("no mapping")
    clear.refuse_url("https://udp.example/v1.1?$top=1000&key=")


def test_text_that_is_no_yaml_is_searched() -> None:
    with pytest.raises(ConfigError):
        clear.refuse_config(f"{{password: '{CANARY}'")


def test_logs_conceal(monkeypatch: pytest.MonkeyPatch) -> None:
    """However a library writes it: as an argument, in an exception, quoted for an address."""
    monkeypatch.setenv("HERNE_SECRET_A", CANARY)
    secrets.secret("a")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    log = logging.getLogger("somebody.else")
    log.addHandler(handler)
    try:
        log.warning("sent %s", CANARY)
        log.warning({"sent": CANARY})
        log.warning("sent %(header)s", {"header": CANARY})
        log.warning("at https://udp.example/?q=%s", "kanarien-Vogel%2F42%2B")
        try:
            int(CANARY)
        except ValueError:
            log.exception("it failed")
        log.warning("nothing to hide, %d %%", 100)
    finally:
        log.removeHandler(handler)
    written = stream.getvalue()
    assert "anarien" not in written
    assert written.count(HIDDEN) == 5
    assert "Traceback" in written
    assert "nothing to hide, 100 %" in written


# the whole way

TYPES = {
    "herne_sensorthings": {"domain": "air_quality", "dataset": "geheim-sensoren"},
    "herne_hits": {"theme": "bevoelkerung", "dataset": "geheim-hits"},
    "herne_dcat": {},
}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, down to debugging."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    levels = {log: log.level for log in (root, logging.getLogger("ckan"), logging.getLogger("ckanext"))}
    root.addHandler(handler)
    for log in levels:
        log.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    for log, level in levels.items():
        log.setLevel(level)


def source_data(kind: str, url: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"geheim-{kind.replace('_', '-')}",
        "title": f"Quelle {kind}",
        "url": url,
        "source_type": kind,
        "owner_org": "stadt-herne",
        "frequency": "MANUAL",
        "config": json.dumps(TYPES[kind] | settings),
    }


def everything_stored() -> str:
    """Every row of every table of the portal's database, as text."""
    engine = model.meta.engine
    found = []
    with engine.connect() as connection:
        for table in sa.inspect(engine).get_table_names():
            found += [str(row) for row in connection.execute(sa.text(f'SELECT t::text FROM "{table}" t'))]
    return "\n".join(found)


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("status", [401, 500, 200])
@pytest.mark.parametrize("kind", TYPES)
def test_a_secret_turns_up_nowhere(
    site: dict[str, Any],
    echo: Echo,
    written: io.StringIO,
    portal: Any,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    status: int,
) -> None:
    """A server echoes what it got; tables, logs, pages and answers of the harvest are searched for it."""
    monkeypatch.setitem(config, "ckanext.herne.harvest.attempts", 1)
    echo.status = status
    way = way_of("basic" if status == 500 else "bearer", echo)
    data = source_data(kind, f"{echo.url}/{kind}/{status}", {"auth": way, "headers": {"Fiware-Service": "h"}})
    data["name"] += f"-{status}"
    made = tk.get_action("harvest_source_create")(dict(site), data)
    source = HarvestSource.get(made["id"])
    assert json.loads(source.config)["auth"] == way
    job_id = tk.get_action("harvest_job_create")(dict(site), {"source_id": source.id, "run": False})["id"]
    run_harvest_job(HarvestJob.get(job_id), get_harvester(kind))
    assert echo.proofs[0] in (f"Bearer {CANARY}", f"Basic {BASIC}")
    report = tk.get_action("harvest_job_report")(dict(site), {"id": job_id})
    said = json.dumps(report, ensure_ascii=False)
    assert report["gather_errors"] or report["object_errors"]

    token = tk.get_action("api_token_create")(dict(site), {"user": site["user"], "name": f"{kind}{status}"})
    header = {"Authorization": token["token"]}
    paths = ("/harvest/{}", "/harvest/admin/{}", "/harvest/edit/{}", "/harvest/{}/job/" + job_id)
    pages = [portal.get(path.format(data["name"]), headers=header, status=200).body for path in paths]
    shown = json.dumps(tk.get_action("harvest_source_show")(dict(site), {"id": source.id}))
    for text in (said, shown, written.getvalue(), everything_stored(), *pages):
        assert "anarien" not in text
        assert BASIC not in text
    assert "udp-token" in shown


@pytest.mark.parametrize("action", ["harvest_source_create", "harvest_source_update", "package_create"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("config", json.dumps({"domain": "air_quality", "password": CANARY})),
        ("url", f"https://herne:{CANARY}@udp.example/"),
        ("url", f"https://udp.example/?token={CANARY}"),
    ],
)
def test_a_source_with_a_secret_in_clear_is_refused_and_not_logged(
    site: dict[str, Any], written: io.StringIO, action: str, field: str, value: str
) -> None:
    data = source_data("herne_sensorthings", "https://udp.example/clear", {}) | {
        "type": "harvest",
        "name": "klar",
    }
    if action.endswith("update"):
        data["id"] = "klar"
        if not model.Package.get("klar"):
            tk.get_action("harvest_source_create")(dict(site), dict(data))
    with pytest.raises(tk.ValidationError) as caught:
        tk.get_action(action)(dict(site), data | {field: value})
    assert "HERNE_SECRET_" in str(caught.value.error_dict[field])
    assert CANARY not in str(caught.value)
    assert CANARY not in written.getvalue()


def test_a_secret_that_is_missing_is_told_when_the_source_is_saved(site: dict[str, Any]) -> None:
    data = source_data("herne_hits", "https://udp.example/missing", {"auth": KINDS["bearer"]})
    with pytest.raises(tk.ValidationError) as caught:
        tk.get_action("harvest_source_create")(dict(site), data)
    assert "HERNE_SECRET_UDP_TOKEN" in str(caught.value.error_dict)


@pytest.mark.usefixtures("secret")
def test_a_secret_is_concealed_whole_cut_off_and_quoted() -> None:
    secrets.secret("udp-token")
    assert concealed(f"at {CANARY}, {CANARY}{CANARY}") == f"at {HIDDEN}, {HIDDEN}{HIDDEN}"
    assert concealed("?q=kanarien-Vogel%2F42%2B&b") == f"?q={HIDDEN}&b"
    assert concealed(f"Bearer {CANARY[:-3]}") == f"Bearer {HIDDEN}"
    assert concealed("a text") == "a text"
