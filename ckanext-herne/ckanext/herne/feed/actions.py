"""CKAN's and ckanext-dcat's actions where the feed answers in their place, or acts upon them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.herne.feed import catalogue, gate, jobs

Action = Callable[[dict[str, Any], dict[str, Any]], Any]


@tk.chained_action
@tk.side_effect_free
def dcat_dataset_show(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """ckanext-dcat's action: a package as RDF in the syntax `format`."""
    answer = catalogue.dataset_page if catalogue.is_ours(data_dict) else original
    return answer(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_show(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """ckanext-dcat's action: a page of the catalogue as RDF in the syntax `format`."""
    answer = catalogue.catalogue_page if catalogue.is_ours(data_dict) else original
    return answer(context, data_dict)


@tk.chained_action
def config_option_update(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's action; when the gate's mode changes, what it keeps out or let through is published anew."""
    before = gate.mode()
    updated = original(context, data_dict)
    if gate.mode() != before and (affected := gate.affected()):
        jobs.enqueue(*affected)
    return updated


ACTIONS: dict[str, Action] = {
    "dcat_dataset_show": dcat_dataset_show,
    "dcat_catalog_show": dcat_catalog_show,
    "config_option_update": config_option_update,
}
