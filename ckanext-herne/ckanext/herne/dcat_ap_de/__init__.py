"""DCAT-AP.de 3.0: a dataset dict to and from an RDF graph. Pure: no database, no HTTP.

`profile` is the exception: it hangs this room into ckanext-dcat and asks CKAN for the portal's settings.
"""

from ckanext.herne.dcat_ap_de.problems import Problem
from ckanext.herne.dcat_ap_de.reader import Note, Reading, read, reading
from ckanext.herne.dcat_ap_de.settings import Settings
from ckanext.herne.dcat_ap_de.writer import (
    Description,
    dataset_uri,
    describe,
    description,
    record_description,
    references,
)

__all__ = [
    "Description",
    "Note",
    "Problem",
    "Reading",
    "Settings",
    "dataset_uri",
    "describe",
    "description",
    "read",
    "reading",
    "record_description",
    "references",
]
