"""A good catalogue in Turtle's clothes, ready to be spoilt."""

import pytest
from herne_testing import mutations
from rdflib import Graph


@pytest.fixture
def good() -> Graph:
    """A catalogue in which everything is said that DCAT-AP.de 3.0 knows, and every rule is kept."""
    return mutations.good()
