"""A good record in Turtle's clothes, ready to be spoilt."""

import pytest
from ckanext.herne.dcat_ap_de import describe_catalogue, description
from herne_testing.datasets import SETTINGS, maximal
from rdflib import Graph


@pytest.fixture
def good() -> Graph:
    """A catalogue of one dataset in which everything recommended is said."""
    described = description(maximal(), SETTINGS)
    return described.graph + describe_catalogue(SETTINGS, (described.uri,))
