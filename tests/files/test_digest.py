"""Size and checksum of any bytes, however they are cut, in constant memory."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.files import storage
from ckanext.herne.files.digest import SHA256, Facts, facts_of
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

GIBIBYTE = 1 << 30
SHA256_OF_A_GIBIBYTE_OF_ZEROS = "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14"
SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.lists(st.binary()))
def test_facts_do_not_depend_on_how_the_bytes_are_cut(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    assert facts_of(chunks) == Facts(len(whole), hashlib.sha256(whole).hexdigest(), SHA256)


@given(content=st.binary(max_size=64), chunk=st.integers(1, 17))
def test_a_stream_is_read_whole_whatever_the_size_of_a_chunk(content: bytes, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "CHUNK", chunk)
        assert b"".join(storage._chunks(io.BytesIO(content))) == content


@pytest.mark.parametrize("size", [storage.CHUNK - 1, storage.CHUNK, storage.CHUNK + 1, 2 * storage.CHUNK])
def test_nothing_is_lost_at_the_border_of_a_chunk(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    facts = facts_of(storage._chunks(io.BytesIO(content[:size])))
    assert facts == Facts(size, hashlib.sha256(content[:size]).hexdigest(), SHA256)


def test_an_empty_file_has_facts_too() -> None:
    assert facts_of([]) == Facts(0, SHA256_OF_NOTHING, SHA256)
    assert facts_of([]).are_complete


def test_a_large_file_without_line_breaks_takes_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(GIBIBYTE)
    tracemalloc.start()
    with large.open("rb") as file:
        facts = facts_of(storage._chunks(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert facts == Facts(GIBIBYTE, SHA256_OF_A_GIBIBYTE_OF_ZEROS, SHA256)
    assert peak < 4 * storage.CHUNK


def test_the_algorithm_is_one_of_the_vocabulary() -> None:
    assert vocabulary("checksum_algorithms").by_uri(SHA256) is not None
