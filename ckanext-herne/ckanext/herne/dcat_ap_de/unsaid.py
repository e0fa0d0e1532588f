"""What was said and no field of the dict holds: told so that nothing gets lost in silence."""

from functools import cache

from ckanext.herne.dcat_ap_de.mapping import mapping
from ckanext.herne.dcat_ap_de.source import Note, Source, order, shown
from rdflib import RDF, RDFS, BNode, Literal, Node


def unsaid(source: Source) -> list[dict[str, str]]:
    """The statements about what was read that no field holds, as a path of terms and a value."""
    found: list[dict[str, str]] = []
    for node, path in list(source.visited.items()):
        for predicate, value in _about(source, node):
            if (node, predicate, value) not in source.used and not _is_known_type(predicate, value):
                term = f"{path} / {mapping().short(str(predicate))}".removeprefix(" / ")
                _list_unsaid(source, node, term, value, found, {node})
    return found


def _about(source: Source, node: Node) -> list[tuple[Node, Node]]:
    pairs = source.graph.predicate_objects(node)
    return sorted(pairs, key=lambda pair: (str(pair[0]), order(pair[1])))


def _is_known_type(predicate: Node, value: Node) -> bool:
    """Whether a statement only repeats a class that our own descriptions give."""
    return predicate == RDF.type and value in _types()


@cache
def _types() -> frozenset[Node]:
    classes = mapping().classes.values()
    of_values = [prop.type for node_class in classes for prop in node_class.properties if prop.type]
    return frozenset([RDFS.Resource, *of_values, *(kind for one in classes for kind in one.types)])


def _list_unsaid(
    source: Source, owner: Node, term: str, value: Node, found: list[dict[str, str]], above: set[Node]
) -> None:
    inner = _about(source, value) if isinstance(value, BNode) and value not in source.visited else []
    if inner and value not in above:
        for predicate, part in inner:
            deeper = f"{term} / {mapping().short(str(predicate))}"
            _list_unsaid(source, owner, deeper, part, found, above | {value})
        return
    tag = {"language": value.language} if isinstance(value, Literal) and value.language else {}
    entry = {"property": term, "value": shown(value), **tag}
    if entry not in found:
        found.append(entry)
        source.notes.append(Note("unsaid", str(owner), term, shown(value)))
