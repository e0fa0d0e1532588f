"""The European MQA score: sums counted by hand, what is unknown, and what a further statement can do."""

from typing import Any

import pytest
from ckanext.herne.dcat_ap_de import dataset_uri, describe
from ckanext.herne.quality import mqa
from ckanext.herne.quality.mqa import Score
from herne_testing.datasets import EU, RELATED, SERIES, SERVICE, SETTINGS, maximal, minimal
from hypothesis import given
from hypothesis import strategies as st
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, URIRef

URL = "https://example.org/daten"
DATASET, FIRST, SECOND = (URIRef(f"https://example.org/{name}") for name in ("set", "first", "second"))


def scored(dataset: dict[str, Any], **known: Any) -> Score:
    graph = describe(dataset, SETTINGS, RELATED)
    found = mqa.score(graph, URIRef(dataset_uri(dataset, SETTINGS)), **known)
    assert found is not None
    return found


def sums(score: Score) -> dict[str, int]:
    return {dimension.name: dimension.points for dimension in score.dimensions}


def missing(score: Score) -> dict[str, int]:
    return {metric.name: metric.possible for metric in score.missing}


def test_the_methodology_has_405_points() -> None:
    score = scored(maximal())
    possible = {dimension.name: dimension.possible for dimension in score.dimensions}
    assert possible == {
        "findability": 100,
        "accessibility": 100,
        "interoperability": 110,
        "reusability": 75,
        "contextuality": 20,
    }
    assert score.possible == 405
    assert len(score.metrics) == 23


def test_the_minimal_dataset_has_what_the_portal_fills_in() -> None:
    score = scored(minimal(), conforms=True)
    # contact 20, publisher 10, licence 20; date of issue 5 and of change 5; compliance 30
    assert sums(score) == {
        "findability": 0,
        "accessibility": 0,
        "interoperability": 30,
        "reusability": 50,
        "contextuality": 10,
    }
    assert (score.points, score.rating) == (90, "bad")
    assert score.at_most == 90 + 50  # if its address answers


def test_the_maximal_dataset_misses_only_the_eus_licence_list() -> None:
    score = scored(maximal(), conforms=True)
    assert sums(score) == {
        "findability": 100,
        "accessibility": 20,
        "interoperability": 110,
        "reusability": 65,
        "contextuality": 20,
    }
    assert (score.points, score.at_most, score.rating) == (315, 395, "good")
    assert missing(score) == {"knownLicence": 10}


def test_known_answers_count() -> None:
    file = "https://www.herne.de/rad/2023.csv"
    assert scored(maximal(), conforms=True, statuses={file: 200}).points == 395
    assert scored(maximal(), conforms=True, statuses={file: 301}).points == 395
    broken = scored(maximal(), conforms=True, statuses={file: 404})
    assert broken.points == 315
    assert {"accessUrlStatusCode", "downloadUrlStatusCode"} < missing(broken).keys()


def test_what_is_not_known_says_so_in_both_languages() -> None:
    unknown = {metric.name: metric for metric in scored(maximal()).metrics if metric.state == mqa.UNKNOWN}
    assert unknown.keys() == {"accessUrlStatusCode", "downloadUrlStatusCode", "dcatApCompliance"}
    for metric in unknown.values():
        assert metric.points == 0
        assert metric.hint_de.startswith("Nicht bekannt")
        assert metric.hint_en.startswith("Not known")


def test_violations_cost_the_points_of_compliance() -> None:
    assert scored(minimal(), conforms=False).points == scored(minimal(), conforms=True).points - 30


@pytest.mark.parametrize(
    ("changes", "name", "points"),
    [
        ({"tags": [{"name": "rad"}]}, "keywordAvailability", 30),
        ({"theme": [f"{EU}/data-theme/TRAN"]}, "categoryAvailability", 30),
        ({"temporal_coverage": [{"start": "2024"}]}, "temporalAvailability", 20),
        ({"access_rights": f"{EU}/access-right/PUBLIC"}, "accessRightsAvailability", 10),
    ],
)
def test_following_a_hint_brings_its_points(changes: dict[str, Any], name: str, points: int) -> None:
    before, after = scored(minimal()), scored(minimal(**changes))
    (hint,) = [metric for metric in before.missing if metric.name == name]
    assert hint.possible == points
    assert hint.field
    assert hint.hint_de
    assert hint.hint_en
    assert name not in missing(after)
    gained = sum(missing(before).values()) - sum(missing(after).values())
    assert after.points - before.points == gained >= points


def test_most_points_come_first() -> None:
    gains = [metric.possible for metric in scored(minimal()).missing]
    assert gains == sorted(gains, reverse=True)


def test_the_distribution_that_brings_most_counts_alone() -> None:
    graph = Graph()
    graph.add((DATASET, RDF.type, DCAT.Dataset))
    for distribution in (FIRST, SECOND):
        graph.add((DATASET, DCAT.distribution, distribution))
    graph.add((FIRST, DCAT.mediaType, Literal("csv")))  # 10
    graph.add((SECOND, DCTERMS.format, URIRef(f"{EU}/file-type/CSV")))  # 20, open 20, machine-readable 20
    score = mqa.score(graph, DATASET)
    assert score is not None
    assert (score.points, score.distribution) == (60, str(SECOND))
    assert missing(score)["mediaTypeAvailability"] == 10


def test_a_media_type_counts_as_its_format() -> None:
    graph = Graph()
    graph.add((DATASET, RDF.type, DCAT.Dataset))
    graph.add((DATASET, DCAT.distribution, FIRST))
    graph.add((FIRST, DCAT.mediaType, URIRef("https://www.iana.org/assignments/media-types/text/csv")))
    score = mqa.score(graph, DATASET)
    assert score is not None
    assert score.points == 10 + 20 + 20


def test_series_count_as_datasets_and_services_do_not() -> None:
    assert scored(SERIES, conforms=True).points == 170
    graph = describe(SERVICE, SETTINGS, RELATED)
    assert mqa.score(graph, URIRef(dataset_uri(SERVICE, SETTINGS))) is None


@pytest.mark.parametrize(
    ("points", "name"),
    [(0, "bad"), (120, "bad"), (121, "sufficient"), (221, "good"), (350, "good"), (351, "excellent")],
)
def test_ratings_begin_where_the_methodology_says(points: int, name: str) -> None:
    assert mqa.rating(points) == name


NODES = [DATASET, FIRST, SECOND]
COUNTED = {metric.path for metric in mqa.metrics() if metric.path}
PREDICATES = [*sorted(COUNTED), DCAT.distribution, DCAT.mediaType, DCTERMS.title]
VALUES = [
    *NODES,
    URIRef(URL),
    URIRef(f"{EU}/file-type/CSV"),
    URIRef(f"{EU}/file-type/PDF"),
    URIRef("https://www.iana.org/assignments/media-types/application/json"),
    URIRef(f"{EU}/licence/CC_BY_4_0"),
    URIRef(f"{EU}/access-right/PUBLIC"),
    Literal(""),
    Literal("text"),
]
TRIPLES = st.tuples(st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from(VALUES))
STATUSES = st.dictionaries(
    st.sampled_from([str(value) for value in VALUES]), st.sampled_from([200, 302, 404])
)


@given(st.lists(TRIPLES, max_size=30), TRIPLES, STATUSES, st.sampled_from([None, True, False]))
def test_a_further_statement_never_lowers_the_score(
    triples: list[Any], further: Any, statuses: dict[str, int], conforms: bool | None
) -> None:
    graph = Graph()
    graph.add((DATASET, RDF.type, DCAT.Dataset))
    for triple in triples:
        graph.add(triple)
    before = mqa.score(graph, DATASET, conforms=conforms, statuses=statuses)
    after = mqa.score(graph.add(further), DATASET, conforms=conforms, statuses=statuses)
    assert before is not None
    assert after is not None
    assert 0 <= before.points <= after.points <= after.at_most <= 405
    for score in (before, after):
        assert score.points == sum(metric.points for metric in score.metrics)
        assert score.points == sum(sums(score).values())
