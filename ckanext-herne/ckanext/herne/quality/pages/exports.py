"""The table of packages and the trend as CSV (RFC 4180): UTF-8, commas, a header, texts quoted where needed.

The names of the columns are for programs and do not change with the language; the pages say what they hold.
What is not known is an empty value; times are ISO 8601 in UTC.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

from ckanext.herne.quality.mqa import rating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ckanext.herne.quality.reports.trend import Day

    Columns = Mapping[str, Callable[[Any], Any]]


def _truth(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _rating(points: int | None) -> str | None:
    return None if points is None else rating(points)


def _time(moment: datetime | None) -> str | None:
    """CKAN keeps times in UTC without saying so."""
    if moment is None:
        return None
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return known.astimezone(UTC).isoformat(timespec="seconds")


DATASETS: Columns = {
    "id": itemgetter("id"),
    "name": itemgetter("name"),
    "title": itemgetter("title"),
    "type": itemgetter("type"),
    "organization": itemgetter("organization"),
    "url": itemgetter("url"),
    "conforms": lambda row: _truth(row["conforms"]),
    "violations": itemgetter("violations"),
    "warnings": itemgetter("warnings"),
    "infos": itemgetter("infos"),
    "mqa_points": itemgetter("mqa_points"),
    "mqa_rating": lambda row: _rating(row["mqa_points"]),
    "modified": lambda row: _time(row["modified"]),
    "judged": lambda row: _time(row["judged"]),
}
DAYS: Columns = {
    "day": attrgetter("day"),
    "packages": attrgetter("packages"),
    "conforming": attrgetter("conforming"),
    "share": lambda day: None if day.share is None else round(day.share, 4),
    "violations": attrgetter("violations"),
    "warnings": attrgetter("warnings"),
    "mqa_average": attrgetter("mqa_average"),
}


def datasets(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The table line by line; each row as `datasets.every` gives it, and with its `url`."""
    return _lines(DATASETS, rows)


def days(trend: Iterable[Day]) -> Iterator[str]:
    """The trend line by line."""
    return _lines(DAYS, trend)


def _lines(columns: Columns, rows: Iterable[Any]) -> Iterator[str]:
    yield _line(columns)
    for row in rows:
        yield _line(value(row) for value in columns.values())


def _line(values: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()
