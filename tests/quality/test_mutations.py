"""A good catalogue is spoilt in one place at a time: the rule that has to notice does, and no other.

What the official shapes call a violation, ours must call one at the same node and property.
"""

import logging
from collections.abc import Iterator

import pytest
from ckanext.herne.quality import Report, validate
from ckanext.herne.quality.engine import PySHACL, Turbo
from ckanext.herne.quality.rules import rules
from herne_testing.mutations import NODES, Mutation, mutations
from herne_testing.official import violations
from rdflib import DCAT, XSD, Graph, Literal, URIRef

MUTATIONS = mutations()
VIOLATION = "Violation"
BATCH = 20
PERIOD = URIRef(NODES["period"])
# These break the list that a newer rule keeps, too: there is no graph that breaks them alone.
NEVER_ALONE = {"Checksum-old-algorithm", "Dataset-old-type"}

UNTYPED_DATE = "the official shapes take any literal for a date"
CONVENTION = "a convention of the handbook, whose shapes are not those of the 3.0 profile"
HVD = "high-value datasets are not part of the official profile; DCAT-AP HVD asks for it"
ONLY_OURS = {
    "Catalog-issued": UNTYPED_DATE,
    "Catalog-modified": UNTYPED_DATE,
    "Dataset-issued": UNTYPED_DATE,
    "Dataset-modified": UNTYPED_DATE,
    "DatasetSeries-issued": UNTYPED_DATE,
    "DatasetSeries-modified": UNTYPED_DATE,
    "Distribution-issued": UNTYPED_DATE,
    "Distribution-modified": UNTYPED_DATE,
    "Period-start": UNTYPED_DATE,
    "Record-issued": UNTYPED_DATE,
    "Record-modified": UNTYPED_DATE,
    "Period-order": "nothing ends before it starts",
    "Catalog-part-of": "a text is no catalogue; the official shapes ask for its class only, as a warning",
    "Contact-email": CONVENTION,
    "Contact-reachable": f"{CONVENTION}; the official shapes are content with a telephone number (K01)",
    "Dataset-contributorID": f"{CONVENTION} (K12)",
    "Dataset-contributorID-once": f"{CONVENTION} (K13)",
    "DataService-contributorID": CONVENTION,
    "Distribution-attributed": f"{CONVENTION} (K35)",
    "Dataset-hvd-category": HVD,
    "Dataset-hvd-needs-category": HVD,
    "Dataset-hvd-needs-regulation": HVD,
    "Distribution-hvd-needs-regulation": HVD,
    "DataService-hvd-category": HVD,
    "DataService-hvd-contact": HVD,
    "DataService-hvd-documentation": HVD,
    "Dataset-has-data": "GovData's harvester skips a dataset without data; the official shapes let it pass",
    "Dataset-title": "a title of blanks is none",
    "Distribution-access-url": "an address that is none leads nowhere",
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """rdflib logs a traceback for every ill-formed literal, and ill-formed they are meant to be."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def spoilt(good: Graph, line: str) -> Graph:
    MUTATIONS[line].spoil(good)
    return good


@pytest.fixture
def mutation(line: str) -> Mutation:
    return MUTATIONS[line]


def test_the_good_catalogue_is_good(good: Graph) -> None:
    report = validate(good)
    assert report.results == ()
    assert report.conforms
    assert report.datasets == 3


def broken(report: Report) -> set[str]:
    return {result.rule for result in report.results}


@pytest.mark.parametrize("line", MUTATIONS)
def test_the_rule_notices_and_no_other(spoilt: Graph, mutation: Mutation) -> None:
    report = validate(spoilt)
    assert broken(report) == {mutation.rule} | mutation.others
    assert {result.severity for result in report.results if result.rule == mutation.rule} == {
        mutation.severity
    }


@pytest.mark.parametrize("start", range(0, len(MUTATIONS), BATCH))
def test_both_engines_say_the_same(good: Graph, start: int) -> None:
    """The reference engine is slow: many mutations spoil the same catalogue."""
    for mutation in list(MUTATIONS.values())[start : start + BATCH]:
        mutation.spoil(good)
    report = validate(good, Turbo())
    assert len(report.results) >= BATCH / 4
    assert report.results == validate(good, PySHACL()).results


@pytest.mark.needs("shared")
@pytest.mark.parametrize("line", MUTATIONS)
def test_what_the_official_shapes_find_ours_find(spoilt: Graph, line: str) -> None:
    """And where ours find more, it is on purpose: ONLY_OURS says why."""
    results = [result for result in validate(spoilt).results if result.severity == VIOLATION]
    theirs = violations(spoilt)
    assert theirs <= {(result.focus, result.path) for result in results}
    more = {result.rule for result in results if (result.focus, result.path) not in theirs}
    assert more <= ONLY_OURS.keys()


def test_every_rule_speaks_both_languages_and_names_a_remedy() -> None:
    assert len(rules()) > 300
    for rule in rules().values():
        assert rule.severity in (VIOLATION, "Warning", "Info")
        said = (rule.message_de, rule.message_en, rule.remedy_de, rule.remedy_en)
        assert all(said), rule.name
        assert not any("{" in text for text in said), rule.name


def test_every_rule_but_the_catalogues_points_to_a_form_field() -> None:
    without = {rule.name for rule in rules().values() if not rule.field}
    assert {name.partition("-")[0] for name in without} == {"Catalog", "Record"}


def test_every_rule_has_a_mutation_that_breaks_it_alone() -> None:
    alone = {mutation.rule for mutation in MUTATIONS.values() if not mutation.others}
    assert {rule.name for rule in rules().values()} - alone == NEVER_ALONE
    assert {mutation.rule for mutation in MUTATIONS.values()} >= NEVER_ALONE


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2023-01-01", "2023-01-01"),
        ("2023-05-01", "2023"),
        ("2023", "2023-01-01"),
        ("2023-05", "2023-05-31"),
        ("2023-12-31T23:00:00Z", "2023-12-31"),
    ],
)
def test_a_period_may_be_short_and_its_ends_of_different_precision(good: Graph, start: str, end: str) -> None:
    kinds = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}
    for predicate, text in ((DCAT.startDate, start), (DCAT.endDate, end)):
        good.set((PERIOD, predicate, Literal(text, datatype=kinds.get(len(text), XSD.dateTime))))
    assert broken(validate(good)) == set()


def test_ids_beside_those_of_govdata_are_allowed(good: Graph) -> None:
    """Convention K13: of GovData's there is one, a deliverer may add its own."""
    own = URIRef("https://example.org/our-own-id")
    good.add((URIRef(NODES["me"]), URIRef("http://dcat-ap.de/def/dcatde/contributorID"), own))
    assert broken(validate(good)) == set()


def test_what_turbo_cannot_parse_is_judged_by_the_reference(good: Graph) -> None:
    """rdflib lets addresses pass that are none; a report is due all the same."""
    good.add((URIRef(NODES["me"]), DCAT.landingPage, URIRef("https://www.herne.de/[rad]")))
    good.remove((URIRef(NODES["me"]), DCAT.theme, None))
    assert broken(validate(good, Turbo())) == {"Dataset-theme-recommended"}
