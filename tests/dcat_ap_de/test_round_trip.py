"""Writing and reading are one mapping: what is said comes back, and bad values never break a graph."""

import json
import string
from typing import Any

import pytest
from ckanext.herne.dcat_ap_de import Reading, describe, description, read, reading, record_description
from ckanext.herne.dcat_ap_de.iri import iri
from ckanext.herne.dcat_ap_de.places import places
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import licences
from herne_testing.datasets import (
    DE,
    EU,
    MAXIMAL,
    RELATED,
    SERIES,
    SERVICE,
    SETTINGS,
    SITE,
    minimal,
    resource,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rdflib import DCAT, DCTERMS, Graph, Literal, URIRef
from rdflib.compare import isomorphic

FORMS = ("turtle", "xml", "json-ld", "nt")
WORDS = st.text(string.ascii_letters + string.digits + "äöüßé .,;:!?\"'<>&{}[]\\/()-_#%\n\t", min_size=1).map(
    lambda text: " ".join(text.split(" ")).strip()
)
TEXT = WORDS.filter(bool)
NAME = st.text(string.ascii_lowercase, min_size=1, max_size=8)
URL = st.builds(
    "https://{}.example.org/{}{}".format,
    NAME,
    NAME,
    st.sampled_from(["", "?a=b&c=%20d", "/ä", "#teil", ":8080"]),
)
DATE = st.one_of(
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.integers(1, 9999).map("{:04d}".format),
    st.dates().map(lambda day: str(day)[:7]),
)
DEGREES = st.integers(-80_000_000, 80_000_000).map(lambda number: number / 1_000_000)
POINT = st.tuples(DEGREES, DEGREES).map(
    lambda point: json.dumps({"type": "Point", "coordinates": point}, separators=(",", ":"))
)


def uris(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([term.uri for term in vocabulary(name).terms])


def some(values: st.SearchStrategy[Any], size: int = 3) -> st.SearchStrategy[list[Any]]:
    """Lists as they come back from RDF: not empty, sorted, nothing twice."""
    return st.lists(values, min_size=1, max_size=size, unique=True).map(sorted)


def having(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


# not an address that the dataset itself may have: see test_an_address_names_one_thing
AGENT_URI = NAME.map("https://agents.example.net/{}".format)
AGENT = having(
    {"name": TEXT},
    {"type": uris("publisher_types"), "email": st.just("a.b+c@herne.de"), "url": URL, "uri": AGENT_URI},
)
CONTACT = having(
    {"email": NAME.map("{}@herne.de".format)},
    {"name": TEXT, "url": URL, "telephone": st.just("+49-2323-16")},
)
PERIOD = st.one_of(
    having({"start": DATE}, {"end": DATE, "beginning": DATE, "ending": DATE}), having({"end": DATE}, {})
)
LANGUAGES = st.sampled_from(["en", "fr", "nl", "en-GB", "zh-Hant"])
# addresses that the dataset itself has not: a dataset is no standard and no law
ELSEWHERE = NAME.map("https://laws.example.net/{}".format)
STATEMENT = st.one_of(ELSEWHERE, TEXT.filter(lambda text: not iri(text)))
ROLE = NAME.map("https://roles.example.net/{}".format)
DURATION = st.sampled_from(["PT1H", "P1D", "P1Y2M3DT4H5M6.7S", "PT15M"])
MEASURE = st.decimals(0, 10**6, places=3).map(lambda number: f"{number.normalize():f}")
OWN_PLACE = having({"text": TEXT}, {"bbox": POINT, "centroid": POINT, "geom": POINT})
KNOWN_PLACE = st.sampled_from(sorted(places().values(), key=str))
PLACES = st.lists(KNOWN_PLACE, max_size=2, unique_by=str).flatmap(
    lambda known: st.lists(OWN_PLACE, min_size=0 if known else 1, max_size=2).map(
        lambda own: sorted(known, key=str) + own
    )
)
RESOURCE = having(
    {
        "url": URL,
        "name": TEXT,
        "modified": DATE,
        "license_attribution_by_text": TEXT,
        "availability": uris("availability"),
    },
    {
        "description": TEXT,
        "description_translated": st.dictionaries(LANGUAGES, TEXT, min_size=1),
        "format": st.sampled_from(["CSV", "GeoJSON", "TTL", "Parquet"]),
        "documentation": some(URL),
        "rights": STATEMENT,
        "conforms_to": st.lists(STATEMENT, min_size=1, max_size=1),
        "compress_format": st.sampled_from(["application/gzip", "application/zip"]),
        "package_format": st.sampled_from(["application/gzip", "application/zip"]),
        "status": uris("distribution_status"),
        "spatial_resolution_in_meters": MEASURE,
        "temporal_resolution": DURATION,
        "applicable_legislation": st.lists(STATEMENT, min_size=1, max_size=1),
        "issued": DATE,
        "language": some(uris("languages")),
        "size": st.integers(0, 10**15),
        "download_url": URL,
    },
)


@st.composite
def datasets(draw: st.DrawFn) -> dict[str, Any]:
    """Dataset dicts in the form in which they are stored."""
    uri = draw(URL)
    dataset = draw(
        having(
            {
                "title": TEXT,
                "notes": TEXT,
                "publisher": st.lists(AGENT, min_size=1, max_size=1),
                "contact": st.lists(CONTACT, min_size=1, max_size=3),
                "contributor_id": some(uris("contributors"), 1),
                "identifier": TEXT,
                "modified": DATE,
                "url": URL,
            },
            {
                "tags": some(NAME).map(lambda names: [{"name": name} for name in names]),
                "theme": some(uris("themes")),
                "political_geocoding_level_uri": some(uris("geocoding_levels")),
                "spatial_coverage": PLACES,
                "temporal_coverage": st.lists(PERIOD, min_size=1, max_size=3),
                "issued": DATE,
                "language": some(uris("languages")),
                "frequency": uris("frequencies"),
                "access_rights": uris("access_rights"),
                "availability": uris("availability"),
                "notes_translated": st.dictionaries(LANGUAGES, TEXT, min_size=1),
                "tags_translated": st.dictionaries(LANGUAGES, some(NAME), min_size=1),
                "version": TEXT,
                "version_notes": TEXT,
                "alternate_identifier": st.lists(TEXT, min_size=1, max_size=1),
                "provenance": st.lists(STATEMENT, min_size=1, max_size=1),
                "conforms_to": some(ELSEWHERE),
                "applicable_legislation": st.lists(STATEMENT, min_size=1, max_size=1),
                "documentation": some(URL),
                "is_referenced_by": some(URL),
                "references": some(URL),
                "stat_dimension": some(URL),
                "stat_attribute": some(URL),
                "stat_unit_measure": some(URL),
                "dcat_type": some(uris("dataset_types")),
                "musterdatensatz": uris("musterdatensaetze"),
                "spatial_resolution_in_meters": MEASURE,
                "temporal_resolution": DURATION,
                "creator": st.lists(AGENT, min_size=1, max_size=1),
                "custodian": st.lists(AGENT, min_size=1, max_size=1),
                "qualified_attribution": st.lists(having({"role": ROLE, "name": TEXT}, {}), min_size=1),
                "qualified_relation": st.lists(having({"role": ROLE, "relation": URL}, {}), min_size=1),
            },
        )
    )
    resources = draw(st.lists(RESOURCE, max_size=3))
    for number, entry in enumerate(resources):
        entry["uri"] = f"{uri.partition('#')[0]}/r{number}"
        if "description" not in entry:
            entry.pop("description_translated", None)  # alone it would come back as the description as well
        if "format" in entry:
            entry["mimetype"] = "text/csv"  # each is derived from the other where only one is stated
    licence = draw(st.sampled_from([entry.id for entry in licences()]))
    return {"uri": uri, **dataset, **({"resources": resources, "license_id": licence} if resources else {})}


def everything(dataset: dict[str, Any]) -> dict[str, Any]:
    """A dict without the difference between what a dataset says for all its resources and what each says."""
    inherited = ("license_id", "license_attribution_by_text", "availability")
    entries = [
        {**{key: dataset[key] for key in inherited if key in dataset}, **entry}
        for entry in dataset.get("resources", [])
    ]
    own = {key: value for key, value in dataset.items() if key not in (*inherited[:2], "resources")}
    return {**own, "resources": entries}


def test_the_maximal_dataset_comes_back_as_it_went() -> None:
    for package in (MAXIMAL, SERIES, SERVICE):
        stored = {key: value for key, value in package.items() if key != "id"}
        graph = describe(package, SETTINGS, RELATED) + record_description(package, SETTINGS).graph
        assert reading(graph, package["uri"]) == Reading(stored, ())


@settings(deadline=None, max_examples=80)
@example(
    {
        "uri": "https://a.example.org/a",
        "title": "A",
        "notes": "the French repeat this text, the English, who would stand in for it, do not",
        "publisher": [{"name": "A"}],
        "contact": [{"email": "a@herne.de"}],
        "contributor_id": ["http://dcat-ap.de/def/contributors/openNRW"],
        "identifier": "a",
        "url": "https://a.example.org/a",
        "tags": [{"name": "a"}],
        "notes_translated": {
            "en": "B",
            "fr": "the French repeat this text, the English, who would stand in for it, do not",
        },
    },
    "turtle",
)
@given(datasets(), st.sampled_from(FORMS))
def test_what_is_said_comes_back(dataset: dict[str, Any], form: str) -> None:
    described = description(dataset, SETTINGS)
    assert not [problem for problem in described.problems if problem.key != "closed_licence"]
    text = described.graph.serialize(format=form)
    again = Graph().parse(data=text, format=form)
    assert isomorphic(again, described.graph)
    returned = read(again, str(described.uri))
    assert everything(returned) == everything(dataset)
    assert isomorphic(describe(returned, SETTINGS), described.graph)


def test_an_address_names_one_thing() -> None:
    """A dataset, its publisher and its distributions never melt into one node."""
    uri = f"{SITE}/dataset/1"
    same = [resource(id="a", uri=uri), resource(id="b", uri=f"{uri}/r"), resource(id="c", uri=f"{uri}/r")]
    told = description(minimal(uri=uri, publisher=[{"name": "Amt", "uri": uri}], resources=same), SETTINGS)
    assert [problem.key for problem in told.problems] == ["taken_uri"] * 3
    assert all(problem.message("de") and problem.message("en") for problem in told.problems)
    returned = read(told.graph, uri)
    assert returned["publisher"] == [{"name": "Amt"}]
    assert len({entry["uri"] for entry in returned["resources"]} | {uri}) == 4


@settings(deadline=None, max_examples=40)
@given(datasets())
def test_the_same_dataset_gives_the_same_bytes(dataset: dict[str, Any]) -> None:
    shuffled = dict(reversed(dataset.items()))
    assert describe(dataset, SETTINGS).serialize() == describe(shuffled, SETTINGS).serialize()


SCALAR = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just("gestern"))
ANYTHING = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(st.sampled_from(sorted(MAXIMAL)), ANYTHING, max_size=6),
    st.dictionaries(st.sampled_from(sorted(MAXIMAL["resources"][0])), ANYTHING, max_size=6),
    st.sampled_from(FORMS),
)
def test_nothing_breaks_a_feed(fields: dict[str, Any], inner: dict[str, Any], form: str) -> None:
    dataset = {**minimal(resources=[resource(**inner), fields]), **fields}
    graph = describe(dataset, SETTINGS)
    text = graph.serialize(format=form)
    assert isomorphic(Graph().parse(data=text.encode(), format=form), graph)


@settings(deadline=None, max_examples=150)
@given(
    st.text(), st.sampled_from(["", "https://", "https://x.org/", "mailto:", "http://[", "https://x.org:"])
)
def test_an_address_is_mended_or_refused_but_never_broken(text: str, start: str) -> None:
    graph = describe(minimal(url=start + text), SETTINGS)
    (page,) = graph.objects(None, graph.namespace_manager.expand_curie("dcat:landingPage"))
    assert not set(str(page)) & set(' <>"{}|\\^`\n\t')
    assert isomorphic(Graph().parse(data=graph.serialize().encode(), format="turtle"), graph)
    assert describe(minimal(url=str(page)), SETTINGS).serialize() == graph.serialize()


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("https://x.org/a b", "https://x.org/a%20b"),
        ("https://x.org/a%20b", "https://x.org/a%20b"),
        ("https://x.org/100%", "https://x.org/100%25"),
        ("https://x.org/ä?q=ö#ü", "https://x.org/ä?q=ö#ü"),
        ("https://x.org/?a[]=1", "https://x.org/?a%5B%5D=1"),
        ("https://x.org/a\u202eb", "https://x.org/a%E2%80%AEb"),
        ("https://[2001:db8::1]:8080/x", "https://[2001:db8::1]:8080/x"),
        ("HTTPS://x.org/", "HTTPS://x.org/"),
    ],
)
def test_how_addresses_are_mended(typed: str, written: str) -> None:
    graph = describe(minimal(url=typed), SETTINGS)
    assert read(graph, f"{SITE}/dataset/{minimal()['id']}")["url"] == written


def test_reading_prefers_the_portals_language() -> None:
    graph = Graph().parse(
        data="""
        @prefix dct: <http://purl.org/dc/terms/> .
        <https://x.org/d> dct:title "Zahl"@en, "Anzahl"@de, "A" ; dct:description "b"@fr, "c" .
        """,
        format="turtle",
    )
    assert read(graph, "https://x.org/d", "de") == {
        "uri": "https://x.org/d",
        "title": "Anzahl",
        "title_translated": {"en": "Zahl"},
        "notes": "c",
        "notes_translated": {"fr": "b"},
        "further_statements": [{"property": "dct:title", "value": "A"}],
    }
    assert read(graph, "https://x.org/d", "en")["title"] == "Zahl"


def test_a_text_in_a_foreign_language_alone_stays_foreign() -> None:
    graph = Graph().parse(
        data="""
        @prefix dct: <http://purl.org/dc/terms/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
        <https://x.org/d> a dcat:Dataset ; dct:title "Counts"@en ; dcat:keyword "bike"@en .
        """,
        format="turtle",
    )
    found = read(graph, "https://x.org/d")
    assert (found["title"], found["title_translated"]) == ("Counts", {"en": "Counts"})
    assert (found.get("tags"), found["tags_translated"]) == (None, {"en": ["bike"]})
    again = describe(found, SETTINGS)
    me = URIRef("https://x.org/d")
    assert list(again.objects(me, DCTERMS.title)) == [Literal("Counts", lang="en")]
    assert list(again.objects(me, DCAT.keyword)) == [Literal("bike", lang="en")]


def test_reading_knows_the_spellings_of_older_portals() -> None:
    graph = Graph().parse(
        data=f"""
        @prefix dct: <http://purl.org/dc/terms/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
        <https://x.org/d> dcat:theme <{EU.replace("http:", "https:")}/data-theme/TRAN> ;
            dct:language "de" ; dcat:distribution [ dct:format "text/csv" ;
                dct:license <https://www.dcat-ap.de/def/licenses/dl-zero-de/2.0/> ;
                dcat:mediaType "text/csv" ; dcat:byteSize "12.0" ] .
        """,
        format="turtle",
    )
    found = read(graph, "https://x.org/d")
    assert found["theme"] == [f"{EU}/data-theme/TRAN"]
    assert found["language"] == [f"{EU}/language/DEU"]
    assert found["license_id"] == "dl-de/zero-2.0"
    assert found["resources"] == [{"format": "CSV", "mimetype": "text/csv", "size": 12}]


def test_what_only_some_resources_say_stays_with_them() -> None:
    named = resource(id="a", license_attribution_by_text="Stadt Herne")
    graph = describe(minimal(resources=[named, resource(id="b")]), SETTINGS)
    found = read(graph, f"{SITE}/dataset/{minimal()['id']}")
    assert "license_attribution_by_text" not in found
    assert found["license_id"] == "dl-de/zero-2.0"
    assert [entry.get("license_attribution_by_text") for entry in found["resources"]] == ["Stadt Herne", None]


def test_a_contributor_of_another_system_comes_through() -> None:
    ids = [f"{DE}/contributors/openNRW", "https://portal.ruhr/contributors/herne"]
    assert read(describe(minimal(contributor_id=ids), SETTINGS), f"{SITE}/dataset/{minimal()['id']}")[
        "contributor_id"
    ] == sorted(ids)
