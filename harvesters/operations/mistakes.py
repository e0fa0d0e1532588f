"""What is wrong with a value of a configuration, in a sentence: what is expected and what to write. Pure.

msgspec says it for programmers ("Expected `int`, got `str` - at `$.history_days`"), and in English only. What
may stand where is asked of the type itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ckan.plugins.toolkit import _
from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPECTED = re.compile(r"Expected `([^`]+)`, got `(\w+)`")
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_CHOICE = re.compile(r"Invalid (?:enum )?value (.+)")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def in_words(message: str, path: str, type_: Any, data: Any) -> str:
    """The sentence for what msgspec said of the value at `path` (such as `.auth.kind`) of `data`.

    What msgspec did not say itself (a check of the class) is a sentence already.
    """
    key = path.lstrip(".").removesuffix("[...]") or _("the configuration")
    wanted = _at(inspect.type_info(type_), data, path)
    if found := _EXPECTED.match(message):
        return _of_another_kind(key, found[1], found[2])
    if found := _MISSING.match(message):
        return _missing(path, found[1], wanted)
    if found := _UNKNOWN.match(message):
        return _unknown(path, found[1], wanted)
    if found := _CHOICE.match(message):
        text = _("{key} cannot be {value}. Write one of: {choices}")
        return str(text.format(key=key, value=found[1], choices=", ".join(_choices(wanted, path))))
    return message


def place(message: str, path: str) -> str:
    """Where to look for it: at the key that is not known, not at the object that has it."""
    found = _UNKNOWN.match(message)
    return f"{path}.{found[1]}" if found else path


def _of_another_kind(key: str, expected: str, got: str) -> str:
    kinds: dict[str, str] = {
        "int": _("a whole number, e.g. 30"),
        "float": _("a number, e.g. 0.5"),
        "bool": _("one of true and false"),
        "str": _('a text, in quotes if it looks like a number, e.g. "30"'),
        "array": _("a list, e.g. [one, two]"),
        "object": _("keys with their values, e.g. key: value"),
    }
    given: dict[str, str] = {
        "int": _("a whole number"),
        "float": _("a number with decimals"),
        "bool": _("true or false"),
        "str": _("a text"),
        "array": _("a list"),
        "object": _("keys with values"),
        "null": _("nothing"),
    }
    wanted = [kinds[one] for one in expected.split(" | ") if one in kinds]
    text = _("{key} must be {expected}; {given} stands there")
    return str(text.format(key=key, expected=_(" or ").join(wanted) or expected, given=given.get(got, got)))


def _missing(path: str, name: str, wanted: inspect.Type) -> str:
    key = f"{path}.{name}".lstrip(".")
    if choices := list(_choices(wanted, f"{path}.{name}")):
        text = _("{key} is missing. Write one of: {choices}")
        return str(text.format(key=key, choices=", ".join(choices)))
    return str(_("{key} is missing. Add a line {name}: …").format(key=key, name=name))


def _unknown(path: str, name: str, wanted: inspect.Type) -> str:
    known = [field.encode_name for field in _fields(wanted)]
    near = difflib.get_close_matches(name, known, n=1)
    problem = _("there is no key {key}").format(key=f"{path}.{name}".lstrip("."))
    remedy = _("Do you mean {name}?").format(name=near[0]) if near else ""
    return " ".join(
        filter(None, (f"{problem}.", remedy, _("Known are: {keys}").format(keys=", ".join(known))))
    )


def _at(type_: inspect.Type, data: Any, path: str) -> inspect.Type:
    """The type of what stands at `path`; of several shapes of an object, the one that `data` names."""
    here = _shape(type_, data)
    for name, index in _STEP.findall(path):
        if name and isinstance(here, inspect.StructType):
            found = next((one.type for one in here.fields if one.encode_name == name), None)
            data = data.get(name) if isinstance(data, Mapping) else None
        else:
            found = getattr(here, "value_type", None) or getattr(here, "item_type", None)
            data = data[int(index)] if index.isdigit() and isinstance(data, list) else None
        if found is None:  # the key that says which shape an object has
            return here
        here = _shape(found, data)
    return here


def _shape(type_: inspect.Type, data: Any) -> inspect.Type:
    if not isinstance(type_, inspect.UnionType):
        return type_
    structs = [one for one in type_.types if isinstance(one, inspect.StructType)]
    named = [one for one in structs if isinstance(data, Mapping) and data.get(one.tag_field or "") == one.tag]
    others = [one for one in type_.types if not isinstance(one, inspect.NoneType)]
    return named[0] if named else others[0] if len(others) == 1 else type_


def _fields(type_: inspect.Type) -> tuple[inspect.Field, ...]:
    return type_.fields if isinstance(type_, inspect.StructType) else ()


def _choices(type_: inspect.Type, path: str) -> Iterator[str]:
    """What may stand at `path`, where that can be counted up."""
    if isinstance(type_, inspect.LiteralType):
        yield from map(str, type_.values)
    elif isinstance(type_, inspect.UnionType):
        last = path.rpartition(".")[2]
        structs = (one for one in type_.types if isinstance(one, inspect.StructType))
        yield from (str(one.tag) for one in structs if one.tag_field == last)
