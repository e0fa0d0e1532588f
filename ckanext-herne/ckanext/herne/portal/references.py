"""Packages that a dataset names: found by id, name, page or URI, and stored as their URI.

It reads the database and asks CKAN who may see what. Addresses elsewhere are none of its business: it only
says that they are not here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.herne.dcat_ap_de.mapping import mapping
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.dcat_ap_de.writer import dataset_uri, references

if TYPE_CHECKING:
    from collections.abc import Mapping

Package = dict[str, Any]
ANYBODY: Mapping[str, Any] = {"ignore_auth": False, "user": ""}


@dataclass(frozen=True)
class Reference:
    """A package of this portal; `is_public` unless it is private or still a draft."""

    id: str
    title: str
    type: str
    uri: str
    is_public: bool


def find(text: str, context: Mapping[str, Any]) -> Reference | None:
    """The package that `text` names, if it is here and the requester may see it."""
    text = text.strip()
    package = named(text) or (with_uri(text) if ":" in text else None)
    if package is None or package.state == "deleted" or not may_see(package, context):
        return None
    uri = dataset_uri({"id": package.id, "uri": package.extras.get("uri")}, portal_settings())
    is_public = package.state == "active" and not package.private
    return Reference(package.id, package.title or package.name, package.type, uri, is_public)


def related(package: Package, who: Mapping[str, Any], *, may_be_private: bool = False) -> dict[str, Package]:
    """The packages that a package refers to, by URI, as far as `who` may see them.

    Private ones and drafts are left out unless they `may_be_private`.
    """
    found = {uri: _shown(uri, who, may_be_private) for uri in references(package)}
    return {uri: other for uri, other in found.items() if other is not None}


def _shown(uri: str, who: Mapping[str, Any], may_be_private: bool) -> Package | None:
    reference = find(uri, who)
    if reference is None or reference.uri != uri or not (reference.is_public or may_be_private):
        return None
    package: Package = tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": reference.id})
    return package


def owner_id(uri: str) -> str:
    """Id of the package whose URI this is: one that came with it, or the one here that it is made for."""
    package = with_uri(uri) or named(uri)
    return str(package.id) if package is not None and package.state != "deleted" else ""


def named(text: str) -> Any:
    """The package whose id, name or page `text` is; None if it names none."""
    key = key_of(text)
    return model.Package.get(key) if key else None


def with_uri(text: str) -> Any:
    """The package that came with `text` as its own URI."""
    packages = model.Session.query(model.Package).filter(model.Package.state != "deleted")
    own = packages.filter(model.Package.extras["uri"].astext == text)
    return own.order_by(model.Package.metadata_created).first()


def key_of(text: str) -> str:
    """Id or name from one of them or from the address of a page of this portal; "" for anything else."""
    if "/" not in text:
        return text
    if not is_here(text):
        return ""
    steps = [unquote(step) for step in urlsplit(text).path.split("/") if step]
    places = [number for number, step in enumerate(steps[:-1]) if step in mapping().packages]
    return steps[places[0] + 1] if places else ""


def is_here(text: str) -> bool:
    """Whether an address belongs to this portal, so that something has to be there."""
    settings = portal_settings()
    homes = {settings.base, settings.site_url.rstrip("/")}
    plain = re.sub("^https?:", "", text)
    return any(f"{plain}/".startswith(re.sub("^https?:", "", home) + "/") for home in homes)


def may_see(package: Any, context: Mapping[str, Any]) -> bool:
    """Whether the requester may read a package; what a visitor may not see is not there for them."""
    is_public = package.state == "active" and not package.private  # CKAN would ask for all organizations
    if context.get("ignore_auth") or is_public:
        return True
    who = {"user": context.get("user", ""), "auth_user_obj": context.get("auth_user_obj")}
    try:
        tk.check_access("package_show", who, {"id": package.id})
    except tk.NotAuthorized:
        return False
    return True
