"""Names for what a draft of a theme finds: ids, patterns for file and year, units. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ckanext.herne.harvesters.hits.theme import Place
from ckanext.herne.harvesters.operations.dataset import Description

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.sheets import Grid

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
_DAY = re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>{_YEAR})")
_UNITS = (
    (re.compile(r"%|\bprozent\b|\banteil|quote\b", re.IGNORECASE), "%"),
    (re.compile(r"\bje km|einwohner/km", re.IGNORECASE), "/km2"),
    (re.compile(r"\bkm ?(2|²)", re.IGNORECASE), "km2"),
    (re.compile(r"\b(in|je) ha\b|\(ha\)|\bhektar", re.IGNORECASE), "har"),
    (re.compile(r"(€|\beuro?\b)[^a-z]*/ ?m ?(2|²)", re.IGNORECASE), "[EUR]/m2"),
    (re.compile(r"€|\beuro?\b", re.IGNORECASE), "[EUR]"),
    (re.compile(r"\b(in|je) m ?(2|²)|\bqm\b", re.IGNORECASE), "m2"),
    (re.compile(r"\bjahre\b|\balter\b", re.IGNORECASE), "a"),
    (re.compile(r"\bje (1 ?000|tausend)\b", re.IGNORECASE), "/1000"),
)
"""Words in a heading and the unit (UCUM, currencies by their code) they tell; the first that fits."""


def slug(text: str) -> str:
    """A text as an id: "Zuzüge insgesamt" is "zuzuege_insgesamt"."""
    plain = text.lower().translate(_UMLAUTS)
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:50].strip("_")


def unit(heading: str) -> str:
    """The unit a heading tells; "1", a count, if it tells none."""
    return next((code for pattern, code in _UNITS if pattern.search(heading)), "1")


def stem(name: str) -> str:
    """The name of a file without folder and ending."""
    return name.rpartition("/")[2].rpartition(".")[0] or name


def file_pattern(name: str) -> str:
    """A pattern for files of other years that are named like this one."""
    return re.sub(_YEAR, r"\\d{4}", re.escape(name.rpartition("/")[2]), count=1)


def year_pattern(title: str) -> str:
    """A pattern for sheets of other years that are titled like this one."""
    return re.sub(_YEAR, r"\\d{4}", re.escape(title), count=1).replace(r"\ ", " ")


def year(grid: Grid, below: int, name: str) -> tuple[str | None, str | None]:
    """Pattern of the table's year above row `below`, in the sheet's or the file's name; and its day."""
    texts = [grid.line(row) for row in range(1, below)]
    for text in texts:
        found = _DAY.search(text)
        if found:
            day = rf"{found['day']}\.\s?{found['month']}\.\s?(\d{{4}})"
            return day, f"{{year}}-{int(found['month']):02d}-{int(found['day']):02d}"
    for text in (*texts, grid.name, name):
        found = re.search(_YEAR, text)
        if found:
            before = re.findall(r"[^\W\d_]+\s*$", text[: found.start()])
            context = re.escape(before[0].strip()) + r"\s*" if before else r"(?<!\d)"
            return rf"{context}((?:19|20)\d\d)(?!\d)", None
    return None, None


def place(grid: Grid, below: int) -> Place:
    """The one area a table speaks of, as the last line above says; a person must enter its key."""
    lines = [grid.line(row) for row in range(1, below) if grid.line(row)]
    name = lines[-1] if lines else grid.name
    return Place("city", name, name)


def description(grid: Grid, name: str) -> Description:
    """What is known of the dataset: its title. The rest is what HiTS themes have in common."""
    title = next((grid.line(row) for row in range(1, 6) if grid.line(row)), name)
    return Description(
        name=f"hits-{slug(stem(name)).replace('_', '-')}",
        title_de=title,
        title_en=title,
        description_de=title,
        description_en=title,
        resource_de="Tabelle, alle Jahre",
        resource_en="Table, all years",
        themes=("http://publications.europa.eu/resource/authority/data-theme/SOCI",),
        keywords=("Statistik", "HiTS"),
        frequency="http://publications.europa.eu/resource/authority/frequency/ANNUAL",
    )
