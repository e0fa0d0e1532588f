"""The whole catalogue as files that any web server can serve: for a mirror, an archive, or a bad day.

The pages link each other under the address they will have there; identifiers stay those of the portal. All
files show one state of the database, and take the place of an earlier export at once.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.feed import pages, store
from ckanext.herne.feed.asked import Asked
from ckanext.herne.feed.catalogue import FileCatalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MARK = ".herne-export"  # names a folder that an earlier export made


class OccupiedError(Exception):
    """The folder has something else in it."""


def page_numbers() -> list[int]:
    """The pages that an export writes, once for each syntax."""
    return store.pages(int(tk.config["ckanext.dcat.datasets_per_page"])) or [1]


def exported(folder: Path, address: str, endings: Sequence[str]) -> Iterator[Path]:
    """Write the catalogue; gives the name of each file when it is written. `address` is the folder's, later.

    The first page is also `catalog.ENDING`. Nothing is there before all of it is.

    :raises OccupiedError: the folder exists, is not empty, and was not made by an export.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise OccupiedError(str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        model.Session.rollback()
        model.Session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield from _written(made, address.rstrip("/"), endings)
        (made / MARK).touch()
        _put_in_place(made, folder)
    finally:
        model.Session.rollback()
        shutil.rmtree(made, ignore_errors=True)


def _written(folder: Path, address: str, endings: Sequence[str]) -> Iterator[Path]:
    settings = portal_settings()
    catalogue = FileCatalogue(settings.base, address, settings)
    numbers = page_numbers()
    for ending in endings:
        for number in numbers:
            asked = Asked(ending, number)
            _page, text = pages.with_text(partial(pages.catalogue_page, catalogue, asked))
            path = folder / f"catalog-{number}.{ending}"
            path.write_text(text, "utf-8")
            if number == numbers[0]:
                shutil.copy(path, folder / f"catalog.{ending}")
            yield Path(path.name)


def _put_in_place(made: Path, folder: Path) -> None:
    made.chmod(0o755)
    if not folder.exists():
        made.rename(folder)
        return
    former = made.with_name(f"{made.name}-former")
    folder.rename(former)
    made.rename(folder)
    shutil.rmtree(former)
