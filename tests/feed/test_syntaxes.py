"""Bodies taken apart and joined: in every syntax the document says what its parts say, and looks like one."""

import json
from typing import Any

import pytest
from ckanext.herne.dcat_ap_de import description, record_description
from ckanext.herne.feed.syntaxes import PREFIXES, SYNTAXES, body, document, statements
from herne_testing.datasets import MINIMAL, SERIES, SERVICE, SETTINGS, maximal
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from rdflib import DCTERMS, XSD, Graph, Literal, URIRef

PLACE = "https://x.example.org/"
NODE = st.text("abc", min_size=1, max_size=3).map(lambda name: URIRef(PLACE + name))
LINK = NODE | st.sampled_from(
    ["http://purl.org/dc/terms/", "http://schema.org/a.b,c", "mailto:a@b.de", "urn:x:1", f"{PLACE}?a=<&b='ü'"]
).map(lambda text: URIRef(text.replace("<", "%3C")))
PREDICATE = st.sampled_from(sorted(PREFIXES.values())).map(lambda namespace: URIRef(f"{namespace}name"))
TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("\n\"'\\<&>@"), max_size=8)
LITERAL = (
    TEXT.filter(bool).map(
        Literal
    )  # beside others rdflib drops an empty text in JSON-LD; a description has none
    | TEXT.map(lambda text: Literal(text, lang="de"))
    | TEXT.map(lambda text: Literal(text, datatype=PREFIXES["geo"] + "wktLiteral"))
    | st.integers().map(Literal)
    | st.datetimes().map(Literal)
    | st.decimals(allow_nan=False, allow_infinity=False, places=2).map(Literal)
)
TRIPLES = st.lists(st.tuples(NODE, PREDICATE, LINK | LITERAL), max_size=6)
GRAPHS = st.lists(TRIPLES.map(lambda triples: filled(triples)), max_size=4)


def filled(triples: Any) -> Graph:
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


def parsed(text: str, syntax: str) -> set:
    return set(Graph().parse(data=text, format=SYNTAXES[syntax].library_name))


@pytest.mark.parametrize("syntax", SYNTAXES)
@settings(deadline=None, max_examples=60)
@given(graphs=GRAPHS)
def test_a_joined_document_says_what_its_parts_say(syntax: str, graphs: list[Graph]) -> None:
    joined = document([body(graph, syntax) for graph in graphs], syntax)
    assert parsed(joined, syntax) == {triple for graph in graphs for triple in graph}


@pytest.mark.parametrize("syntax", SYNTAXES)
@settings(deadline=None, max_examples=60)
@given(
    triples=st.lists(st.tuples(PREDICATE, LINK | LITERAL.filter(lambda node: not node.language)), min_size=1)
)
def test_statements_are_a_body(syntax: str, triples: list) -> None:
    subject, properties = URIRef(f"{PLACE}?q='a'&b=c"), {}
    for predicate, node in triples:
        prefix = next(key for key, namespace in PREFIXES.items() if predicate.startswith(namespace))
        properties.setdefault(f"{prefix}:name", []).append(node)
    text = document([statements(subject, properties, syntax)], syntax)
    assert parsed(text, syntax) == {(subject, *pair) for pair in triples}


def packages() -> list[Graph]:
    return [
        part.graph
        for package in (maximal(), MINIMAL, SERIES, SERVICE)
        for part in (description(package, SETTINGS), record_description(package, SETTINGS))
    ]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_whole_packages_join_in_every_syntax(syntax: str) -> None:
    graphs = packages()
    bodies = [body(graph, syntax) for graph in graphs]
    assert bodies == [body(graph, syntax) for graph in packages()]
    assert parsed(document(bodies, syntax), syntax) == {triple for graph in graphs for triple in graph}


def test_turtle_is_pretty() -> None:
    text = document([body(graph, "ttl") for graph in packages()], "ttl")
    head, _, rest = text.partition("\n\n")
    assert all(line.startswith("@prefix ") for line in head.splitlines())
    assert "@prefix" not in rest
    assert "\n\n\n" not in text
    assert "a dcat:Dataset ;\n" in text


def test_json_ld_is_one_object_with_a_context() -> None:
    read = json.loads(document([body(graph, "jsonld") for graph in packages()], "jsonld"))
    assert set(read) == {"@context", "@graph"}
    assert read["@context"]["dcat"] == PREFIXES["dcat"]
    assert {"dcat:Dataset", "dcat:DataService"} <= {str(node.get("@type")) for node in read["@graph"]}


def test_rdf_xml_has_one_root_and_plain_nodes() -> None:
    root = etree.fromstring(document([body(graph, "xml") for graph in packages()], "xml").encode())
    rdf = f"{{{PREFIXES['rdf']}}}"
    assert root.tag == f"{rdf}RDF"
    assert {node.tag for node in root} == {f"{rdf}Description"}
    assert all(node.get(f"{rdf}about") for node in root)


def test_a_namespace_without_a_prefix_is_refused() -> None:
    graph = filled([(URIRef(PLACE), URIRef("https://elsewhere.example.org/p"), Literal(1))])
    with pytest.raises(ValueError, match="elsewhere"):
        body(graph, "xml")


def test_prefixes_that_stored_texts_use_keep_their_meaning() -> None:
    """What is stored was written with these: add a line for a new one, change none."""
    assert {
        "adms": "http://www.w3.org/ns/adms#",
        "dcat": "http://www.w3.org/ns/dcat#",
        "dcatap": "http://data.europa.eu/r5r/",
        "dcatde": "http://dcat-ap.de/def/dcatde/",
        "dct": str(DCTERMS),
        "dqv": "http://www.w3.org/ns/dqv#",
        "eli": "http://data.europa.eu/eli/ontology#",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "geo": "http://www.opengis.net/ont/geosparql#",
        "geodcatap": "http://data.europa.eu/930/",
        "herne": "https://opendata.herne.de/def/feed#",
        "hydra": "http://www.w3.org/ns/hydra/core#",
        "locn": "http://www.w3.org/ns/locn#",
        "odrl": "http://www.w3.org/ns/odrl/2/",
        "owl": "http://www.w3.org/2002/07/owl#",
        "prov": "http://www.w3.org/ns/prov#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "schema": "http://schema.org/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "spdx": "http://spdx.org/rdf/terms#",
        "time": "http://www.w3.org/2006/time#",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
        "xsd": str(XSD),
    }.items() <= PREFIXES.items()
