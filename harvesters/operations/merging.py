"""What a record says anew goes into the stored dataset; what a steward wrote beside it stays. Pure.

A field in which the source says something belongs to the source. It is written when the source says something
else than last time, so an edit here stays until then; a field the source never filled stays for good. The
same holds for files, which are known by their ids, and for the fields of each file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Dataset = dict[str, Any]
_ITS_OWN = ("id", "resources")


@dataclass(frozen=True)
class FieldChange:
    """One field with its value before and after; `field` of a file is "resources / NAME / FIELD"."""

    field: str
    old: Any
    new: Any


def merged(
    stored: Mapping[str, Any], before: Mapping[str, Any] | None, said: Mapping[str, Any]
) -> tuple[Dataset, list[FieldChange]]:
    """The dataset to store and what changes by it; `before` is what the source said last, if known."""
    dataset, changes = _fields(stored, before, said)
    if "resources" in said:
        dataset["resources"], of_files = _files(stored, before, said)
        changes += of_files
    return dataset, changes


def _fields(
    stored: Mapping[str, Any], before: Mapping[str, Any] | None, said: Mapping[str, Any]
) -> tuple[Dataset, list[FieldChange]]:
    result, changes = dict(stored), []
    for field in _of_source(before or {}, said):
        old, new = stored.get(field), said.get(field)
        is_news = before is None or not same(before.get(field), new)
        if is_news and not same(old, new):
            changes.append(FieldChange(field, old, new))
            # an empty value, not a missing one: CKAN fills a missing field with a default
            result[field] = "" if new is None else new
    return result, changes


def _of_source(before: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[str]:
    yield from (field for field in said if field not in _ITS_OWN)
    yield from (field for field in before if field not in said and field not in _ITS_OWN)


def _files(
    stored: Mapping[str, Any], before: Mapping[str, Any] | None, said: Mapping[str, Any]
) -> tuple[list[Dataset], list[FieldChange]]:
    """The files in the source's order, then those of stewards."""
    here, last = _by_id(stored), _by_id(before or stored)
    files, changes = list[Dataset](), list[FieldChange]()
    for resource in said["resources"]:
        found = here.pop(str(resource.get("id")), None)
        if found is None:
            files.append(dict(resource))
            changes.append(FieldChange(f"resources / {_name(resource)}", None, resource.get("url")))
            continue
        last_said = last.get(found["id"]) if before is not None else None
        file, of_file = _fields(found, last_said, resource)
        files.append(file)
        changes += [
            FieldChange(f"resources / {_name(found)} / {one.field}", one.old, one.new) for one in of_file
        ]
    for gone in [key for key in here if key in last]:
        changes.append(FieldChange(f"resources / {_name(here[gone])}", here.pop(gone).get("url"), None))
    return [*files, *here.values()], changes


def _by_id(dataset: Mapping[str, Any]) -> dict[str, Dataset]:
    return {str(entry["id"]): entry for entry in dataset.get("resources", []) if entry.get("id")}


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource.get("name") or resource.get("url") or resource.get("id") or "")


def with_known_ids(said: Mapping[str, Any], stored: Mapping[str, Any] | None) -> Dataset:
    """`said` with an id for each of its files: that of the stored file with the same URI, else address.

    Of several stored files with one address, those of the same name belong together; each is taken once.
    """
    if "resources" not in said:
        return dict(said)
    resources = [dict(entry) for entry in said["resources"]]
    free = _by_id(stored or {})
    for resource in resources:
        free.pop(str(resource.get("id")), None)
    for resource in resources:
        if not resource.get("id"):
            resource["id"] = _known(resource, free) or str(uuid4())
            free.pop(resource["id"], None)
    return {**said, "resources": resources}


def _known(resource: Mapping[str, Any], free: Mapping[str, Dataset]) -> str | None:
    uri, url = resource.get("uri"), resource.get("url")
    if uri:
        return next((key for key, entry in free.items() if entry.get("uri") == uri), None)
    same_address = [key for key, entry in free.items() if entry.get("url") == url and not entry.get("uri")]
    same_address.sort(key=lambda key: free[key].get("name") != resource.get("name"))
    return next(iter(same_address), None)


def same(one: Any, other: Any) -> bool:
    """Whether two values of a field say the same; nothing and an empty value do, ids of tags say nothing."""
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if "vocabulary_id" in value and "name" in value:  # a tag as CKAN shows it
            return {"name": value["name"]}
        return {key: plain for key, entry in value.items() if (plain := _plain(entry)) is not None}
    if isinstance(value, list | tuple):
        plain = [_plain(entry) for entry in value]
        is_tags = bool(plain) and all(isinstance(entry, dict) and set(entry) == {"name"} for entry in plain)
        return sorted(plain, key=lambda tag: tag["name"]) if is_tags else plain or None
    return None if value == "" else value
