"""The report on a catalogue or dataset: what does not hold, where, and what to do about it.

A value without behaviour of its own; `formats` writes it down, `validate` makes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Result:
    """One rule that one node breaks.

    `severity` is Violation, Warning or Info; `record` and `title` are the URI and title of the dataset the
    node belongs to (of the node itself if it belongs to none); `focus` is
    the node and `place` its title; `path` is the property's URI, "" for a rule
    about the whole node; `value` is the offending value, "" where one is missing; `field` is the form's field
    or "".
    `rule` is the rule's name, or the URI of an official shape.
    """

    title: str
    record: str
    severity: str
    focus: str
    place: str
    path: str
    value: str
    rule: str
    field: str
    message_de: str
    message_en: str
    remedy_de: str
    remedy_en: str

    @property
    def remedy(self) -> str:
        """What to do, in German."""
        return self.remedy_de

    def message(self, language: str) -> str:
        return self.message_en if language.startswith("en") else self.message_de

    def remedy_in(self, language: str) -> str:
        return self.remedy_en if language.startswith("en") else self.remedy_de


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """A dataset, series, service or catalogue that was validated."""

    title: str
    uri: str


@dataclass(frozen=True, slots=True)
class Report:
    """All results about a number of datasets, sorted; the same graph gives the same report.

    `engine` and `shapes` are the names of what found them, `records` all that was looked at.
    """

    results: tuple[Result, ...]
    datasets: int
    engine: str
    shapes: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def conforms(self) -> bool:
        """No violations. Warnings are allowed."""
        return not any(result.severity == "Violation" for result in self.results)

    def count(self, severity: str) -> int:
        return sum(result.severity == severity for result in self.results)


def merged(reports: Iterable[Report]) -> Report:
    """One report of many, such as the pages of a catalogue. What two pages both say counts once.

    The reports are taken one at a time, so that a generator's graphs can be forgotten one by one.
    """
    results: set[Result] = set()
    records: set[Record] = set()
    datasets, engine = 0, ""
    shapes: tuple[str, ...] = ()
    for part in reports:
        results.update(part.results)
        records.update(part.records)
        datasets += part.datasets
        engine, shapes = part.engine, part.shapes
    return Report(tuple(sorted(results)), datasets, engine, shapes, tuple(sorted(records)))
