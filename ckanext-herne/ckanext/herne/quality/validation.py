"""Validation: runs shapes over a graph and says the findings in a steward's words."""

from collections.abc import Sequence

from ckanext.herne.dcat_ap_de.mapping import DATASET_SERIES
from ckanext.herne.quality.engine import Engine, Finding, default_engine
from ckanext.herne.quality.report import Record, Report, Result
from ckanext.herne.quality.shape_sets import ShapeSet, own
from rdflib import DCAT, DCTERMS, FOAF, RDF, BNode, Graph, Literal, Node

RECORDS = (DCAT.Dataset, DATASET_SERIES, DCAT.DataService, DCAT.Catalog)


def validate(graph: Graph, engine: Engine | None = None, sets: Sequence[ShapeSet] = ()) -> Report:
    """The report on every dataset, series, service and catalogue in `graph`. The graph is not changed.

    `sets` are the shapes to ask, the suite's own if none are named; `engine` is the fastest one installed.
    """
    engine, sets = engine or default_engine(), sets or (own(),)
    owners = owners_of(graph)
    results = {
        _result(graph, finding, shape_set, owners)
        for shape_set in sets
        for finding in engine.run(
            graph + shape_set.context if len(shape_set.context) else graph, shape_set.shapes
        )
    }
    return Report(
        results=tuple(sorted(results)),
        datasets=len(datasets_in(graph)),
        engine=engine.name,
        shapes=tuple(shape_set.name for shape_set in sets),
        records=tuple(sorted(Record(_title(graph, node), _text(node)) for node in records_in(graph))),
    )


def datasets_in(graph: Graph) -> set[Node]:
    return set(graph.subjects(RDF.type, DCAT.Dataset))


def records_in(graph: Graph) -> set[Node]:
    """Everything that is a catalogue, dataset, series or service."""
    return {node for kind in RECORDS for node in graph.subjects(RDF.type, kind)}


def describes_anything(graph: Graph) -> bool:
    """Is there a catalogue, dataset, series or service, so that a verdict has an object?"""
    return bool(records_in(graph))


def owners_of(graph: Graph) -> dict[Node, Node]:
    """For each node the dataset (else service, else catalogue) whose description it is part of."""
    owners: dict[Node, Node] = {}
    records = [record for kind in RECORDS for record in sorted(graph.subjects(RDF.type, kind), key=str)]
    owners |= {record: record for record in reversed(records)}
    for record in records:
        todo = [record]
        while todo:
            for node in graph.objects(todo.pop()):
                if not isinstance(node, Literal) and node not in owners:
                    owners[node] = record
                    todo.append(node)
    return owners


def _result(graph: Graph, finding: Finding, shape_set: ShapeSet, owners: dict[Node, Node]) -> Result:
    rule = shape_set.explain(finding, graph)
    record = owners.get(finding.focus, finding.focus)
    return Result(
        title=_title(graph, record),
        record=_text(record),
        severity=rule.severity,
        focus=_text(finding.focus),
        place=_title(graph, finding.focus),
        path=rule.path,
        value="" if finding.value is None or finding.value == finding.focus else _text(finding.value),
        rule=rule.name,
        field=rule.field,
        message_de=rule.message_de,
        message_en=rule.message_en,
        remedy_de=rule.remedy_de,
        remedy_en=rule.remedy_en,
    )


def _title(graph: Graph, record: Node) -> str:
    titles = sorted([*graph.objects(record, DCTERMS.title), *graph.objects(record, FOAF.name)], key=str)
    german = [title for title in titles if getattr(title, "language", "") == "de"]
    return str(next(iter(german + titles), "")).strip() or _text(record)


def _text(node: Node) -> str:
    return "_" if isinstance(node, BNode) else str(node)  # a blank node's name means nothing outside
