"""InstantAtlas reports: the synthetic files, the real ones with every fact, and what breaks off."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl
import pytest
from ckanext.herne.harvesters.hits import atlas, compare, outline
from ckanext.herne.harvesters.hits import report as data
from ckanext.herne.harvesters.hits.theme import Atlas, Indicator, Place, Theme, theme
from ckanext.herne.harvesters.operations.errors import SourceError
from herne_testing.needs import SHARED
from hypothesis import given
from hypothesis import strategies as st

INVENTED = SHARED / "fixtures" / "hits"
JENA = SHARED / "fixtures" / "real" / "instantatlas" / "jena"
DESIGNER = SHARED / "fixtures" / "real" / "instantatlas" / "iadesigner-area-profile"


def described(where: Atlas, **units: str) -> Theme:
    """A theme of which only the part about the report and the indicators matter."""
    indicators = tuple(Indicator(name, "@A", unit, name, name) for name, unit in units.items())
    return msgspec.structs.replace(
        theme("bevoelkerung"), indicators=indicators, atlas=where, shares=(), reference=None
    )


def report(
    features: int, *series: tuple[str, list[Any]], comparisons: list[Any] | None = None
) -> dict[str, Any]:
    indicators = [
        {"id": "i", "name": "Merkmal", "date": date, "values": values, "comparisonValues": comparisons or []}
        for date, values in series
    ]
    return {
        "geographies": [
            {
                "id": "g",
                "name": "Bezirke",
                "features": [{"id": str(number), "name": f" Bezirk {number}"} for number in range(features)],
                "comparisonFeatures": [{"id": "0", "name": "Stadt"}, {"id": "3", "name": "Land"}],
                "themes": [{"id": "t", "name": "Thema", "indicators": indicators}],
            }
        ]
    }


SMALL = described(
    Atlas(
        "t",
        {"g": "statistischer_bezirk"},
        {"i": "people"},
        {"0": Place("city", "05916000", "Herne"), "3": Place("land", "05", "NRW")},
    ),
    people="1",
)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=40))
def test_values_belong_to_the_feature_of_their_place(values: list[int]) -> None:
    rows = atlas.read_report(SMALL, "data.js", report(len(values), ("2020", values)), {})
    districts = rows.filter(pl.col("level") == "statistischer_bezirk")
    assert dict(districts.select("area_id", "value").iter_rows()) == {
        str(place): value for place, value in enumerate(values)
    }


def test_a_zero_is_in_doubt_and_nan_is_missing() -> None:
    rows = atlas.read_report(SMALL, "data.js", report(4, ("2020", ["0", "NaN", None, 7])), {})
    found = rows.filter(pl.col("level") == "statistischer_bezirk").select("value", "status").rows()
    assert found == [(0, "doubtful"), (None, "missing"), (None, "missing"), (7, "ok")]


def test_comparison_values_may_be_fewer_than_their_features() -> None:
    rows = atlas.read_report(SMALL, "data.js", report(1, ("2020", [1]), comparisons=[99]), {})
    found = {row[0]: row[1:] for row in rows.select("level", "value", "status").iter_rows()}
    assert (found["city"], found["land"]) == ((99, "ok"), (None, "missing"))


@pytest.mark.parametrize("values", [[1], [1, 2, 3]])
def test_too_few_or_many_values_are_given_to_nobody(values: list[int]) -> None:
    with pytest.raises(SourceError, match=r"indicator i, 2020.*\d values for 2 features"):
        atlas.read_report(SMALL, "data.js", report(2, ("2020", values)), {})


@pytest.mark.parametrize(
    "text",
    [
        '{"geographies": []}',
        '\ufeff{"geographies": []}',
        'var x = {"geographies": []};',
        'a.b={"geographies":[]}',
        '\ufeff// erzeugt\nvar data = /* Bezirke */ {"geographies": [], };',
        'window["iaData"] = {"geographies": [\n],\n}',
    ],
)
def test_what_stands_around_the_data_is_taken_off(text: str) -> None:
    assert data.document("data.js", text.encode()) == {"geographies": []}


def test_what_json_does_not_know_is_read_as_it_is_meant() -> None:
    text = (
        'var x = {"indicators": [{"id": "a // b, ]", "values": [1, NaN, -5, "NaN",], /* "x" */ }]}; // Ende'
    )
    (entry,) = data.document("t.js", text.encode())["indicators"]
    assert entry == {"id": "a // b, ]", "values": [1, "NaN", -5, "NaN"]}


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_names_keep_their_letters_in_every_coding(coding: str) -> None:
    found = data.document("t.js", '{"indicators": [{"id": "Börnig – Süd"}]}'.encode(coding))
    assert found["indicators"][0]["id"] == "Börnig – Süd"


def test_a_truth_value_is_no_number() -> None:
    with pytest.raises(SourceError, match=r"g, indicator i, 2020, area 0.*is a truth value"):
        atlas.read_report(SMALL, "data.js", report(1, ("2020", [True])), {})


@pytest.mark.parametrize(
    "series", [(("2020", [1]), ("2020", [2])), (("Quartal 1/2020", [1]), ("Quartal 2/2020", [1]))]
)
def test_two_values_of_one_year_are_not_chosen_from(series: Any) -> None:
    with pytest.raises(SourceError, match=r"statistischer_bezirk '0' of 2020 has a value already"):
        atlas.read_report(SMALL, "data.js", report(1, *series), {})


def test_two_features_of_one_id_are_not_chosen_from() -> None:
    index = report(2, ("2020", [1, 2]))
    for feature in index["geographies"][0]["features"]:
        feature["id"] = "7"
    with pytest.raises(SourceError, match=r"statistischer_bezirk '7' of 2020 has a value already"):
        atlas.read_report(SMALL, "data.js", index, {})


def changed(**parts: Any) -> Theme:
    assert SMALL.atlas is not None
    return msgspec.structs.replace(SMALL, atlas=msgspec.structs.replace(SMALL.atlas, **parts))


def test_the_city_of_two_geographies_counts_once_if_it_is_the_same() -> None:
    two = changed(levels={"g": "statistischer_bezirk", "h": "ortsteil"})
    index = report(1, ("2020", [1]), comparisons=[99])
    other = report(1, ("2020", [1]), comparisons=[99])["geographies"][0] | {"id": "h"}
    index["geographies"].append(other)
    assert atlas.read_report(two, "data.js", index, {}).height == 4
    other["themes"][0]["indicators"][0]["comparisonValues"] = [98]
    with pytest.raises(SourceError, match=r"h, indicator i, 2020.*city '05916000' of 2020 .* already, at g,"):
        atlas.read_report(two, "data.js", index, {})


def test_an_indicator_that_is_gone_is_told() -> None:
    more = changed(indicators={"i": "people", "j": "people"})
    with pytest.raises(SourceError, match="it has no indicator j any more"):
        atlas.read_report(more, "data.js", report(1, ("2020", [1])), {})


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b'{"geographies": [', b"[]", b'{"other": 1}', b"\xff\xfe"]
)
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"data\.js"):
        data.document("data.js", content)


@pytest.mark.needs("shared")
class TestInvented:
    WHERE = Atlas("t0", {"g0": "statistischer_bezirk"}, {"i0": "people", "i1": "share", "i1/Anzahl": "young"})

    @pytest.mark.parametrize("name", ["data_multi.js", "data_single.js"])
    def test_both_forms_give_the_same_rows(self, name: str) -> None:
        index = data.document(name, (INVENTED / name).read_bytes())
        part = "Statistische_Bezirke-t0.js"
        parts = {f"./{part}": data.document(part, (INVENTED / part).read_bytes())}
        layout = described(self.WHERE, people="1", share="%", young="1")
        rows = atlas.read_report(layout, name, index, parts)
        found = {
            row[:3]: row[3:]
            for row in rows.select("area_id", "year", "indicator", "value", "status").iter_rows()
        }
        assert found["A3", 2022, "people"] == (None, "suppressed")
        assert found["A2", 2023, "people"] == (None, "missing")
        assert found["A3", 2023, "people"] == (0, "zero")
        assert found["A1", 2023, "share"] == (Decimal("16.2"), "ok")
        assert found["A2", 2023, "share"] == (Decimal("1234.5"), "ok")
        assert found["A3", 2023, "share"] == (None, "missing")
        assert found["A2", 2023, "young"] == (None, "suppressed")


@pytest.mark.needs("shared")
class TestJena:
    def index(self) -> dict[str, Any]:
        return data.document("jena-stat-index.json", (JENA / "jena-stat-index.json").read_bytes())

    def rows(self, number: int, **indicators: str) -> pl.DataFrame:
        where = Atlas(
            f"t{number}",
            {"Statistische_Bezirke": "statistischer_bezirk"},
            {indicators_id: name for name, indicators_id in indicators.items()},
            {"0": Place("city", "16053000", "Jena"), "3": Place("land", "16", "Thüringen")},
            ignore=("999",),
            pad=3,
        )
        file = f"stat-t{number}.json"
        parts = {f"./Statistische_Bezirke-t{number}.js": data.document(file, (JENA / file).read_bytes())}
        layout = described(where, **dict.fromkeys(indicators, "1"))
        return atlas.read_report(layout, "jena", self.index(), parts)

    def test_the_index_names_areas_and_files_and_has_no_values(self) -> None:
        (geography,) = data.geographies("jena", self.index())
        assert (len(geography.features), len(geography.comparisons), len(geography.themes)) == (42, 2, 12)
        assert sorted(geography.themes, key=lambda text: int(text[1:])) == [
            f"t{number}" for number in (2, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15)
        ]
        assert geography.features[0] == ("11", "Ammerbach Ort")
        assert geography.features[-1][0] == "999"
        assert dict(geography.comparisons) == {"0": "Jena", "3": "Thüringen"}
        assert geography.files("t2") == "./Statistische_Bezirke-t2.js"
        found = [one for one in data.series("jena", geography.themes["t2"]) if one.values]
        assert found == []

    def test_an_indicator_comes_once_per_year(self) -> None:
        entries = list(data.series("t2", data.document("t2", (JENA / "stat-t2.json").read_bytes())))
        own = [one for one in entries if "/" not in one.id]
        assert len(own) == 264 == len({(one.id, one.date) for one in own})
        assert sorted({one.date for one in own}) == [str(year) for year in range(2007, 2018)]

    def test_unemployed(self) -> None:
        rows = self.rows(2, unemployed="I101")
        of_2016 = rows.filter(pl.col("year") == 2016)
        districts = of_2016.filter(pl.col("level") == "statistischer_bezirk")
        assert districts.height == 41
        everywhere = {row[0]: row[1:] for row in of_2016.select("level", "value", "status").iter_rows()}
        assert everywhere["city"] == (3434, "ok")
        assert everywhere["land"] == (None, "missing")
        later = rows.filter((pl.col("year") == 2017) & (pl.col("level") == "land"))
        assert later.select("value", "status").row(0) == (None, "missing")
        theirs = data.document("t2", (JENA / "stat-t2.json").read_bytes())
        entry = next(one for one in data.series("t2", theirs) if (one.id, one.date) == ("I101", "2016"))
        assert sum(int(value) for value in entry.values) == 3424

    def test_a_zero_among_small_counts_is_in_doubt(self) -> None:
        rows = self.rows(5, small="I43")
        zeros = rows.filter(pl.col("value") == 0)
        assert zeros.height > 0
        assert zeros.get_column("status").unique().to_list() == ["doubtful"]
        first = rows.filter((pl.col("year") == 2007) & (pl.col("area_id") == "011")).row(0, named=True)
        assert (first["value"], first["area"]) == (12, "Ammerbach Ort")

    def test_zeros_of_parts_cannot_be_true_where_the_parts_do_not_add_up(self) -> None:
        values = []
        for number in (5, 6, 7):
            entries = data.series("t", data.document("t", (JENA / f"stat-t{number}.json").read_bytes()))
            one = next(one for one in entries if "0 bis unter 3" in one.name and one.date == "2007")
            values.append(one.values[0])
        assert sorted(values, key=str) == ["0", 10, 12]

    def test_all_inhabitants_add_up_to_the_city(self) -> None:
        document = data.document("t4", (JENA / "stat-t4.json").read_bytes())
        found = {
            (one.id, one.date): sum(Decimal(str(value)) for value in one.values)
            for one in data.series("t4", document)
            if one.id == "I26"
        }
        assert (found["I26", "2007"], found["I26", "2016"]) == (101406, 107983)
        rows = self.rows(4, people="I26").filter(pl.col("year") == 2007)
        city = rows.filter(pl.col("level") == "city").get_column("value")[0]
        assert city == 101406
        assert rows.filter(pl.col("area_id") == "011").get_column("value")[0] == 467


@pytest.mark.needs("shared")
def test_the_vendors_sample() -> None:
    index = data.document("data.js", (DESIGNER / "data.js").read_bytes())
    (geography,) = data.geographies("data.js", index)
    assert (len(geography.features), len(geography.comparisons), len(geography.themes)) == (64, 3, 3)
    assert ("22017", "Caddo") in geography.features
    file = DESIGNER / "_louisiana_parishes.shp1-t1.js"
    entries = list(data.series(file.name, data.document(file.name, file.read_bytes())))
    first = [one for one in entries if one.id.partition("/")[0] == "i1" and one.date == "2010"]
    assert len(first[0].values) == 64
    assert first[0].comparisons == (10, 20, 30)
    assert [one.id for one in first[1:]] == [
        f"i1/{name}"
        for name in ("diff", "target", "baseline", "trend", "state", "number", "national", "significance")
    ]
    told = json.loads(outline.told("data.js", (DESIGNER / "data.js").read_bytes(), as_json=True))
    assert told[geography.id]["features"] == 64


def test_the_workbook_decides_and_differences_are_told() -> None:
    ours = atlas.read_report(SMALL, "a", report(3, ("2020", [1, "•", 3])), {})
    theirs = atlas.read_report(SMALL, "b", report(3, ("2020", [1, "0", 4]), ("2021", [5, 6, 7])), {})
    both = compare.combined(ours, theirs)
    assert both.height == 2 * 5
    found = [str(one) for one in compare.mismatches(ours, theirs)]
    assert found == ["statistischer_bezirk 2 2020 people: 3 in the workbook, 4 in the report"]
    kept = both.filter((pl.col("area_id") == "1") & (pl.col("year") == 2020)).row(0, named=True)
    assert kept["status"] == "suppressed"
