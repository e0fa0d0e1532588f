"""Workbooks in the manner of HiTS: one per theme and year, with the hazards such tables have.

The district names are Herne's; numbers and running labels are invented and every sheet says so.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

YEARS = (2021, 2022, 2023, 2024)
NAME = "bevoelkerung_{year}.xlsx"


@dataclass(frozen=True)
class District:
    label: str
    name: str
    ortsteil: str
    stadtbezirk: str


def districts() -> list[District]:
    """The districts whose names are known, numbered as this demo's tables run (no official keys)."""
    units = yaml.safe_load(files("ckanext.herne.regions").joinpath("units.yaml").read_text("utf-8"))["units"]
    found: list[District] = []
    for stadtbezirk, ortsteile in units.items():
        for ortsteil, names in ortsteile.items():
            for name in names:
                found.append(District(f"{len(found) + 1:02d}", name, ortsteil, stadtbezirk))
    return found


@lru_cache
def population(year: int) -> bytes:
    """The invented workbook "Bevölkerung" of one year: while the server runs, the same bytes."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("openpyxl made a workbook without a sheet")
    sheet.title = f"Bevölkerung {year}"
    _head(sheet, year)
    row = 6
    for line in _body(year):
        for column, value in enumerate(line, 1):
            sheet.cell(row, column, value)
        row += 1
    for text in _LEGEND:
        row += 1
        sheet.cell(row, 1, text)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_LEGEND = (
    "• = Fallzahl zu gering",
    "− = nichts vorhanden (genau null)",
    "¹ Hauptwohnsitz",
    "² ohne Umzüge innerhalb der Stadt",
    "Nr. = laufende Nummer dieser Demo-Tabelle, kein amtlicher Schlüssel",
    "Quelle: ERFUNDENE Demodaten",
)


def _head(sheet: Any, year: int) -> None:
    sheet["A1"] = f"Bevölkerung am 31.12.{year} nach Statistischen Bezirken¹ (Demo, erfundene Daten)"
    sheet["A1"].font = Font(bold=True)
    sheet["A2"] = "Alle Zahlen sind erfunden; nur die Namen der Gebiete sind echt."
    for cell, text in (
        ("A4", "Nr."),
        ("B4", "Statistischer Bezirk"),
        ("C4", "Einwohner"),
        ("C5", "insgesamt"),
        ("D5", "darunter\nunter 18"),
        ("E4", "Anteil unter 18 (%)"),
        ("F4", "Zuzüge²"),
        ("G4", "Fortzüge²"),
    ):
        sheet[cell] = text
        sheet[cell].alignment = Alignment(wrap_text=True)
    for area in ("A1:G1", "A4:A5", "B4:B5", "C4:D4", "E4:E5", "F4:F5", "G4:G5"):
        sheet.merge_cells(area)


def _body(year: int) -> list[list[Any]]:
    lines: list[list[Any]] = []
    places = districts()
    for stadtbezirk in dict.fromkeys(place.stadtbezirk for place in places):
        inside = [place for place in places if place.stadtbezirk == stadtbezirk]
        for ortsteil in dict.fromkeys(place.ortsteil for place in inside):
            members = [place for place in inside if place.ortsteil == ortsteil]
            lines += [
                _district(place, year, few=place in members[:2] and len(members) > 2) for place in members
            ]
            lines.append(_total(f"Ortsteil {ortsteil}", members, year))
        lines.append(_total(f"Stadtbezirk {stadtbezirk}", inside, year))
    return [*lines, _total("Bezirke dieser Demo insgesamt", places, year)]


def _numbers(place: District, year: int) -> tuple[int, int, int, int]:
    """Inhabitants, those under 18, arrivals and departures: invented."""
    seed, chance = zlib.crc32(place.name.encode()), _chance(place, year)
    people = 2000 + seed % 6000 + (year - 2021) * (seed % 81 - 40)
    young = people * (13 + seed % 8) // 100
    departures = 0 if chance % 17 == 0 else people * (4 + (seed + year * 3) % 4) // 100
    return people, young, people * (4 + (seed + year) % 4) // 100, departures


def _chance(place: District, year: int) -> int:
    return zlib.crc32(f"{place.name}{year}".encode())


def _district(place: District, year: int, *, few: bool) -> list[Any]:
    people, young, arrivals, departures = _numbers(place, year)
    chance = _chance(place, year)
    # two neighbours are withheld together, or the total would give the one away
    shown_arrivals: Any = "•" if few else f"{arrivals} r" if chance % 5 == 0 else arrivals
    shown_departures: Any = departures or "−"
    shown_people: Any = _german(people) if chance % 3 == 0 else people
    return [
        place.label,
        place.name,
        shown_people,
        young,
        _share(young, people),
        shown_arrivals,
        shown_departures,
    ]


def _total(label: str, members: list[District], year: int) -> list[Any]:
    sums = [sum(column) for column in zip(*(_numbers(place, year) for place in members), strict=True)]
    departures: Any = "…" if year == YEARS[-1] else sums[3]
    return [None, label, _german(sums[0]), sums[1], _share(sums[1], sums[0]), sums[2], departures]


def _german(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}".replace(".", ",")
