"""A steward who works on the portal while somebody crawls its catalogue, exactly between two pages."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests
from werkzeug.wrappers import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECONDS = 60


class BetweenPages:
    """A WSGI application in front of the portal's; `before[n]` happens when page n is asked for, once."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.before: dict[int, list[Callable[[], object]]] = defaultdict(list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        asked = Request(environ)
        if asked.path.startswith("/catalog."):
            for act in self.before.pop(asked.args.get("page", 1, int), ()):
                act()
        return self.app(environ, start_response)


def files(number: int) -> list[dict[str, str]]:
    """Two resources of a dataset."""
    address = f"https://example.org/{number}"
    return [
        {"url": f"{address}.csv", "format": "CSV", "name": f"Tabelle {number}"},
        {"url": f"{address}.json", "format": "JSON", "name": f"Liste {number}"},
    ]


def plain(number: int) -> dict[str, Any]:
    """The fields of a dataset that the gate lets through."""
    return {
        "title": f"Datensatz {number}",
        "notes": f"Erfunden, Nummer {number}.",
        "resources": files(number),
    }


@dataclass(frozen=True)
class Steward:
    """Somebody who uses the portal's API."""

    url: str
    token: str

    def call(self, action: str, **fields: Any) -> Any:
        headers = {"Authorization": self.token}
        answer = requests.post(
            f"{self.url}/api/3/action/{action}", json=fields, headers=headers, timeout=SECONDS
        ).json()
        assert answer["success"], answer
        return answer["result"]


@dataclass
class Work:
    """What a steward did during a crawl: URIs of datasets that were edited, deleted and created."""

    edited: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    created: set[str] = field(default_factory=set)


def work_between(
    pages: BetweenPages, steward: Steward, uris: Sequence[str], last_page: int, amount: int, seed: int
) -> Work:
    """Have so many datasets edited, deleted and created in the coming crawl, in all its gaps in turn."""
    chosen = random.Random(seed).sample(list(uris), 2 * amount)
    work = Work()

    def one(number: int) -> None:
        edited, deleted = chosen[2 * number], chosen[2 * number + 1]
        steward.call("package_patch", id=_id(edited), notes=f"Geändert in Runde {seed}.")
        steward.call("package_delete", id=_id(deleted))
        made = steward.call("package_create", **plain(seed * 100_000 + number))
        work.edited.add(edited)
        work.deleted.add(deleted)
        work.created.add(f"{steward.url}/dataset/{made['id']}")

    for number in range(amount):
        pages.before[2 + number % (last_page - 1)].append(lambda number=number: one(number))
    return work


def _id(uri: str) -> str:
    return uri.rpartition("/")[2]
