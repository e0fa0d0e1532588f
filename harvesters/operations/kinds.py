"""The kinds of sources there are, by the type a harvest source has in CKAN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from ckan.plugins import PluginImplementations
from ckan.plugins.toolkit import _
from ckanext.harvest.interfaces import IHarvester
from ckanext.harvest.model import HarvestSource
from ckanext.herne.harvesters.operations.errors import ConfigError

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.source import Source


def source_class(source_type: str) -> type[Source]:
    """The class of a type's sources.

    Raises ConfigError if no plugin has one: a harvester may be made for ckanext-harvest's own queues alone.
    """
    kinds = {
        plugin.info()["name"]: getattr(plugin, "source", None) for plugin in PluginImplementations(IHarvester)
    }
    found: type[Source] | None = kinds.get(source_type)
    if found is not None:
        return found
    if source_type in kinds:
        problem = _(
            'the harvester "{type}" is not made for this portal: it can neither plan a run nor be resumed. '
            "Choose one of {ours}, or have it adapted (CONTRIBUTING.md, “A new kind of source”)"
        )
    else:
        problem = _(
            'there is no harvester for sources of the type "{type}"; enable its plugin, '
            "or choose one of {ours}"
        )
    ours = ", ".join(sorted(name for name, one in kinds.items() if one is not None))
    raise ConfigError(problem.format(type=source_type, ours=ours))


def priority(source_id: str) -> int:
    """The priority of a source, 0 where its configuration names none or cannot be read."""
    owner = HarvestSource.get(source_id)
    try:
        config = yaml.safe_load(owner.config or "{}") if owner else {}
    except yaml.YAMLError:
        return 0
    found = config.get("priority", 0) if isinstance(config, dict) else 0
    return found if isinstance(found, int) else 0
