"""The harvester `herne_dcat`: ckanext-dcat's RDF harvester for whole catalogues of DCAT-AP.de.

ckanext-dcat stores the single dataset; what differs stands here. A catalogue is read whole or not at all;
series and services come in too; a value that a field refuses does not cost the record; what has not
changed is left alone; an empty or broken answer deletes nothing.
"""

from __future__ import annotations

import logging
from typing import Any, Literal

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.dcat.harvesters.rdf import DCATRDFHarvester
from ckanext.dcat.interfaces import IDCATRDFHarvester
from ckanext.harvest.model import HarvestGatherError, HarvestObject
from ckanext.herne.dcat_ap_de.mapping import DATASET_SERIES
from ckanext.herne.harvesters.catalogues import checks, moving, refusals, views
from ckanext.herne.harvesters.catalogues.collect import LARGE, catalogue
from ckanext.herne.harvesters.operations import auth, config
from ckanext.herne.harvesters.operations.conceal import concealed
from ckanext.herne.harvesters.operations.errors import ConfigError, SourceError
from ckanext.herne.harvesters.operations.http import Http
from ckanext.herne.harvesters.operations.http.options import limits
from ckanext.herne.harvesters.plugin import harvest_source_reindex
from ckanext.herne.portal.defaults import name_from
from ckanext.herne.portal.saving import is_name_taken
from rdflib import DCAT, RDF

log = logging.getLogger(__name__)

Outcome = bool | Literal["unchanged"]
TYPE = "herne_dcat"


class CatalogueHarvester(DCATRDFHarvester):  # type: ignore[misc]
    """Harvest sources of the type `herne_dcat`."""

    p.implements(p.IActions)
    p.implements(p.IConfigurer)
    p.implements(p.ITemplateHelpers)
    p.implements(IDCATRDFHarvester, inherit=True)

    def info(self) -> dict[str, Any]:
        return {
            "name": TYPE,
            "title": tk._("Catalogue of another portal (DCAT-AP.de)"),
            "description": tk._(
                "Datasets, series and services of a DCAT-AP.de catalogue, version 1.x to 3.0"
            ),
        }

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")

    def get_actions(self) -> dict[str, Any]:
        return {
            "harvest_source_reindex": harvest_source_reindex,
            "herne_harvest_report": views.herne_harvest_report,
        }

    def get_helpers(self) -> dict[str, Any]:
        return {"herne_harvest_report": views.job_report}

    def validate_config(self, source_config: str) -> str:
        wanted = moving.configured(source_config)
        auth.checked(wanted)
        return config.canonical(wanted)

    def gather_stage(self, harvest_job: Any) -> list[str]:
        """Harvest objects for all records, and for the packages whose records have vanished."""
        try:
            wanted = moving.configured(harvest_job.source.config)
            http = Http.configured(harvest_job.source.title, limits().at_least(LARGE))
            http.session.auth = auth.auth_of(wanted, harvest_job.source.url)
            found = catalogue(harvest_job.source.url, http, wanted.rdf_format)
            ids, guids = moving.objects(harvest_job, found)
        except (SourceError, ConfigError) as error:
            HarvestGatherError.create(message=str(error), job=harvest_job)
            return []
        try:
            gone = moving.vanished(harvest_job, found, guids, wanted.deletable_share)
        except SourceError as error:
            HarvestGatherError.create(message=str(error), job=harvest_job)
            return ids
        if gone:
            ids += self._mark_datasets_for_deletion(guids, harvest_job)
        return ids

    def import_stage(self, harvest_object: Any) -> Outcome:
        """Stores the record; leaves everything as it was if it cannot, or if nothing has changed."""
        before = moving.previous(harvest_object)
        if self._get_object_extra(harvest_object, "status") != "delete" and before is not None:
            if before.harvest_source_id != harvest_object.harvest_source_id:
                return self._failed(harvest_object, before, _elsewhere(harvest_object, before))
            if _is_unchanged(harvest_object, before):
                moving.keep_notes(harvest_object, moving.notes_of(before))
                harvest_object.package_id = before.package_id
                harvest_object.save()
                return "unchanged"
        try:
            outcome: Outcome = super().import_stage(harvest_object)
        except Exception as error:
            return self._failed(harvest_object, before, error)
        return outcome or self._failed(harvest_object, before, None)

    def modify_package_dict(
        self, package_dict: dict[str, Any], dcat_dict: dict[str, Any], harvest_object: Any
    ) -> dict[str, Any]:
        """The record as the portal takes it.

        :raises SourceError: it lacks what the portal cannot do without.
        """
        source = model.Package.get(harvest_object.source.id)
        package_dict.setdefault("owner_org", source.owner_org if source else "")
        wanted = moving.configured(harvest_object.source.config)
        added = checks.complete(package_dict, wanted.license)
        try:
            package, refused = refusals.acceptable(package_dict, checks.errors)
        except refusals.MissingError as error:
            raise refusals.as_source_error(error, harvest_object.source.url, harvest_object.guid) from error
        notes = [*moving.notes_of(harvest_object), *added, *refused, *checks.defaulted(package)]
        moving.keep_notes(harvest_object, notes)
        package["name"] = name_from(str(package.get("title") or ""), is_name_taken)
        return {**package, "state": "active", "resources": package.get("resources", [])}

    def before_create(
        self, harvest_object: Any, dataset_dict: dict[str, Any], temp_dict: dict[str, Any]
    ) -> None:
        """Keep the ids of the portal the record comes from."""
        if harvest_object.source.type == TYPE:
            moving.keep_ids(dataset_dict)
            harvest_object.package_id = dataset_dict["id"]

    def before_update(
        self, harvest_object: Any, dataset_dict: dict[str, Any], temp_dict: dict[str, Any]
    ) -> None:
        """Keep the ids of stored resources, also of those that the source gives no name."""
        if harvest_object.source.type == TYPE:
            moving.match_resources(dataset_dict, moving.shown(dataset_dict["id"]))

    def after_parsing(self, rdf_parser: Any, harvest_job: Any) -> tuple[Any, list[str]]:
        """For ckanext-dcat's own gathering: series and services count; an empty answer deletes nothing."""
        for kind in (DATASET_SERIES, DCAT.DataService):
            for node in list(rdf_parser.g.subjects(RDF.type, kind)):
                if (None, DCAT.accessService, node) not in rdf_parser.g:
                    rdf_parser.g.add((node, RDF.type, DCAT.Dataset))
        if next(rdf_parser.g.subjects(RDF.type, DCAT.Dataset), None) is None:
            problem = tk._("there is no dataset, series or service in the answer; nothing was changed")
            return None, [f"{harvest_job.source.url}: {problem}"]
        return rdf_parser, []

    def _get_existing_dataset(self, guid: str) -> dict[str, Any] | None:
        found = moving.stored_package(guid)
        return moving.shown(found) if found else None

    def _failed(self, harvest_object: Any, before: Any, error: Exception | None) -> Literal[False]:
        """Keeps the error, and the earlier object as the one that tells where the package comes from."""
        object_id, before_id = harvest_object.id, before.id if before else None
        model.Session.rollback()
        stages = model.Session.query(HarvestObject)
        stages.filter_by(id=object_id).update({"current": False, "package_id": None})
        if before_id:
            stages.filter_by(id=before_id).update({"current": True})
        model.Session.commit()
        if error is not None:
            message = str(error)
            if not isinstance(error, SourceError):
                log.error("Fault while harvesting %s", harvest_object.guid, exc_info=error)
                message = f"{harvest_object.source.url} ({harvest_object.guid}): {error!r}"
            self._save_object_error(concealed(message), harvest_object, "Import")
        return False


def _is_unchanged(harvest_object: Any, before: Any) -> bool:
    package = model.Package.get(before.package_id) if before.package_id else None
    is_stored = package is not None and package.state == "active"
    return is_stored and before.content == harvest_object.content


def _elsewhere(harvest_object: Any, before: Any) -> SourceError:
    problem = tk._('the harvest source "{title}" already brings this record').format(
        title=before.source.title
    )
    remedy = tk._("Take it out of one of the two sources, or delete one source")
    return SourceError(harvest_object.source.url, harvest_object.guid, problem, remedy)
