"""Reading what others wrote: pages are followed, dangerous documents refused, nothing is fetched unasked."""

from pathlib import Path

import pytest
from ckanext.herne.quality import sources
from ckanext.herne.quality.formats import phrases
from ckanext.herne.quality.sources import SourceError, graphs, parse
from herne_testing.website import Site
from rdflib import DCAT, RDF, Graph, URIRef

DATASET = "<https://x.org/{0}> a <http://www.w3.org/ns/dcat#Dataset> ."
HYDRA = "@prefix hydra: <http://www.w3.org/ns/hydra/core#> ."
RDF_XML = """<?xml version="1.0"?>{doctype}
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="https://x.org/d"><rdf:value>{value}</rdf:value></rdf:Description>
</rdf:RDF>"""


def names(source: str) -> list[list[str]]:
    """The datasets of each page of a source."""
    return [sorted(str(uri)[-1] for uri in page.subjects(RDF.type, DCAT.Dataset)) for page in graphs(source)]


@pytest.mark.parametrize("form", ["turtle", "xml", "pretty-xml", "json-ld", "nt", "n3"])
@pytest.mark.parametrize("name", ["feed", "feed.txt"])
def test_every_syntax_is_recognised_by_its_content(tmp_path: Path, form: str, name: str) -> None:
    path = tmp_path / name
    Graph().parse(data=DATASET.format("a"), format="turtle").serialize(path, format=form)
    assert names(str(path)) == [["a"]]


def test_pages_are_followed_each_once(site: Site) -> None:
    site.put("/c", f"{HYDRA} {DATASET.format('a')} <SITE/c> hydra:next '/c?page=2' .")
    site.put("/c?page=2", f"{HYDRA} {DATASET.format('b')} <SITE/c> hydra:nextPage <SITE/c?page=3> .")
    site.put("/c?page=3", f"{HYDRA} {DATASET.format('c')} <SITE/c> hydra:next <SITE/c> .")
    assert names(f"{site.url}/c") == [["a"], ["b"], ["c"]]
    assert site.asked == ["/c", "/c?page=2", "/c?page=3"]


def test_a_page_may_not_lead_to_a_file(site: Site, tmp_path: Path) -> None:
    site.put("/c", f"{HYDRA} {DATASET.format('a')} <SITE/c> hydra:next <file://{tmp_path}/x.ttl> .")
    assert names(f"{site.url}/c") == [["a"]]


def test_a_catalogue_without_end_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_PAGES", 3)
    for number in range(5):
        site.put(f"/{number}", f"{HYDRA} {DATASET.format('a')} <SITE/> hydra:next <SITE/{number + 1}> .")
    with pytest.raises(SourceError) as caught:
        names(f"{site.url}/0")
    assert caught.value.key == "too_many_pages"
    assert len(site.asked) == 3


def test_a_remote_context_is_not_fetched(site: Site) -> None:
    document = '{"@context": [{"x": "https://x.org/"}, "SITE/context"], "@id": "x:d"}'
    site.put("/c", document, "application/ld+json")
    with pytest.raises(SourceError) as caught:
        names(f"{site.url}/c")
    assert caught.value.key == "remote_context"
    assert site.asked == ["/c"]


def test_imports_are_not_followed(site: Site) -> None:
    text = f"{DATASET.format('a')} <https://x.org/> <http://www.w3.org/2002/07/owl#imports> <SITE/other> ."
    site.put("/c", text)
    assert names(f"{site.url}/c") == [["a"]]
    assert site.asked == ["/c"]


BOMB = '<!DOCTYPE x [<!ENTITY a "AAAAAAAAAA"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused(doctype: str, encoding: str) -> None:
    text = RDF_XML.replace('version="1.0"', f'version="1.0" encoding="{encoding}"')
    content = text.format(doctype=doctype, value="&a;").encode(encoding)
    with pytest.raises(SourceError) as caught:
        parse(content, "bomb.rdf", ".rdf")
    assert caught.value.key == "xml_entities"
    assert "1" in phrases("de")["xml_entities"].format(**caught.value.facts)


def test_harmless_xml_is_read() -> None:
    graph = parse(RDF_XML.format(doctype="<!DOCTYPE rdf>", value="&amp;").encode(), "x.rdf", ".rdf")
    assert str(graph.value(URIRef("https://x.org/d"), RDF.value)) == "&"


@pytest.mark.parametrize(
    ("content", "kind", "key"),
    [
        (b"this is no RDF", ".ttl", "not_rdf"),
        (b"<html><body>Wartung</body></html>", "text/html", "not_rdf"),
        (b"{", ".jsonld", "not_rdf"),
        (b"\xff\xfe\x00", ".ttl", "not_rdf"),
        (b"[" * 100_000, ".jsonld", "too_deep"),
        (b'{"@graph": ' + b"[" * 300 + b"]" * 300 + b"}", ".jsonld", "too_deep"),
        (b"<https://x.org/> <https://x.org/p> " + b"[ <p> " * 50_000, ".ttl", "too_deep"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, kind: str, key: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(content, "source", kind)
    assert caught.value.key == key


def test_a_large_document_is_refused_before_it_is_read(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1_000)
    path = tmp_path / "large.ttl"
    path.write_text("#" * 1_001)
    site.put("/large", "#" * 1_001)
    for source in (str(path), f"{site.url}/large"):
        with pytest.raises(SourceError) as caught:
            names(source)
        assert caught.value.key == "too_large"


def test_what_is_missing_is_named(site: Site, tmp_path: Path) -> None:
    for source, key in (
        (str(tmp_path / "no.ttl"), "missing_file"),
        (str(tmp_path), "unreadable_file"),
        (f"{site.url}/none", "unreachable"),
        ("http://127.0.0.1:1/", "unreachable"),
    ):
        with pytest.raises(SourceError) as caught:
            names(source)
        assert caught.value.key == key
        for language in ("de", "en"):
            assert source in phrases(language)[key].format(**caught.value.facts)
