"""Reads uploaded files from wherever CKAN keeps them.

That is a folder (`ckan.storage_path`), a storage of CKAN's file API (`ckan.files.storage.*`, for example S3),
or a local path that an uploader plugin names.

The way to the file is the one CKAN's own download takes.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.common import config
from ckan.lib import files
from ckan.lib.uploader import ResourceUpload, get_resource_uploader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHUNK = 1 << 20  # bytes


class FileUnavailableError(Exception):
    """A file cannot be read; says why and what to do."""

    def __init__(self, why: str, remedy: str, *, is_missing: bool = False) -> None:
        super().__init__(f"{why}. Remedy: {remedy}")
        self.is_missing = is_missing


def chunks_of_file(resource_id: str) -> Iterator[bytes]:
    """The uploaded file of a resource, chunk by chunk.

    :raises FileUnavailableError: it is not there or cannot be read, at the start or half-way.
    """
    try:
        with contextlib.ExitStack() as closing:
            stream = _opened(resource_id)
            closing.callback(getattr(stream, "close", lambda: None))
            yield from _chunks(stream)
    except (FileNotFoundError, files.exc.MissingFileError) as error:
        remedy = "restore the file from a backup, or upload it again"
        raise FileUnavailableError("the file is missing in the storage", remedy, is_missing=True) from error
    except (OSError, files.exc.FilesError, tk.ValidationError) as error:
        remedy = "let CKAN's account read the storage, or upload the file again"
        raise FileUnavailableError(f"the file cannot be read ({error})", remedy) from error


def _opened(resource_id: str) -> Any:
    uploader = get_resource_uploader({"id": resource_id, "url_type": "upload"})
    if isinstance(uploader, ResourceUpload) and not config.get("ckan.storage_path"):
        raise FileUnavailableError(
            "no storage is configured", "set ckan.storage_path or ckan.files.storage.* in ckan.ini"
        )
    path = uploader.get_path(resource_id)
    storage: Any = getattr(uploader, "storage", None)
    if hasattr(storage, "stream"):
        return storage.stream(files.FileData(files.Location(path)))
    return Path(path).open("rb")


def _chunks(stream: Any) -> Iterable[bytes]:
    # iterating over a file goes line by line, and a line may be as long as the file
    return iter(lambda: stream.read(CHUNK), b"") if hasattr(stream, "read") else stream
