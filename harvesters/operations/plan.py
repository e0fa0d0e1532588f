"""What a run is going to do, before it does any of it; a dry run ends here.

A plan is the same data for pages, mail, API and command line: `create`, `change`, `unchanged`, `delete`,
`held` (another source brings the record), `errors`, and `asks`, why a person has to be asked first.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.merging import FieldChange
    from ckanext.herne.tables import Changes

LONGEST = 500
"""Characters of a value that a plan repeats."""


@dataclass
class Entry:
    """What happens to one record. `after` is the day from which on its dataset may be deleted.

    `notes` say what was found of it at the source.
    """

    guid: str
    title: str
    package_id: str | None = None
    name: str | None = None
    fields: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, int] | None = None
    after: str | None = None
    problem: str | None = None
    notes: list[str] = field(default_factory=list)

    def of(self, changes: list[FieldChange], rows: Changes | None) -> Entry:
        """The same with what changes of its fields and rows."""
        self.fields = [
            {"field": one.field, "old": _short(one.old), "new": _short(one.new)} for one in changes
        ]
        self.rows = asdict(rows) if rows is not None else None
        return self


@dataclass
class Plan:
    """What a run is going to do, record by record."""

    create: list[Entry] = field(default_factory=list)
    change: list[Entry] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    delete: list[Entry] = field(default_factory=list)
    held: list[Entry] = field(default_factory=list)
    errors: list[Entry] = field(default_factory=list)
    asks: str = ""

    def data(self, source: dict[str, Any], kind: str) -> dict[str, Any]:
        """The plan as JSON has it; `source` names the source."""
        return {"source": source, "kind": kind, **asdict(self)}

    def counts(self) -> dict[str, int]:
        """How many records each part has, and what happens to rows."""
        parts = ("create", "change", "unchanged", "delete", "held", "errors")
        rows = [entry.rows for entry in (*self.create, *self.change) if entry.rows]
        kinds = ("inserted", "changed", "removed")
        return {name: len(getattr(self, name)) for name in parts} | {
            f"rows_{kind}": sum(one[kind] for one in rows) for kind in kinds
        }


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else None
    return f"{text[:LONGEST]}…" if text is not None and len(text) > LONGEST else value
