"""Sources that bring rows of a declared table (sensors, statistics): one dataset for the configured part."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from ckanext.herne.harvesters.operations.dataset import Identity, dataset_dict
from ckanext.herne.harvesters.operations.rows import Harvested, demo_table
from ckanext.herne.harvesters.operations.source import Described, Discovery, Item, Reader, Source

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.dataset import Description
    from ckanext.herne.tables import Table


class TabularSource(Source):
    """A source whose configuration names what is harvested of it, the `part`.

    `time_column` is the column that tells the dataset's period.
    """

    time_column: ClassVar[str]
    part: str
    description: Description
    table: Table
    dataset_name: str | None
    demo: bool

    @property
    def stored_table(self) -> Table:
        """The table as it stands in the DataStore."""
        return demo_table(self.table) if self.demo else self.table

    @abstractmethod
    def collect(self, reader: Reader, resource_id: str) -> Harvested:
        """The rows of a run for the table of `resource_id`. Raises SourceError."""

    def discover(self, reader: Reader) -> Discovery:
        """The one dataset; what it brings shows when it is fetched."""
        guid = Identity.of(reader.source_id, self.part).guid
        return Discovery((Item(guid, self.description.title_de),))

    def fetch(self, reader: Reader, item: Item) -> str:
        """The rows, types included."""
        identity = Identity.of(reader.source_id, self.part)
        harvested = self.collect(reader, identity.resource_id)
        return (harvested.as_demo() if self.demo else harvested).encode()

    def describe(self, reader: Reader, item: Item, content: str) -> Described:
        """The dataset as the data file describes it, and its rows."""
        identity = Identity.of(reader.source_id, self.part)
        said = dataset_dict(self.description, identity, demo=self.demo)
        name = self.dataset_name or (f"{self.description.name}-demo" if self.demo else self.description.name)
        initial = {"name": name, **({"owner_org": reader.owner_org} if reader.owner_org else {})}
        harvested = Harvested.decode(self.stored_table, content)
        return Described(said, initial, ((harvested.of(identity.resource_id, self.time_column)),))
