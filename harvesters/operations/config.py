"""Configuration of harvest sources and data files: YAML (or JSON, which is YAML) into typed values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import yaml
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations import mistakes
from ckanext.herne.harvesters.operations.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


def parse(text: str, type_: type[T], name: str = "") -> T:
    """The text as `type_`. Raises ConfigError naming the line, what was found and what is expected.

    `name` is that of the file; without it, this is the configuration of a source.
    """
    place = name or _("Configuration")
    try:
        data = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = _(
            "this is neither YAML nor JSON ({detail}). Look at colons, quotes and brackets up to here"
        )
        problem = problem.format(detail=getattr(error, "problem", error))
        raise ConfigError(_placed(place, mark.line + 1 if mark else 0, problem)) from error
    try:
        return msgspec.convert(data, type_)
    except msgspec.ValidationError as error:
        message, _sep, path = str(error).partition(" - at `$")
        path = path.rstrip("`")
        node = yaml.compose(text, Loader=yaml.SafeLoader)  # the lines of values, which only mistakes need
        problem = mistakes.in_words(message, path, type_, data)
        raise ConfigError(
            _placed(place, _line(node, mistakes.place(message, path)) if node else 0, problem)
        ) from error


def _placed(name: str, line: int, problem: str) -> str:
    where = _("{name}, line {line}").format(name=name, line=line) if line else name
    return f"{where}: {problem}"


def read(path: Path, type_: type[T]) -> T:
    """A data file of this distribution as `type_`."""
    return parse(path.read_text("utf-8"), type_, path.name)


def canonical(config: Any) -> str:
    """The configuration as CKAN stores it: JSON with sorted keys and without defaults."""
    return json.dumps(msgspec.to_builtins(config), sort_keys=True, ensure_ascii=False)


def _line(node: yaml.Node, path: str) -> int:
    """The line of the value a msgspec path such as `.quantities[2].unit` leads to, as far as it exists."""
    for step in path.replace("[", ".[").split("."):
        if isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if key.value == step]
        elif isinstance(node, yaml.SequenceNode) and step.strip("[]").isdigit():
            found = node.value[int(step.strip("[]")) :][:1]
        else:
            found = []
        node = found[0] if found else node
    return int(node.start_mark.line) + 1
