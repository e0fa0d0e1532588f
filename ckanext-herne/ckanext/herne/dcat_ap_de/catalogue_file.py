"""What an operator lets the catalogue say about itself beyond the options: fields in a YAML file."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from ckanext.herne.dcat_ap_de.mapping import mapping

LISTED = frozenset({"dataset", "service", "record"})  # what the catalogue lists is not for a file to say


def catalogue_statements(path: str) -> dict[str, Any]:
    """The fields in the file at `path`; none if the path is empty. The file is read once.

    :raises ValueError: it cannot be read, is no YAML mapping, or has keys that are no fields of a catalogue.
    """
    return dict(_statements(path)) if path else {}


@lru_cache(maxsize=4)
def _statements(path: str) -> dict[str, Any]:
    try:
        facts = yaml.safe_load(Path(path).read_text("utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ValueError(f"ckanext.herne.catalogue_file: {path} cannot be read ({error})") from error
    known = {prop.field for prop in mapping().classes["Catalog"].properties} - LISTED
    translated = {f"{name}_translated" for name in known}
    if not isinstance(facts, dict) or set(facts) - known - translated:
        raise ValueError(
            f"ckanext.herne.catalogue_file: {path} must be a YAML mapping with these keys only: "
            + ", ".join(sorted(known))
        )
    return facts
