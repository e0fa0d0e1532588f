"""Problems: values of a dataset dict that cannot be said in RDF as they stand.

They are collected, never raised to the feed: one bad date must not take a whole catalogue away.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

SHOWN = 80  # characters of a value that a message repeats


class RejectedError(ValueError):
    """A value has no place in RDF. `key` names the message in problems.yaml; `near` fills its {near}."""

    def __init__(self, key: str, near: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.near = near


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that was left out or is doubtful: where (`node`, `field`), which `value`, and why (`key`)."""

    key: str
    node: str
    field: str
    value: str
    near: str = ""

    def message(self, language: str = "de") -> str:
        """The problem and its remedy in German, or English for a language that begins with `en`."""
        texts = _texts()[self.key]
        short = self.value if len(self.value) <= SHOWN else self.value[:SHOWN] + "…"
        return texts["en" if language.startswith("en") else "de"].format(value=short, near=self.near or "–")


@cache
def _texts() -> dict[str, dict[str, str]]:
    source = files("ckanext.herne.dcat_ap_de").joinpath("problems.yaml").read_text("utf-8")
    texts: dict[str, dict[str, str]] = yaml.safe_load(source)
    return texts
