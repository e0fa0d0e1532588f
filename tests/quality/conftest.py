"""A good catalogue in Turtle's clothes, ready to be spoilt."""

from collections.abc import Iterator

import pytest
from herne_testing import mutations
from herne_testing.website import Site
from rdflib import Graph


@pytest.fixture
def good() -> Graph:
    """A catalogue in which everything is said that DCAT-AP.de 3.0 knows, and every rule is kept."""
    return mutations.good()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()
