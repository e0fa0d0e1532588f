"""The suite's options: declared from config_declaration.yaml, read through typed functions.

It also gives some of CKAN's own options another default: an operator who writes them into the ini file is
obeyed, one who does not gets the portal's register, title and reticence.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ckan.plugins.toolkit import config
from ckanext.herne.licenses.register import REGISTER_FILE

CKAN_DEFAULTS = {
    "PERMANENT_SESSION_LIFETIME": 12 * 60 * 60,  # seconds without a visit: a working day
    "SESSION_TYPE": "redis",  # on the server, so that a session can end there
    "ckan.auth.public_user_details": False,
    "ckan.cors.origin_allow_all": True,
    "ckan.gravatar_default": "disabled",
    "ckan.hide_version": True,
    "ckan.site_title": "Open Data Herne",
    "ckan.views.default_views": ["datatables_view"],
    "licenses_group_url": f"file://{REGISTER_FILE}",
}


def declare_options(declaration: Any) -> None:
    """Declare the suite's options and change the defaults of CKAN's (IConfigDeclaration)."""
    options = Path(__file__).with_name("config_declaration.yaml").read_text("utf-8")
    declaration.load_dict(yaml.safe_load(options))
    for name, default in CKAN_DEFAULTS.items():
        if option := declaration.get(name):  # `ckan config docs herne` asks for the suite's own alone
            option.set_default(default)


@dataclass(frozen=True)
class Publisher:
    """Who publishes when a dataset does not say it."""

    name: str
    uri: str
    homepage: str
    email: str


def licence_id() -> str:
    """Register id of the licence that a dataset gets when it names none."""
    return str(config["ckanext.herne.license"])


def publisher() -> Publisher:
    """The publisher that a dataset gets when it names none."""
    prefix = "ckanext.herne.publisher."
    return Publisher(*(str(config[prefix + name]) for name in ("name", "uri", "homepage", "email")))


def contributor_id() -> str:
    """The contributorID (URI) under which GovData receives the datasets."""
    return str(config["ckanext.herne.contributor_id"])


def catalogue_file() -> str:
    """Path of the YAML file with further statements about the catalogue; may be empty."""
    return str(config["ckanext.herne.catalogue_file"] or "")


def default_organization() -> str:
    """Name of the organization that owns a dataset created without `owner_org`."""
    return str(config["ckanext.herne.default_organization"])


def imprint_url() -> str:
    """Address of the imprint; may be empty."""
    return str(config["ckanext.herne.imprint_url"] or "")


def privacy_url() -> str:
    """Address of the privacy notice; may be empty."""
    return str(config["ckanext.herne.privacy_url"] or "")


def is_demo() -> bool:
    """Whether the portal shows invented data and has to say so everywhere."""
    return bool(config["ckanext.herne.demo"])


def private_addresses_allowed() -> bool:
    """Whether harvest sources may lie on loopback and private networks."""
    return bool(config["ckanext.herne.harvest.allow_private_addresses"])


def secrets_directory() -> str:
    """Folder with the secrets of harvest sources, one file each; empty if only the environment holds any."""
    return str(config["ckanext.herne.secrets_directory"] or "")
