"""Typed access to the suite's options. The options themselves, with defaults, are in config_declaration.yaml."""

from __future__ import annotations

from dataclasses import dataclass

from ckan.plugins.toolkit import config


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
