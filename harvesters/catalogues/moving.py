"""A catalogue as harvest objects, and which stored packages they mean. It writes harvest objects only."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.plugins.toolkit import _
from ckanext.harvest.model import HarvestGatherError, HarvestObject, HarvestObjectExtra
from ckanext.herne.dcat_ap_de import reading
from ckanext.herne.dcat_ap_de.profile import language
from ckanext.herne.harvesters.catalogues import report
from ckanext.herne.harvesters.catalogues.records import Record, records, undescribed
from ckanext.herne.harvesters.operations import config
from ckanext.herne.harvesters.operations.auth import Access
from ckanext.herne.harvesters.operations.errors import ConfigError, SourceError
from ckanext.herne.licenses.register import licence

if TYPE_CHECKING:
    from ckanext.herne.dcat_ap_de.reader import Note
    from ckanext.herne.harvesters.catalogues.collect import Catalogue

log = logging.getLogger(__name__)

NOTES = "reading_notes"
FEW = 10  # so many packages of a source may vanish at once without anybody being asked
AT_ONCE = 500  # harvest objects written in one transaction


class Configuration(Access, frozen=True):
    """What an administrator may set for a source of this type.

    `rdf_format`: media type where the server names a wrong one. `license`: id of the licence for records that
    state none. `deletable_share`: the share (0 to 1) of the source's packages that one run may delete.
    """

    rdf_format: str = ""
    license: str = ""
    deletable_share: float = 0.5


def configured(text: str | None) -> Configuration:
    """The configuration of a source.

    :raises ConfigError: an unknown key, a wrong type, an unknown licence, a share outside of 0 to 1.
    """
    found = config.parse(text or "{}", Configuration)
    if found.license and licence(found.license) is None:
        raise ConfigError(_('license: "{text}" is not in the licence register').format(text=found.license))
    if not 0 <= found.deletable_share <= 1:
        raise ConfigError(_("deletable_share: expected a number from 0 to 1"))
    return found


@dataclass(frozen=True)
class Previous:
    """The harvest object under which a package was stored last."""

    guid: str
    package_id: str


def objects(job: Any, found: Catalogue) -> tuple[list[str], set[str]]:
    """Stores a harvest object for each record of the catalogue; gives their ids and all guids of the source.

    A record that cannot be read leaves an error with the job; the others come in, and it counts as present.

    :raises SourceError: the catalogue has no record.
    """
    present = records(found.graph, found.source)
    listed = undescribed(found.graph)
    if not present:
        problem = _("there is no dataset, series or service in the answer; nothing was changed")
        raise SourceError(found.source, "", problem, _("Check the address of the source"))
    for uri in listed:
        problem = _("the catalogue lists it, but nothing is said about it")
        _complain(job, SourceError(found.source, uri, problem, _("Have the source describe it")))
    made, guids = list[HarvestObject](), set(listed)
    for record in present:
        if record.guid in guids:
            problem = _("a second record says it is the same; only the first one was read")
            remedy = _("Have the source give each record an address or identifier of its own")
            _complain(job, SourceError(found.source, record.guid, problem, remedy))
            continue
        guids.add(record.guid)
        entry = _object(job, found, record)
        if entry is not None:
            made.append(entry)
    for start in range(0, len(made), AT_ONCE):
        model.Session.add_all(made[start : start + AT_ONCE])
        model.Session.commit()
    return [entry.id for entry in made], guids


def _object(job: Any, found: Catalogue, record: Record) -> HarvestObject | None:
    try:
        said = reading(found.graph, record.node, language())
    except Exception as error:
        log.exception("Fault while reading %s", record.guid)
        problem = _("the record cannot be read: {error}").format(error=repr(error))
        remedy = _("Correct it at the source; the log says more. The other records came in")
        _complain(job, SourceError(found.source, record.guid, problem, remedy))
        return None
    content = json.dumps(said.dataset, sort_keys=True, ensure_ascii=False)
    extra = HarvestObjectExtra(key=NOTES, value=report.encode(report.once(said.notes)))
    return HarvestObject(guid=record.guid, job=job, content=content, extras=[extra])


def _complain(job: Any, error: Exception) -> None:
    HarvestGatherError.create(message=str(error), job=job)


def vanished(job: Any, found: Catalogue, guids: set[str], share: float) -> list[Previous]:
    """The packages of the source that it no longer has, and that may therefore be deleted.

    :raises SourceError: the catalogue is incomplete, or too much of it is missing to be believed.
    """
    query = model.Session.query(HarvestObject.guid, HarvestObject.package_id).filter(
        HarvestObject.current.is_(True),
        HarvestObject.harvest_source_id == job.source.id,
        HarvestObject.package_id.isnot(None),
    )
    stored = [Previous(*row) for row in query]
    gone = [one for one in stored if one.guid not in guids]
    if gone and found.announced > len(guids):
        problem = _(
            "the catalogue announces {announced} records and delivers {delivered}; nothing is deleted"
        )
        problem = problem.format(announced=found.announced, delivered=len(guids))
        raise SourceError(found.source, "", problem, _("Try again later, or ask its operator"))
    if len(gone) > FEW and len(gone) > share * len(stored):
        problem = _("{gone} of {stored} records are no longer there; nothing is deleted")
        problem = problem.format(gone=len(gone), stored=len(stored))
        remedy = _('Check the source. If it is right, set "deletable_share": 1 in its configuration')
        raise SourceError(found.source, "", problem, remedy)
    return gone


def notes_of(harvest_object: Any) -> list[Note]:
    """What was noted when this object was read and stored."""
    return report.decode(next((extra.value for extra in harvest_object.extras if extra.key == NOTES), None))


def keep_notes(harvest_object: Any, notes: list[Note]) -> None:
    """Puts notes with the harvest object in place of those it has."""
    for extra in harvest_object.extras:
        if extra.key == NOTES:
            extra.value = report.encode(notes)
            extra.save()


def previous(harvest_object: Any) -> Any:
    """The object under which the same record is stored now; None if it is not."""
    query = model.Session.query(HarvestObject).filter_by(guid=harvest_object.guid, current=True)
    return query.filter(HarvestObject.id != harvest_object.id).first()


def stored_package(guid: str) -> str | None:
    """Id of the package that was harvested as `guid`, or that carries it as its URI."""
    query = model.Session.query(HarvestObject.package_id).join(
        model.Package, model.Package.id == HarvestObject.package_id
    )
    row = query.filter(HarvestObject.guid == guid).order_by(HarvestObject.gathered.desc()).first()
    if row is None:
        uri = model.Package.extras["uri"] == json.dumps(guid)
        row = model.Session.query(model.Package.id).filter(uri).first()
    return str(row[0]) if row else None


def keep_ids(dataset: dict[str, Any]) -> None:
    """Lets package and resources keep the UUIDs that another CKAN gave them in their URIs, if free."""
    own = _uuid(dataset.get("uri"))
    if own and model.Package.get(own) is None:
        dataset["id"] = own
    for resource in dataset.get("resources", []):
        old = _uuid(resource.get("uri"))
        if old and model.Session.get(model.Resource, old) is None:
            resource["id"] = old


def _uuid(uri: Any) -> str | None:
    last = str(uri or "").rstrip("/").rpartition("/")[2]
    try:
        return last if str(UUID(last)) == last else None
    except ValueError:
        return None


def match_resources(dataset: dict[str, Any], stored: dict[str, Any]) -> None:
    """Gives nameless resources the ids of those stored ones that have the same address, each once."""
    taken = {resource.get("id") for resource in dataset["resources"]}
    free = [entry for entry in stored.get("resources", []) if entry["id"] not in taken]
    for resource in dataset["resources"]:
        if resource.get("id"):
            continue
        same = [entry for entry in free if entry.get("url") == resource.get("url") and not entry.get("uri")]
        same.sort(key=lambda entry: entry.get("name") != resource.get("name"))
        if same:
            resource["id"] = same[0]["id"]
            free.remove(same[0])


def shown(package_id: str) -> dict[str, Any]:
    """The package as it is stored."""
    context = {"ignore_auth": True, "use_cache": False}
    package: dict[str, Any] = tk.get_action("package_show")(context, {"id": package_id})
    return package
