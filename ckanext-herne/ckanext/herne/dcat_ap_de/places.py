"""Places: what may be said about a URI that many datasets share, and where the rest is said.

A dataset names a place by a key that others use too. Were each dataset to add its own geometry to that node,
the catalogue would have one place with many boxes (the specification allows one). So only the facts in
places.yaml stand at a shared URI; whatever else a dataset says about it stands at a node of its own that
points to the URI.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from ckanext.herne.dcat_ap_de import geometry

Entry = dict[str, Any]
GEOMETRIES = ("bbox", "centroid", "geom")
FACTS = ("text", *GEOMETRIES)


@cache
def places() -> dict[str, Entry]:
    """The shared places by URI, as entries of the field `spatial_coverage`."""
    source = files("ckanext.herne.dcat_ap_de").joinpath("places.yaml").read_text("utf-8")
    return {place["uri"]: {**place, "bbox": geometry.box(*place["bbox"])} for place in yaml.safe_load(source)}


def expand(entries: list[Any], own: str) -> list[Any]:
    """Entries of `spatial_coverage` as the nodes they become; a URI that begins with `own` is not shared.

    What is no entry at all is passed through for the writer to reject.
    """
    return [node for entry in entries for node in _expanded(entry, own)]


def _expanded(entry: Any, own: str) -> list[Any]:
    if not isinstance(entry, dict):
        return [entry]
    uri = str(entry.get("uri") or "").strip()
    facts = {key: entry[key] for key in FACTS if entry.get(key) not in (None, "", [], {})}
    if not uri or uri.startswith(own):
        return [entry]
    known = places().get(uri, {"uri": uri})
    extra = {key: value for key, value in facts.items() if not _same(key, value, known.get(key))}
    return [known, {**extra, "same_as": uri}] if extra else [known]


def _same(key: str, value: Any, known: Any) -> bool:
    if key not in GEOMETRIES or known is None:
        return bool(value == known)
    return geometry.same(value, known)


def join(nodes: list[Entry]) -> list[Entry]:
    """The reverse of `expand`: what was said at a node of its own comes back to the URI it points to."""
    joined: dict[str, Entry] = {}
    for number, node in enumerate(nodes):
        uri = node.get("same_as") or node.get("uri") or f"#{number}"
        facts = {key: value for key, value in node.items() if key != "same_as"}
        if "same_as" in node:
            facts["uri"] = uri
        joined[uri] = {**joined.get(uri, {}), **facts}
    return list(joined.values())
