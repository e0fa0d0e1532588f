"""The hours of each complete calendar year (UTC) as a Parquet file, in a dataset of a series.

A file is made of the stored hours and stays for good, though they leave their table one day: no hour leaves
before its year's file is stored, and what is left of a year after that makes no file any more.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ckanext.herne import tables
from ckanext.herne.harvesters.operations.dataset import Identity, dataset_dict, file_resource, series_dict
from ckanext.herne.harvesters.operations.files import File
from ckanext.herne.harvesters.operations.source import Described, Item
from ckanext.herne.harvesters.sensors.archive_texts import of_series, of_year
from ckanext.herne.harvesters.sensors.fetched import remembered_in
from ckanext.herne.harvesters.sensors.window import last_full_hour
from ckanext.herne.tables.export import FORMATS, Rows, year_of

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.source import Reader
    from ckanext.herne.harvesters.sensors.domain import Domain
    from ckanext.herne.tables import Table

_PARQUET = FORMATS["parquet"]
_SERIES = "years"


@dataclass(frozen=True)
class Archive:
    """The yearly files of one domain of a source; `name` is its dataset's name, `table` that of the hours.

    One that is not `is_kept` makes no new files.
    """

    domain: Domain
    table: Table
    name: str
    demo: bool
    is_kept: bool

    def items(self, reader: Reader) -> tuple[Item, ...]:
        """The series and its years, those that are stored and those that can be."""
        stored = self._stored(reader)
        complete = self._complete(reader) if self.is_kept else range(0)
        years = [
            item
            for year in sorted({*stored, *complete})
            if (item := self._item(reader, year, stored.get(year, ""), may_be_new=year in complete))
        ]
        title = of_series(self.domain).title_de
        series = Item(self._identity(reader, _SERIES).guid, title, is_derived=True)
        return (series, *years) if years else ()

    def part(self, item: Item) -> str | None:
        """Which part of the archive an item is, if it is one."""
        return item.guid.partition(f":{self.domain.id}:")[2] or None

    def describe(self, reader: Reader, part: str) -> Described:
        """The series, or the dataset of a year with its file."""
        identity, series = self._identity(reader, part), self._identity(reader, _SERIES)
        owner = {"owner_org": reader.owner_org} if reader.owner_org else {}
        initial = {"name": f"{self.name}-{'archiv' if part == _SERIES else part}", **owner}
        if part == _SERIES:
            return Described(series_dict(of_series(self.domain), series, demo=self.demo), initial)
        description = of_year(self.domain, int(part))
        resource = file_resource(
            identity.resource_id,
            description.resource_de,
            description.resource_en,
            _PARQUET.label,
            demo=self.demo,
        )
        said: dict[str, Any] = {
            **dataset_dict(description, identity, demo=self.demo),
            "resources": [resource],
            "in_series": [series.uri],
            "temporal_coverage": [{"start": f"{part}-01-01", "end": f"{part}-12-31"}],
        }
        if self.domain.dataset.hvd_category:
            said |= {"hvd": True, "hvd_category": [self.domain.dataset.hvd_category]}
        return Described(said, initial, files=(self._file(reader, int(part), identity.resource_id),))

    def earliest(self, reader: Reader, first: datetime, oldest: datetime | None) -> datetime:
        """From when on hours stay in the table: not later than `first`, and no year leaves before its file.

        `oldest` is the oldest hour that there will be.
        """
        if not self.is_kept or oldest is None:
            return first
        stored = self._stored(reader)
        missing = (year for year in range(oldest.year, first.year + 1) if year not in stored)
        return min(first, datetime(next(missing, first.year + 1), 1, 1))  # noqa: DTZ001 (UTC without zone)

    def _identity(self, reader: Reader, part: str) -> Identity:
        return Identity.of(reader.source_id, f"{self.domain.id}:{part}")

    def _hours(self, reader: Reader) -> str:
        return Identity.of(reader.source_id, self.domain.id).resource_id

    def _stored(self, reader: Reader) -> dict[int, str]:
        """The fingerprints of the years that are stored."""
        prefix = self._identity(reader, "").guid
        parts = {
            guid.removeprefix(prefix): one for guid, one in reader.known.items() if guid.startswith(prefix)
        }
        return {int(part): one for part, one in parts.items() if part.isdecimal()}

    def _complete(self, reader: Reader) -> range:
        """The years of which nothing more is to be expected: read to their end, and late values, too."""
        last = remembered_in(reader.memory)
        if last.goes_on or not tables.exists(self._hours(reader)):
            return range(0)
        first, newest = tables.extent(self._hours(reader), "hour")
        if first is None:
            return range(0)
        settled = last_full_hour(reader.now) - timedelta(hours=self.domain.late_hours, days=1)
        return range(first.year, min(settled, newest).year)

    def _item(self, reader: Reader, year: int, stored: str, *, may_be_new: bool) -> Item | None:
        """A year as it is stored, or anew if its hours changed and none has left; None if it has none."""
        found = stored
        if may_be_new and not (stored and remembered_in(reader.memory).left_alone(year)):
            count, first, digest = tables.digest(self.table, self._hours(reader), year_of(self.table, year))
            is_rest = bool(stored) and (first is None or stored.partition("/")[0] < first.isoformat())
            found = stored if is_rest or not count else f"{first.isoformat()}/{count}/{digest}"
        if not found:
            return None
        title = of_year(self.domain, year).title_de
        return Item(self._identity(reader, str(year)).guid, title, fingerprint=found, is_derived=True)

    def _file(self, reader: Reader, year: int, resource_id: str) -> File:
        content = tempfile.TemporaryFile()  # noqa: SIM115 (closed once it is stored)
        content.writelines(_PARQUET.write(Rows(self.table, self._hours(reader), year_of(self.table, year))))
        return File(resource_id, f"{self.name}-{year}.parquet", _PARQUET.media_type, content)
