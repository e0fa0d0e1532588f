"""The plugin `herne`: what a visitor and a steward of the portal see.

It only tells CKAN where things are. What they do is left to the modules beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation
from ckanext.herne.files import triggers as files
from ckanext.herne.harvesters.guard import pages, visibility
from ckanext.herne.harvesters.guard import saving as harvest_saving
from ckanext.herne.portal import discovery, licence_notes, security
from ckanext.herne.portal.config import declare_options
from ckanext.herne.portal.logic import action, list_validators, validators
from ckanext.herne.portal.logic.auth import auth_functions
from ckanext.herne.portal.saving import TYPES
from ckanext.herne.regions import views as regions
from ckanext.herne.tables import views as tables

I18N_FOLDER = Path(__file__).parents[1] / "i18n"


def all_validators() -> dict[str, Any]:
    """The validators by the name under which the schemas use them."""
    modules = (validators, list_validators)
    return {name: getattr(module, name) for module in modules for name in module.__all__}


def all_actions() -> dict[str, Any]:
    """CKAN's actions with what the portal adds, and those that keep harvest sources to their editors."""
    own = {name: getattr(action, name) for name in action.__all__}
    return own | visibility.actions() | harvest_saving.actions()


@tk.blanket.actions(all_actions)
@tk.blanket.auth_functions(auth_functions)
@tk.blanket.cli
@tk.blanket.helpers
@tk.blanket.validators(all_validators)
class HernePlugin(p.SingletonPlugin, DefaultTranslation, visibility.PermissionLabels):
    """Forms, defaults, licences and pages of the portal."""

    p.implements(p.IAuthenticator, inherit=True)
    p.implements(p.IBlueprint)
    p.implements(p.IConfigDeclaration)
    p.implements(p.IConfigurer)
    p.implements(p.IDomainObjectModification)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IPermissionLabels)
    p.implements(p.IResourceController, inherit=True)
    p.implements(p.ISignal)
    p.implements(p.ITranslation)

    def update_config(self, config: Any) -> None:
        """Bring in templates and assets."""
        tk.add_template_directory(config, "templates")
        tk.add_template_directory(config, str(pages.TEMPLATES))
        tk.add_template_directory(config, "../tables/templates")
        tk.add_template_directory(config, "../regions/templates")
        tk.add_resource("assets", "herne")
        tk.add_resource("../regions/assets", "herne_regions")
        tk.add_resource(str(pages.ASSETS), "herne_guard")

    def declare_config_options(self, declaration: Any, key: Any) -> None:
        """Declare the suite's options, and the defaults it wants for CKAN's own."""
        declare_options(declaration)

    def i18n_directory(self) -> str:
        """Where the catalogue of the whole suite lies."""
        return str(I18N_FOLDER)

    def get_blueprint(self) -> Any:
        """Serve downloads of tables and the spatial units; what changes harvest sources by POST only."""
        return [pages.blueprint, tables.blueprint, regions.blueprint]

    def make_middleware(self, app: Any, config: Any) -> Any:
        """Secure every request and response of the app."""
        app.before_request(security.limit_strangers)
        app.before_request(security.demand_csrf_token)
        app.after_request(security.secured)
        return app

    def get_signal_subscriptions(self) -> dict[Any, list[Any]]:
        """Sessions end with the logout, whatever the login form asked for."""
        return {tk.signals.user_logged_in: [security.never_remember]}

    def logout(self) -> None:
        """End the session on the server; CKAN goes on with its own logout."""
        security.end_session()

    def notify(self, entity: Any, operation: str) -> None:
        """Have checksum and size of a new file computed."""
        files.notice(entity, operation)

    def before_resource_update(
        self, context: dict[str, Any], current: dict[str, Any], resource: dict[str, Any]
    ) -> None:
        """A new file has a checksum and size of its own."""
        files.forget_stale(current, resource)

    def after_dataset_show(self, context: dict[str, Any], pkg_dict: dict[str, Any]) -> None:
        """Show with each resource the licence that holds for it, and warn of licences that are not open."""
        licence_notes.add(pkg_dict)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Index what visitors filter by."""
        return discovery.indexed(pkg_dict)

    def after_dataset_search(
        self, search_results: dict[str, Any], search_params: dict[str, Any]
    ) -> dict[str, Any]:
        """Label the filters; warn in the reader's language."""
        for dataset in search_results["results"]:
            licence_notes.add(dataset)
        return discovery.labelled(search_results)

    def dataset_facets(self, facets_dict: Any, package_type: str) -> Any:
        """The filters of the search for datasets, series and services; other types keep theirs."""
        return discovery.facets() if package_type in TYPES else facets_dict

    def organization_facets(self, facets_dict: Any, organization_type: str, package_type: str | None) -> Any:
        """The same filters on an organization's page."""
        return discovery.facets()
