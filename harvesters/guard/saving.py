"""Refuses a harvest source with a secret in clear, or of a kind that cannot run here, before it is logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.logic import auth_audit_exempt
from ckanext.harvest.utils import DATASET_TYPE_NAME as SOURCE
from ckanext.herne.harvesters.operations.clear import refuse_config, refuse_url
from ckanext.herne.harvesters.operations.errors import ConfigError
from ckanext.herne.harvesters.operations.kinds import source_class

Action = Callable[[dict[str, Any], dict[str, Any]], Any]
_CHECKS: dict[str, Callable[[str], object]] = {
    "url": refuse_url,
    "config": refuse_config,
    "source_type": source_class,
}


def refuse(data_dict: dict[str, Any], package_type: str | None) -> None:
    """Raises ValidationError if these are data of a harvest source that is not to be stored."""
    if SOURCE not in (package_type, data_dict.get("type")):
        return
    errors: dict[str, list[str]] = {}
    for field, text in _texts(data_dict):
        try:
            _CHECKS[field](text)
        except ConfigError as error:
            errors.setdefault(field, []).append(str(error))
    if errors:
        raise tk.ValidationError(errors)


def _texts(data_dict: dict[str, Any]) -> list[tuple[str, str]]:
    """What is checked; ckanext-harvest takes each among the extras, too."""
    extras = data_dict.get("extras")
    entries = [extra for extra in extras if isinstance(extra, dict)] if isinstance(extras, list) else []
    pairs = [*data_dict.items(), *((extra.get("key"), extra.get("value")) for extra in entries)]
    return [(str(key), str(value)) for key, value in pairs if key in _CHECKS and value]


def actions() -> dict[str, Any]:
    """The actions by name, for a portal that harvests; ckanext-harvest logs what they get, then checks it."""
    names = ("harvest_source_create", "harvest_source_patch", "harvest_source_update")
    return dict.fromkeys(names, refusing) if p.plugin_loaded("harvest") else {}


@tk.chained_action
@auth_audit_exempt
def refusing(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """ckanext-harvest's action for data that are not refused."""
    refuse(data_dict, SOURCE)
    return original(context, data_dict)
