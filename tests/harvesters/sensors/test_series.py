"""Which streams belong to a domain and how they are read; configurations and data files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ckanext.herne.harvesters.operations.config import parse as read
from ckanext.herne.harvesters.operations.errors import ConfigError, SourceError
from ckanext.herne.harvesters.operations.source import Reader
from ckanext.herne.harvesters.sensors.aggregate import Rule
from ckanext.herne.harvesters.sensors.domain import DOMAINS, Domain, domain, domains
from ckanext.herne.harvesters.sensors.notes import notes
from ckanext.herne.harvesters.sensors.parse import parse
from ckanext.herne.harvesters.sensors.protocols import NgsiLd, QuantumLeap, SensorThings, Station, Stream
from ckanext.herne.harvesters.sensors.series import belonging
from ckanext.herne.harvesters.sensors.source import SensorSource

SITE = Station("site", "P+R", None, {"totalSpotNumber": 121})


def stream(says: str, station: Station = SITE, *units: str) -> Stream:
    return Stream(f"{station.id}#{says}", station, says, None, says, units)


def value(series: Any, result: Any) -> list[float]:
    rows = parse([("2025-03-30T10:00:00Z", result)], series.reading).rows
    found: list[float] = rows.get_column("value").to_list()
    return found


def test_free_places_become_occupied_ones() -> None:
    [series] = belonging("x", domain("parking"), [stream("availableSpotNumber"), stream("name")]).series
    assert value(series, 21) == [100]
    assert value(series, 130) == []  # more free ones than there are places
    assert value(series, 121) == [0]
    site = Station("site", "P+R", None, {"totalSpotNumber": 121.0})
    [series] = belonging("x", domain("parking"), [stream("availableSpotNumber", site)]).series
    assert value(series, 21) == [100]


def test_a_site_that_tells_both_is_published_once_by_the_occupied_ones() -> None:
    both = [stream("availableSpotNumber"), stream("occupiedSpotNumber")]
    [series] = belonging("x", domain("parking"), both).series
    assert series.stream.says == "occupiedSpotNumber"


@pytest.mark.parametrize(
    "places", [{}, {"totalSpotNumber": "121"}, {"totalSpotNumber": True}, {"capacity": 19}]
)
def test_a_site_that_is_small_or_whose_places_nobody_knows_is_left_out(places: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match=r"no site may be published.*capacity, totalSpotNumber"):
        belonging("x", domain("parking"), [stream("occupiedSpotNumber", Station("s", "s", None, places))])


def test_the_smart_data_models_fraction_becomes_percent_unless_the_stream_says_percent() -> None:
    pole = Station("pole", "Pole")
    [series] = belonging("x", domain("weather"), [stream("relativeHumidity", pole)]).series
    assert value(series, 0.5) == [50]
    [series] = belonging("x", domain("weather"), [stream("relativeHumidity", pole, "P1")]).series
    assert value(series, 50) == [50]


def test_a_unit_nobody_knows_is_named_with_those_that_are_known() -> None:
    with pytest.raises(SourceError, match=r"'ppb' is not known for pm10\. Known units: ug/m3"):
        belonging("x", domain("air_quality"), [stream("pm10", Station("p", "p"), "ppb")])


def test_all_streams_with_an_unknown_unit_are_named_at_once() -> None:
    wrong = [stream("pm10", Station(name, name), "ppb") for name in ("oak", "elm")]
    with pytest.raises(SourceError, match=r"stream oak#pm10 .*stream elm#pm10 .*'ppb'"):
        belonging("x", domain("air_quality"), wrong)


def test_a_try_says_what_was_found_and_what_is_left_aside() -> None:
    small = Station("small", "Small site", None, {"totalSpotNumber": 12})
    streams = [stream("occupiedSpotNumber"), stream("occupiedSpotNumber", small), stream("name")]
    found, foreign, withheld = notes(belonging("x", domain("parking"), streams), goes_on=False)
    assert found == "1 stream belongs to the domain: P+R (occupied_bays [1])"
    assert foreign == "Measure nothing of this domain (1): P+R: name"
    assert withheld.endswith("(1): Small site: occupiedSpotNumber")
    poles = [stream("pm10", Station(str(number), f"Pole {number}")) for number in range(25)]
    (many,) = notes(belonging("x", domain("air_quality"), poles), goes_on=False)
    assert many.startswith("25 streams belong to the domain: Pole 0 (pm10 [ug/m3]); Pole 1 ")
    assert many.endswith("and 5 more")


@pytest.mark.parametrize("name", domains())
def test_every_domain_says_how_its_quantities_are_read(name: str) -> None:
    found = domain(name)
    assert found.id == name
    for quantity in found.quantities:
        assert isinstance(found.rule(quantity), Rule)
        assert quantity.names
        assert quantity.units[quantity.unit] == 1
        assert set(quantity.attributes.values()) <= set(quantity.units)
    said = [name for quantity in found.quantities for name in quantity.names]
    assert len(said) == len(set(said))
    assert found.dataset.themes
    assert found.dataset.title_en


def test_names_and_addresses_of_datasets_are_their_own() -> None:
    names = [domain(name).dataset.name for name in domains()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("cadence_minutes: 10", "cadence_minutes: 90", "cadence_minutes: at most 60"),
        ("stale_minutes: 30", "stale_minutes: 300", "stale_minutes: at most 60"),
        ("smallest_site: 20", "smallest_site: many", "line 8.*number"),
        ("aggregate: time_weighted", "aggregate: median", "line 3.*median"),
    ],
)
def test_a_wrong_domain_file_is_refused_with_the_reason(old: str, new: str, words: str) -> None:
    text = (DOMAINS.folder / "parking.yaml").read_text("utf-8")
    assert old in text
    with pytest.raises(ConfigError, match=words):
        read(text.replace(old, new), Domain)


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ("domain: parking", SensorThings),
        ("domain: parking\nprotocol: ngsi-ld\ncontext: https://example.org/c.jsonld", NgsiLd),
        ("domain: parking\nprotocol: quantumleap\nbroker: https://example.org/orion", QuantumLeap),
    ],
)
def test_a_configuration_names_its_protocol(http: Any, config: str, kind: type) -> None:
    source = SensorSource.configured(config)
    reader = Reader(http, "https://example.org/", "id", None, datetime(2025, 1, 1, tzinfo=UTC))
    platform = source.platform(reader)
    assert isinstance(platform, kind)
    assert platform.root == "https://example.org"
    if isinstance(platform, NgsiLd | QuantumLeap):
        assert "OffStreetParking" in platform.types


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("domain: parking\nprotocol: mqtt", "line 2.*'mqtt'"),
        ("domain: parking\n\ntypes: OffStreetParking", "line 3.*list"),
        ("domain: parking\nhourly_days: 0", "at least 1"),
        ("domain: parking\nheaders: {Fiware-Service: 3}", "line 2.*text"),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        SensorSource.configured(text)
