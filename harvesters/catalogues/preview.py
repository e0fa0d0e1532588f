"""What moving a catalogue in would do, record by record, without storing anything."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de import describe, reading
from ckanext.herne.dcat_ap_de.profile import language, portal_settings
from ckanext.herne.dcat_ap_de.writer import dataset_uri
from ckanext.herne.harvesters.catalogues import checks, refusals, report
from ckanext.herne.harvesters.catalogues.records import Record, records
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.quality import Report, Result, validate
from rdflib import DCAT, RDF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.dcat_ap_de.reader import Note
    from rdflib import Graph


@dataclass(frozen=True)
class Preview:
    """One record: what would be stored, what was done to it, what our shapes say before and after.

    `error` says why the record would not come in; then `dataset` is what was read of it.
    """

    record: Record
    dataset: dict[str, Any]
    notes: tuple[Note, ...]
    error: str
    before: tuple[Result, ...]
    after: tuple[Result, ...]

    @property
    def is_fine(self) -> bool:
        """It would come in and conform."""
        return not self.error and not any(result.severity == "Violation" for result in self.after)


def previews(graph: Graph, source: str, only: str = "") -> Iterator[Preview]:
    """The records of the graph, or the one whose guid is `only`; none is stored.

    Series and datasets that belong together are described together.
    """
    before = validate(graph)
    read = [_read(graph, record, source) for record in records(graph, source)]
    settings = portal_settings()
    related = {dataset_uri(one.dataset, settings): one.dataset for one in read if not one.error}
    for one in read:
        if only in ("", one.record.guid):
            uri = dataset_uri(one.dataset, settings)
            after = () if one.error else _about(validate(describe(one.dataset, settings, related)), uri)
            yield Preview(
                one.record, one.dataset, one.notes, one.error, _about(before, str(one.record.node)), after
            )


def _read(graph: Graph, record: Record, source: str) -> Preview:
    said = reading(graph, record.node, language())
    dataset, notes = copy.deepcopy(said.dataset), tuple(report.once(said.notes))
    error = ""
    try:
        notes += tuple(checks.complete(dataset, ""))
        dataset, refused = refusals.acceptable(dataset, checks.errors)
        notes += (*refused, *checks.defaulted(dataset))
        dataset = _with_ids(checks.stored_form(dataset), record.guid)
    except refusals.MissingError as problem:
        error = str(refusals.as_source_error(problem, source, record.guid))
        dataset = _with_ids(dataset, record.guid)
    return Preview(record, dataset, notes, error, (), ())


def _with_ids(dataset: dict[str, Any], guid: str) -> dict[str, Any]:
    """With ids and times such as CKAN gives, so that it can be described."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat()
    resources = [
        {"id": str(uuid5(NAMESPACE_URL, f"{guid}#{number}")), "metadata_modified": now, **resource}
        for number, resource in enumerate(dataset.get("resources", []))
    ]
    own = {"id": str(uuid5(NAMESPACE_URL, guid)), "metadata_created": now, "metadata_modified": now}
    return {**own, **dataset, "resources": resources}


def _about(report: Report, uri: str) -> tuple[Result, ...]:
    return tuple(result for result in report.results if result.record == uri)


def catalogues(graph: Graph) -> list[dict[str, Any]]:
    """What the old catalogues say about themselves. The new portal has its own words for that."""
    nodes = sorted(graph.subjects(RDF.type, DCAT.Catalog), key=str)
    return [reading(graph, node, language()).dataset for node in nodes]


def chosen(graph: Graph, source: str, only: str) -> list[Preview]:
    """All previews as a list.

    :raises SourceError: there is no record, or none named `only`.
    """
    found = list(previews(graph, source, only))
    if not found:
        problem = _("there is no dataset, series or service in it")
        if only:
            problem = _("there is no record <{uri}> in it").format(uri=only)
        raise SourceError(source, "", problem, _("Check that it is the right document"))
    return found
