"""How people's spellings are compared: licences and vocabularies answer to them in the same way.

A `Spellings` knows which thing a text means and which things come closest to one that it does not know. A
spelling stands for one thing; a second claim is an error of the data. What is spelled, and what happens to a
text that nobody knows, is left to the callers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T", bound=Hashable)

LONGEST = 1000  # characters; no spelling comes near, and nobody waits for five megabytes to be folded
COMPARED = 120  # characters of a text that are compared when looking for what comes closest
CLOSE = 0.66  # share of letters in common from which a spelling is worth proposing
LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})  # casefold has made ss of the sharp s
BETWEEN = re.compile(r"[\W_]+")
ADDRESS = re.compile(r"^\s*(https?:)?//(www\.)?|^\s*www\.", re.IGNORECASE)


class Spellings(Generic[T]):
    """The texts that things answer to.

    `prefixes` are beginnings that change nothing, such as the address of a list that another one has
    replaced; `where` names the data file in errors.
    """

    def __init__(self, where: str, prefixes: Iterable[str] = ()) -> None:
        self._where = where
        self._prefixes = tuple(f"{key(prefix)}-" for prefix in prefixes)
        self._owners: dict[str, T] = {}
        self._addresses: set[str] = set()  # never proposed: within a list they are all alike

    def add(self, owner: T, text: str) -> None:
        """Let `text` mean `owner`.

        :raises ValueError: it means something else already.
        """
        for form in self._forms(text):
            if self._owners.setdefault(form, owner) != owner:
                raise ValueError(
                    f"{self._where}: the spelling {text!r} stands for {self._owners[form]} and for {owner};"
                    " remove one of the two"
                )
        if ADDRESS.match(text):
            self._addresses.add(key(text))

    def add_unless_taken(self, owner: T, text: str) -> None:
        """Let `text` mean `owner` if it means nothing yet."""
        self._owners.setdefault(key(text), owner)

    def find(self, text: str) -> T | None:
        """The thing that `text` means. A media type's parameters ("; charset=utf-8") need not be known."""
        if len(text) > LONGEST:
            return None
        name, _, parameters = text.partition(";") if "/" in text else (text, "", "")
        return self._owner(text) or (self._owner(name) if parameters else None)

    def _owner(self, text: str) -> T | None:
        """What `text` means, with or without a prefix."""
        return next((self._owners[form] for form in self._forms(text) if form in self._owners), None)

    def nearest(self, text: str, count: int = 3) -> tuple[T, ...]:
        """Up to `count` things whose spelling comes close to `text`, best first; none for nonsense."""
        asked = self._tail(text[:COMPARED])
        if len(asked) < 2:
            return ()
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(asked)
        best: dict[T, float] = {}
        for spelling, owner in self._owners.items():
            if spelling not in self._addresses:
                score = _closeness(matcher, asked, spelling)
                if score > best.get(owner, 0.0):
                    best[owner] = score
        return tuple(sorted(best, key=best.__getitem__, reverse=True)[:count])

    def _forms(self, text: str) -> Iterator[str]:
        """The keys of `text`: whole, and without a prefix."""
        if whole := key(text):
            yield whole
            yield from (whole.removeprefix(each) for each in self._prefixes if whole.startswith(each))

    def _tail(self, text: str) -> str:
        """What of `text` is compared: of an address its last part, for a list's addresses begin alike."""
        *_, shortest = ("", *self._forms(text))
        if ADDRESS.match(text) and shortest == key(text):
            return key(re.split("[/#]", text.rstrip("/# "))[-1])
        return shortest


def key(text: str) -> str:
    """`text` as it is compared: letters and digits only, no case, ae for ä, hyphens for all between.

    Scheme and "www." of an address do not count, nor do slashes, blanks or dots at either end.
    """
    plain = ADDRESS.sub("", text, count=1)
    if plain.isascii():
        plain = plain.lower()
    else:
        plain = unicodedata.normalize("NFKC", plain).casefold().translate(LETTERS)
    return BETWEEN.sub("-", plain).strip("-").replace("licence", "license")


def _closeness(matcher: SequenceMatcher[str], asked: str, spelling: str) -> float:
    """How well `spelling` fits, from 0 to 1: the same, one with the other's words in it, or alike."""
    if asked == spelling:
        return 1.0
    short, long = sorted((asked, spelling), key=len)
    if len(short) >= 3 and f"-{short}" in f"-{long}":
        whole_words, share = f"-{short}-" in f"-{long}-", 0.1 * len(short) / len(long)
        if short == asked:
            return (0.85 if whole_words else 0.8) + share
        if whole_words:
            return 0.7 + share
    if "-" in spelling and len(spelling) > len(asked) + 3:
        return 0.9 * max(_alike(matcher, word) for word in spelling.split("-"))
    return _alike(matcher, spelling)


def _alike(matcher: SequenceMatcher[str], word: str) -> float:
    matcher.set_seq1(word)
    if matcher.real_quick_ratio() < CLOSE or matcher.quick_ratio() < CLOSE:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= CLOSE else 0.0
