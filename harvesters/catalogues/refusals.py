"""What the portal would refuse of a record moves to its further statements; the record itself comes in.

Pure but for `check`, which the caller gives: it says what the portal's checks find wrong with a dataset dict.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.mapping import NodeClass, Property, mapping
from ckanext.herne.dcat_ap_de.reader import FURTHER, Note
from ckanext.herne.dcat_ap_de.writer import class_of
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.portal.defaults import is_empty

Dataset = dict[str, Any]
Path = tuple[str | int, ...]
Check = Callable[[Dataset], dict[str, Any]]
ROUNDS = 100  # each takes at least one value away


class MissingError(Exception):
    """The record lacks what the portal cannot do without, or nothing acceptable is left of it."""

    def __init__(self, field: str, term: str, message: str) -> None:
        super().__init__(field, term, message)
        self.field = field
        self.term = term
        self.message = message


def acceptable(dataset: Dataset, check: Check) -> tuple[Dataset, list[Note]]:
    """`dataset` as the portal takes it, and a note for each value that had to leave its field.

    :raises MissingError: a field that must be filled is empty, also after what it held was refused.
    """
    dataset, notes = copy.deepcopy(dataset), list[Note]()
    for _round in range(ROUNDS):
        # from the end, so that what is taken out of a list moves nothing that is still to be looked at
        found = sorted(_places(check(dataset)), key=_order, reverse=True)
        if not found:
            return dataset, notes
        for path, message in found:
            notes += _take_out(dataset, path, message, check)
    raise MissingError(str(found[0][0][0]), "", found[0][1])


def _order(place: tuple[Path, str]) -> list[tuple[bool, str | int]]:
    return [(isinstance(step, str), step) for step in place[0]]


def _places(errors: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Where the checks found something, and what they said."""
    if isinstance(errors, dict):
        for key, part in errors.items():
            yield from _places(part, (*path, key))
    elif isinstance(errors, list) and any(isinstance(part, dict) for part in errors):
        for number, part in enumerate(errors):
            yield from _places(part, (*path, number))
    elif errors:
        yield path, "; ".join(map(str, errors)) if isinstance(errors, list) else str(errors)


def _take_out(dataset: Dataset, path: Path, message: str, check: Check) -> list[Note]:
    """Moves what stands at `path` to the further statements; an entry that lacks something goes whole."""
    asked = path
    while is_empty(_at(dataset, path)):
        path = path[:-1]
        if len(path) < 2:
            raise MissingError(str(asked[0]), _term(dataset, asked[:1])[0], message)
        if isinstance(path[-1], int):
            break
    value = _at(dataset, path)
    if isinstance(value, list) and not any(isinstance(part, dict) for part in value):
        gone = _refused_entries(dataset, path, check)
        _put(dataset, path, [part for part in value if part not in gone])
    else:
        gone = [value]
        _remove(dataset, path)
    head, node_class = _term(dataset, path)
    owner = str(dataset.get("uri") or dataset.get("title") or "")
    leaves = [leaf for part in gone for leaf in _leaves(part, head, node_class)]
    for said_of, text in leaves:
        entry = {"property": said_of, "value": text}
        if entry not in dataset.setdefault(FURTHER, []):
            dataset[FURTHER].append(entry)
    return [Note("refused", owner, said_of, text, message) for said_of, text in leaves]


def _refused_entries(dataset: Dataset, path: Path, check: Check) -> list[Any]:
    """The entries of a list that are refused when each stands alone; all where none is to blame alone."""
    value = _at(dataset, path)
    refused = []
    for part in value:
        alone = copy.deepcopy(dataset)
        _put(alone, path, [part])
        if any(found[: len(path)] == path for found, _message in _places(check(alone))):
            refused.append(part)
    return refused or list(value)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _put(dataset: Dataset, path: Path, value: Any) -> None:
    _at(dataset, path[:-1])[path[-1]] = value


def _remove(dataset: Dataset, path: Path) -> None:
    holder = _at(dataset, path[:-1])
    del holder[path[-1]]
    if is_empty(holder) and len(path) > 2 and isinstance(path[-2], int):
        _at(dataset, path[:-2]).pop(path[-2])


def term(dataset: Dataset, field: str) -> str:
    """The term that a field of `dataset` stands for, such as "dct:title"."""
    return _term(dataset, (field,))[0]


def _class_of(dataset: Dataset) -> NodeClass:
    return mapping().classes[class_of(dataset)]


def _term(dataset: Dataset, path: Path) -> tuple[str, NodeClass | None]:
    """The path of terms for a path of fields, as the reader writes it, and the class of node at its end."""
    node_class: NodeClass | None = _class_of(dataset)
    terms: list[str] = []
    for field in (step for step in path if isinstance(step, str)):
        prop = _property(node_class, field)
        if prop or not terms or node_class:
            terms.append(mapping().short(str(prop.predicate)) if prop else field)
        node_class = mapping().classes.get(prop.node) if prop and prop.node else None
    return " / ".join(terms), node_class


def _property(node_class: NodeClass | None, field: str) -> Property | None:
    name = field.removesuffix("_translated")
    return next((prop for prop in node_class.properties if prop.field == name), None) if node_class else None


def _leaves(value: Any, term: str, node_class: NodeClass | None) -> Iterator[tuple[str, str]]:
    """Each text of a value with its path of terms."""
    if isinstance(value, list):
        for part in value:
            yield from _leaves(part, term, node_class)
    elif isinstance(value, dict):
        for field, part in value.items():
            prop = _property(node_class, field)
            deeper = f"{term} / {mapping().short(str(prop.predicate)) if prop else field}"
            yield from _leaves(part, deeper, mapping().classes.get(prop.node) if prop else None)
    elif not is_empty(value):
        yield term, str(value)


def as_source_error(error: MissingError, source: str, uri: str) -> SourceError:
    """The error of a record that cannot be stored, with source, record, field and remedy."""
    text = _('the record cannot be stored: field "{field}" ({term}): {message}')
    problem = text.format(
        field=error.field, term=error.term or error.field, message=error.message.rstrip(".")
    )
    return SourceError(source, uri, problem, _("Have the source state it, and harvest again"))
