"""What a client asks of a catalogue, with ckanext-dcat's parameters, checked before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckanext.herne.feed.filters import FILTERS
from ckanext.herne.feed.syntaxes import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

PROFILE = "dcat_ap_de_3"


@dataclass(frozen=True)
class Asked:
    """A page in the syntax of an ending (syntaxes.ENDINGS); `filters` has those of FILTERS that are given.

    Without a number it is the first page that has anything on it.
    """

    ending: str
    number: int | None = None
    filters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, ending: str, values: Mapping[str, Any]) -> Asked:
        """The same from the parameters of a request or an action.

        :raises toolkit.ValidationError: there is no page of that number.
        """
        filters = {name: str(values[name]) for name in FILTERS if values.get(name)}
        return cls(ending, page_number(str(values.get("page") or "")), filters)


def page_number(text: str) -> int | None:
    """The number of the page that `text` names; None for "".

    :raises toolkit.ValidationError: it is no whole number from 1 on.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and text.strip("0")):
        message = tk._("page: expected a whole number from 1 on, for example page=1, and not “{}”.")
        raise tk.ValidationError({"page": [message.format(text)]})
    return int(text)


def is_ours(profiles: Any) -> bool:
    """Whether the profiles named, as a list or with commas between, are ours alone; so if none is named."""
    named = profiles.split(",") if isinstance(profiles, str) else profiles
    return not any(named or ()) or list(named) == [PROFILE]


def ending_of(name: str) -> str:
    """The ending for a syntax that is named as ckanext-dcat's actions take it; RDF/XML if it is not.

    :raises toolkit.ValidationError: it is none that is written.
    """
    if not name:
        return "xml"
    if name not in NAMES:
        raise tk.ValidationError({"format": [tk._("One of: {}").format(", ".join(sorted(NAMES)))]})
    return NAMES[name]
