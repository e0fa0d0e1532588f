"""A good catalogue in Turtle's clothes, ready to be spoilt."""

from collections.abc import Iterator
from typing import Any

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


@pytest.fixture
def quality_alone(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saving calls for nothing, as in a portal without the plugin herne_feed."""
    from ckanext.herne.feed.plugin import HerneFeedPlugin

    monkeypatch.setattr(HerneFeedPlugin, "notify", lambda *_: None)
