"""The plugin `herne_feed`: answers in ckanext-dcat's place where our profile is wanted."""

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.herne.feed import catalogue

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


class HerneFeedPlugin(p.SingletonPlugin):
    """Serves the catalogue."""

    p.implements(p.IActions)

    def get_actions(self) -> dict[str, Any]:
        """The actions that are ours instead of ckanext-dcat's."""
        return {"dcat_dataset_show": dcat_dataset_show, "dcat_catalog_show": dcat_catalog_show}
