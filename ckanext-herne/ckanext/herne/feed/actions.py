"""CKAN's and ckanext-dcat's actions where the feed answers in their place, or acts upon them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.herne.feed import gate, jobs
from ckanext.herne.feed.asked import Asked, ending_of, is_ours
from ckanext.herne.feed.catalogue import portal_catalogue
from ckanext.herne.feed.merging import herne_dataset_merge, may_merge
from ckanext.herne.feed.pages import catalogue_page, package_page, with_text
from ckanext.herne.feed.syntaxes import ENDINGS

Action = Callable[[dict[str, Any], dict[str, Any]], Any]


@tk.chained_action
@tk.side_effect_free
def dcat_dataset_show(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """ckanext-dcat's action: a package as RDF in the syntax `format`."""
    if not is_ours(data_dict.get("profiles")):
        return original(context, data_dict)
    tk.check_access("dcat_dataset_show", context, data_dict)
    syntax = ENDINGS[ending_of(data_dict.get("format") or "")].name
    return with_text(partial(package_page, tk.get_or_bust(data_dict, "id"), syntax))[1]


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_show(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """ckanext-dcat's action: a page of the catalogue as RDF in the syntax `format`."""
    if not is_ours(data_dict.get("profiles")):
        return original(context, data_dict)
    tk.check_access("dcat_catalog_show", context, data_dict)
    asked = Asked.of(ending_of(data_dict.get("format") or ""), data_dict)
    return with_text(partial(catalogue_page, portal_catalogue(), asked))[1]


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
    "herne_dataset_merge": herne_dataset_merge,
}
AUTH_FUNCTIONS = {"herne_dataset_merge": may_merge}
