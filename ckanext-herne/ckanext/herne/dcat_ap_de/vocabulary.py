"""Controlled vocabularies: one data file each, read by forms, validators, RDF and shapes alike.

A file in `vocabularies/` is a list of {code, uri, de, en}. File types add `media_type`, `other_media_types`,
`extensions`, and `short` where CKAN's name of a format is not the code; `also` lists spellings that people
and older portals use. A form shows the entries in the file's order, and where two of them claim the same
spelling the first one wins.

What a value means for a field, and what to do with a text that no vocabulary knows, is left to the callers.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import yaml

FOLDER = files("ckanext.herne.dcat_ap_de").joinpath("vocabularies")


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a vocabulary. `de` and `en` are its labels; media types and extensions are lower case."""

    code: str
    uri: str
    de: str
    en: str
    media_type: str = ""
    other_media_types: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    short: str = ""

    @property
    def format_name(self) -> str:
        """The short text CKAN shows as a resource's format."""
        return self.short or self.code

    def label(self, language: str) -> str:
        """The label in `language` (a locale such as `de` or `en_GB`): German unless English is asked for."""
        return self.en if language.lower().startswith("en") else self.de

    def spellings(self) -> Iterator[str]:
        """Every text this term answers to, most telling first."""
        yield from (self.uri, self.code, self.de, self.en, self.short, self.media_type)
        yield from (*self.also, *self.extensions, *self.other_media_types)


class Vocabulary:
    """The terms of one file and the ways to find them. All look-ups ignore case and surrounding blanks."""

    def __init__(self, name: str, terms: Iterable[Term]) -> None:
        self.name = name
        self.terms = tuple(terms)

    def __contains__(self, uri: object) -> bool:
        return uri in self._uris

    def by_uri(self, uri: str) -> Term | None:
        """The term with exactly this URI."""
        return self._uris.get(uri)

    def by_code(self, code: str) -> Term | None:
        return self._codes.get(folded(code))

    def by_label(self, label: str) -> Term | None:
        """The term whose German or English label this is."""
        return self._labels.get(folded(label))

    def by_extension(self, extension: str) -> Term | None:
        """The term that a file's ending (with or without a leading dot) stands for."""
        return self._extensions.get(folded(extension))

    def find(self, text: str) -> Term | None:
        """The term meant by a URI (http or https), code, label, media type, extension or known spelling."""
        return self._spellings.get(folded(text))

    @cached_property
    def _uris(self) -> dict[str, Term]:
        return {term.uri: term for term in self.terms}

    @cached_property
    def _codes(self) -> dict[str, Term]:
        return first_wins((folded(term.code), term) for term in self.terms)

    @cached_property
    def _labels(self) -> dict[str, Term]:
        return first_wins((folded(label), term) for term in self.terms for label in (term.de, term.en))

    @cached_property
    def _extensions(self) -> dict[str, Term]:
        return first_wins((folded(ending), term) for term in self.terms for ending in term.extensions)

    @cached_property
    def _spellings(self) -> dict[str, Term]:
        # Any term's code or label goes before any extension: "TAB" is MapInfo's format, not TSV's ending.
        exact = [(text, term) for term in self.terms for text in (term.uri, term.code, term.de, term.en)]
        loose = [(text, term) for term in self.terms for text in term.spellings()]
        return first_wins((folded(text), term) for text, term in (*exact, *loose))


def folded(text: str) -> str:
    """`text` as look-ups compare it: one Unicode form, no case, single blanks, http, no leading dot."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return plain.replace("https://", "http://", 1).removeprefix(".")


def first_wins(pairs: Iterable[tuple[str, Term]]) -> dict[str, Term]:
    """A dictionary of the pairs in which the first of equal keys stays; empty keys are left out."""
    found: dict[str, Term] = {}
    for key, term in pairs:
        if key:
            found.setdefault(key, term)
    return found


@cache
def vocabulary(name: str) -> Vocabulary:
    """The vocabulary in `vocabularies/{name}.yaml`.

    :raises ValueError: there is no such file; the message lists those there are.
    """
    source = FOLDER.joinpath(f"{name}.yaml")
    if not source.is_file():
        raise ValueError(f"No vocabulary {name!r} in {FOLDER}; there are: {', '.join(names())}")
    entries: list[dict[str, Any]] = yaml.safe_load(source.read_text("utf-8"))
    return Vocabulary(name, (term_from(entry) for entry in entries))


def names() -> list[str]:
    """The names of all vocabularies, sorted."""
    return sorted(
        entry.name.removesuffix(".yaml") for entry in FOLDER.iterdir() if entry.name.endswith(".yaml")
    )


def term_from(entry: dict[str, Any]) -> Term:
    """A term from one entry of a file; its lists become tuples so that terms can be hashed."""
    facts: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    return Term(**facts)
