"""The suite's options as an operator looks them up."""

from __future__ import annotations

from typing import Any

from ckan.cli.config import config
from click.testing import CliRunner


def test_the_options_are_explained(loaded: Any) -> None:
    done = CliRunner().invoke(config, ["docs", "herne", "herne_harvest", "herne_feed", "herne_quality"])
    assert done.exit_code == 0, done.output
    for option in ("license", "gate", "harvest.descriptions", "harvest.deletable_share", "shapes_directory"):
        assert f"ckanext.herne.{option}" in done.output
