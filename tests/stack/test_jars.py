"""Solr's jars from a real HTTP server that plays the organisation's mirror."""

from __future__ import annotations

import hashlib
import http.server
import threading
from typing import TYPE_CHECKING

import pytest
from herne_stack import jars
from herne_stack.errors import ChecksumError, MissingJarError, NoNetworkError
from herne_stack.jars import Jar
from herne_stack.ports import any_free
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Mirror(http.server.ThreadingHTTPServer):
    """A Maven repository in memory; remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/maven2"

    def offer(self, name: str, content: bytes, delivered: bytes | None = None) -> Jar:
        """A jar of that content; `delivered` is what comes instead."""
        self.files[f"/maven2/de/herne/{name}/1.0/{name}-1.0.jar"] = delivered or content
        return Jar("de.herne", name, "1.0", hashlib.sha256(content).hexdigest(), len(content))


class Handler(http.server.BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path)
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def fetch(mirror: Mirror, wanted: list[Jar], folder: Path) -> list[int]:
    sizes: list[int] = []
    jars.fetch(wanted, folder, mirror.url, sizes.append)
    return sizes


def test_jars_arrive_whole(mirror: Mirror, tmp_path: Path) -> None:
    wanted = [mirror.offer(f"part{number}", bytes([number]) * 1000) for number in range(20)]
    sizes = fetch(mirror, wanted, tmp_path)
    assert sum(sizes) == 20_000
    assert jars.missing(wanted, tmp_path) == []
    assert (tmp_path / "part7-1.0.jar").read_bytes() == bytes([7]) * 1000


def test_a_changed_jar_is_refused_and_not_kept(mirror: Mirror, tmp_path: Path) -> None:
    bad = mirror.offer("bad", b"good content", delivered=b"evil content")
    with pytest.raises(ChecksumError, match=r"de\.herne:bad:1\.0"):
        fetch(mirror, [bad], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_break_costs_only_what_is_missing(mirror: Mirror, tmp_path: Path) -> None:
    good = mirror.offer("good", b"good")
    late = Jar("de.herne", "late", "1.0", hashlib.sha256(b"late").hexdigest(), 4)
    with pytest.raises(MissingJarError, match="late"):
        fetch(mirror, [good, late], tmp_path)
    assert jars.missing([good, late], tmp_path) == [late]
    mirror.offer("late", b"late")
    mirror.asked.clear()
    fetch(mirror, jars.missing([good, late], tmp_path), tmp_path)
    assert not any("good" in path for path in mirror.asked)
    assert jars.missing([good, late], tmp_path) == []


def test_a_truncated_file_in_the_cache_counts_as_missing(mirror: Mirror, tmp_path: Path) -> None:
    jar = mirror.offer("half", b"whole")
    (tmp_path / jar.filename).write_bytes(b"who")
    assert jars.missing([jar], tmp_path) == [jar]
    fetch(mirror, [jar], tmp_path)
    assert (tmp_path / jar.filename).read_bytes() == b"whole"


def test_no_network_says_how_many_are_missing(tmp_path: Path) -> None:
    jar = Jar("de.herne", "far", "1.0", "0" * 64, 1)
    with pytest.raises(NoNetworkError, match="1 of Solr's jars") as caught:
        jars.fetch([jar], tmp_path, f"http://127.0.0.1:{any_free()}/maven2", lambda _: None)
    assert "refused" in caught.value.where
    assert "HERNE_MAVEN_REPOSITORY" in caught.value.remedy


names = st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)


@given(st.lists(st.builds(Jar, names, names, names, st.just("ab" * 32), st.integers(0, 10**9))))
def test_the_lock_says_what_was_written(wanted: list[Jar]) -> None:
    lines = [f"{jar.coordinate} {jar.sha256} {jar.size}" for jar in wanted]
    assert jars.read_lock("\n".join(["# comment", "", *lines])) == wanted


def test_the_real_lock_is_complete_and_names_no_host() -> None:
    locked = jars.solr_jars()
    assert len({jar.filename for jar in locked}) == len(locked) > 100
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in locked)
    assert jars.solr_version() == "9.9.0"
    assert "://" not in jars.solr_resource("jars.lock")
