"""Controlled vocabularies: one data file each, read by forms, validators, RDF and shapes alike.

A file in `vocabularies/` has two parts. `list` says what the list is: `use` (for which property), `source`,
`date` (or version of the source), `count` (of its entries), `prefixes` (addresses of lists that it replaces:
what follows them is looked up here) and `in_doubt` (which entry a media type or file ending that several
entries share stands for). `terms` are {code, uri, de, en} in the order of a form's choices. `also` lists
spellings that people and older portals use; file types add `media_type`, `other_media_types`, `extensions`,
and `short` where CKAN's name of a format is not the code.

No two terms of a list may claim the same spelling. A file is read when its list is first asked for.

What a value means for a field, and what to do with a text that no vocabulary knows, is left to the callers.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import yaml
from ckanext.herne.licenses.spelling import Spellings, key

FOLDER = files("ckanext.herne.dcat_ap_de").joinpath("vocabularies")
LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's reader takes a tenth of the time


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

    def __str__(self) -> str:
        return self.code

    @property
    def format_name(self) -> str:
        """The short text CKAN shows as a resource's format."""
        return self.short or self.code

    def label(self, language: str) -> str:
        """The label in `language` (a locale such as `de` or `en_GB`): German unless English is asked for."""
        return self.en if language.lower().startswith("en") else self.de

    def names(self) -> Iterator[str]:
        """The texts that mean this term and no other, most telling first."""
        yield from filter(None, (self.uri, self.code, self.de, self.en, self.short, *self.also))

    def files(self) -> Iterator[str]:
        """The media types and file endings; several terms may share one."""
        yield from filter(None, (self.media_type, *self.other_media_types, *self.extensions))

    def spellings(self) -> Iterator[str]:
        """Every text this term answers to, unless another term has it as a name or by `in_doubt`."""
        yield from (*self.names(), *self.files())


@dataclass(frozen=True, slots=True)
class About:
    """What a list is, as the head of its file says."""

    use: str = ""
    source: str = ""
    date: str = ""
    count: int = 0
    prefixes: tuple[str, ...] = ()
    in_doubt: Mapping[str, str] = field(default_factory=dict)


class Vocabulary:
    """The terms of one file and the ways to find them.

    Look-ups ignore case, punctuation, surrounding blanks, http or https, "www.", a trailing slash, and take
    ae, oe, ue, ss for ä, ö, ü, ß.
    """

    def __init__(self, name: str, terms: Iterable[Term], about: About | None = None) -> None:
        self.name = name
        self.terms = tuple(terms)
        self.about = about or About()

    def __contains__(self, uri: object) -> bool:
        return uri in self._uris

    def by_uri(self, uri: str) -> Term | None:
        """The term with exactly this URI."""
        return self._uris.get(uri)

    def by_code(self, code: str) -> Term | None:
        return self._codes.get(key(code))

    def by_label(self, label: str) -> Term | None:
        """The term whose German or English label this is."""
        return self._labels.get(key(label))

    def by_extension(self, extension: str) -> Term | None:
        """The term that a file's ending (with or without a leading dot) stands for."""
        return self._extensions.get(key(extension))

    def find(self, text: str) -> Term | None:
        """The term meant by a URI, code, label, media type, file ending or known spelling."""
        return self._uris.get(text) or self._spellings.find(text)

    def nearest(self, text: str, count: int = 3) -> tuple[Term, ...]:
        """Up to `count` terms with a spelling close to `text`, best first; none if nothing is like it."""
        return self._spellings.nearest(text, count)

    @cached_property
    def _uris(self) -> dict[str, Term]:
        return {term.uri: term for term in self.terms}

    @cached_property
    def _codes(self) -> dict[str, Term]:
        return {key(term.code): term for term in self.terms}

    @cached_property
    def _labels(self) -> dict[str, Term]:
        return {key(label): term for term in self.terms for label in (term.de, term.en)}

    @cached_property
    def _extensions(self) -> dict[str, Term]:
        endings = {key(ending) for term in self.terms for ending in term.extensions}
        return {ending: term for ending, term in self._files.items() if ending in endings}

    @cached_property
    def _spellings(self) -> Spellings[Term]:
        known: Spellings[Term] = Spellings(f"{self.name}.yaml", self.about.prefixes)
        for term in self.terms:
            for text in term.names():
                known.add(term, text)
        # A name goes before any file ending: "TAB" is MapInfo's format, not tab-separated values.
        for text, term in self._files.items():
            known.add_unless_taken(term, text)
        return known

    @cached_property
    def _files(self) -> dict[str, Term]:
        """The term that each media type and file ending stands for.

        :raises ValueError: several terms have one and `in_doubt` does not say which it stands for.
        """
        claims: defaultdict[str, list[Term]] = defaultdict(list)
        for term in self.terms:
            for text in dict.fromkeys(map(key, term.files())):
                claims[text].append(term)
        chosen = {key(text): self._codes[key(code)] for text, code in self.about.in_doubt.items()}
        for text, terms in claims.items():
            if len(terms) > 1 and chosen.get(text) not in terms:
                raise ValueError(
                    f"{self.name}.yaml: {text!r} is said of {', '.join(map(str, terms))};"
                    " say under in_doubt which of them it stands for"
                )
        return {text: chosen.get(text, terms[0]) for text, terms in claims.items()}


@cache
def vocabulary(name: str) -> Vocabulary:
    """The vocabulary in `vocabularies/{name}.yaml`.

    :raises ValueError: there is no such file; the message lists those there are.
    """
    source = FOLDER.joinpath(f"{name}.yaml")
    if not source.is_file():
        raise ValueError(f"No vocabulary {name!r} in {FOLDER}; there are: {', '.join(names())}")
    content: dict[str, Any] = yaml.load(source.read_text("utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader
    terms = (Term(**_frozen(entry)) for entry in content["terms"])
    return Vocabulary(name, terms, About(**_frozen(content["list"])))


def names() -> list[str]:
    """The names of all vocabularies, sorted."""
    return sorted(
        entry.name.removesuffix(".yaml") for entry in FOLDER.iterdir() if entry.name.endswith(".yaml")
    )


def _frozen(entry: dict[str, Any]) -> dict[str, Any]:
    """`entry` with tuples for lists, so that what is made of it can be hashed."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
