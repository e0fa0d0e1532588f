"""The forms in which NGSI-LD writes an entity and the values of an attribute over time. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ckanext.herne.harvesters.sensors.protocols.platform import RawObservation

_EXPANDED = {"hasValue": "value", "hasValues": "values"}


def plain(entity: dict[str, Any]) -> dict[str, Any]:
    """The entity with short names, also if the broker sent expanded JSON-LD."""
    if "@id" not in entity:
        return entity
    named = {_short(name): _compact(value) for name, value in entity.items() if not name.startswith("@")}
    return {"id": entity["@id"], "type": _short(entity["@type"][0]), **named}


def instances(attribute: Any, dataset: str | None) -> list[RawObservation]:
    """Time and value of each instance: a list, one object, or `values` of pairs (temporalValues).

    Those of another `datasetId` belong to another stream. Raises TypeError, IndexError or ValueError for
    anything else.
    """
    entries = attribute if isinstance(attribute, list) else [attribute] if attribute else []
    found: list[RawObservation] = []
    for entry in entries:
        if dataset_of(entry) != dataset:
            continue
        if "values" in entry:
            found += [(str(pair[1]), pair[0]) for pair in entry["values"]]
        elif "observedAt" in entry:
            found.append((str(entry["observedAt"]), entry.get("value")))
        else:
            raise ValueError("a value without observedAt")
    return found


def dataset_of(entry: dict[str, Any]) -> str | None:
    """The `datasetId` of an instance; the default instance has none."""
    return entry.get("datasetId")


def _short(name: str) -> str:
    last = name.rpartition("#")[2] if "#" in name else name.rpartition("/")[2]
    return _EXPANDED.get(last, last)


def _compact(value: Any) -> Any:
    if isinstance(value, list):
        return _compact(value[0]) if len(value) == 1 else [_compact(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    for key in ("@value", "@list", "@id"):
        if key in value:
            inner = value[key]
            return [_compact(entry) for entry in inner] if key == "@list" else inner
    return {_short(name): _compact(entry) for name, entry in value.items() if not name.startswith("@")}
