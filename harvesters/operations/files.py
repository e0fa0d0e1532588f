"""Files that a source brings, such as a year's rows as Parquet: what the dataset says of them, and how they
reach CKAN's storage.

A file belongs to a resource, whose id never changes. Whether it has changed shows in its checksum, one of the
fields that are merged; where and how it is kept is CKAN's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from ckan.lib import uploader
from ckan.lib.munge import munge_filename
from ckan.plugins.toolkit import _
from ckanext.herne.files.digest import facts_of
from ckanext.herne.files.storage import CHUNK
from ckanext.herne.harvesters.operations.errors import SourceError
from werkzeug.datastructures import FileStorage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ckanext.herne.files.digest import Facts

Dataset = dict[str, Any]
UPLOAD = "upload"


@dataclass(frozen=True)
class File:
    """The file of the resource that has `resource_id` among the resources of the dataset.

    `content` is binary, open for reading and can be read again from its start: a temporary file where it may
    be large. It is closed once it is stored.
    """

    resource_id: str
    name: str
    media_type: str
    content: IO[bytes]

    @cached_property
    def facts(self) -> Facts:
        """Size and checksum."""
        self.content.seek(0)
        return facts_of(iter(lambda: self.content.read(CHUNK), b""))

    @property
    def said(self) -> Dataset:
        """The fields of its resource that follow from the file."""
        return {
            "url": munge_filename(self.name),
            "url_type": UPLOAD,
            "mimetype": self.media_type,
            "size": self.facts.size,
            "hash": self.facts.hash,
            "hash_algorithm": self.facts.hash_algorithm,
        }

    def sent(self) -> FileStorage:
        """The file as CKAN takes it from a form."""
        self.content.seek(0)
        return FileStorage(self.content, self.name, content_type=self.media_type)


def with_said(dataset: Dataset, files: Iterable[File]) -> Dataset:
    """The dataset with what follows from its files in their resources."""
    return _with(dataset, {file.resource_id: file.said for file in files})


def with_uploads(dataset: Dataset, files: Iterable[File]) -> Dataset:
    """The dataset as it is given to CKAN, which stores files together with their fields."""
    return _with(dataset, {file.resource_id: {UPLOAD: file.sent()} for file in files})


def without(dataset: Dataset, files: Iterable[File]) -> Dataset:
    """The dataset without the resources of these files."""
    ids = {file.resource_id for file in files}
    kept = [entry for entry in dataset.get("resources", []) if entry["id"] not in ids]
    return {**dataset, "resources": kept} if ids else dataset


def with_names(dataset: Dataset, files: Iterable[File]) -> Dataset:
    """A dataset as CKAN shows it with the names that are stored of these files instead of their addresses."""
    ids = {file.resource_id for file in files}
    uploads = [entry for entry in dataset.get("resources", []) if entry.get("url_type") == UPLOAD]
    names = {entry["id"]: {"url": entry["url"].rpartition("/")[2]} for entry in uploads if entry["id"] in ids}
    return _with(dataset, names)


def to_store(dataset: Dataset, stored: Dataset | None, files: Iterable[File]) -> tuple[File, ...]:
    """The files that the dataset wants and that are not stored; a steward's own file in their place stays."""
    wanted, here = _checksums(dataset), _checksums(stored or {})
    return tuple(
        file
        for file in files
        if wanted.get(file.resource_id) == file.facts.hash != here.get(file.resource_id)
    )


def refuse_unstorable(files: Iterable[File], source: str) -> None:
    """Raises SourceError if CKAN will not store one of the files; then nothing is written of its record."""
    most = uploader.get_max_resource_size()
    for file in files:
        # a storage of the file API has limits of its own
        if not isinstance(uploader.get_resource_uploader({}), uploader.ResourceUpload):
            continue
        if not uploader.get_storage_path():
            problem = _("the portal has no place for files")
            raise SourceError(source, file.name, problem, _("Set ckan.storage_path"))
        if (file.facts.size or 0) > most * uploader.MB:
            problem = _("the file has more than {most} MB").format(most=most)
            raise SourceError(source, file.name, problem, _("Raise ckan.max_resource_size"))


def _with(dataset: Dataset, fields: Mapping[str, Dataset]) -> Dataset:
    """The dataset with further fields for resources by id."""
    if not fields:
        return dataset
    changed = [{**entry, **fields.get(entry["id"], {})} for entry in dataset["resources"]]
    return {**dataset, "resources": changed}


def _checksums(dataset: Dataset) -> dict[str, str]:
    return {entry["id"]: str(entry.get("hash") or "") for entry in dataset.get("resources", [])}
