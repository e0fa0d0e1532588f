"""CKAN's options as an operator sets them: lines `key = value` in a file of their own, kept over all starts.

What the stack itself decides (addresses, keys) cannot be set there; the message names what to use instead.
"""

from __future__ import annotations

import io
from configparser import DuplicateOptionError, DuplicateSectionError, ParsingError, RawConfigParser
from itertools import takewhile
from typing import TYPE_CHECKING

from herne_stack.errors import OptionsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECTION = "app:main"
OF_THE_STACK = {
    "ckan.site_url": "set HERNE_SITE_URL",
    "ckan.site_id": "it stays as it is",
    **dict.fromkeys(
        (
            "sqlalchemy.url",
            "ckan.datastore.write_url",
            "ckan.datastore.read_url",
            "ckan.redis.url",
            "solr_url",
            "ckan.storage_path",
        ),
        "the stack knows where its servers and files are",
    ),
    **dict.fromkeys(
        (
            "SECRET_KEY",
            "WTF_CSRF_SECRET_KEY",
            "api_token.jwt.encode.secret",
            "api_token.jwt.decode.secret",
        ),
        "keys stand in the folder secrets",
    ),
}


def read_options(path: Path) -> dict[str, str]:
    """The options of a file; none if there is no file. Raises OptionsError naming the line or the option."""
    if not path.exists():
        return {}
    parser = _parser()
    head = f"[{SECTION}]\n"  # moves all lines down by one
    try:
        parser.read_string(head + path.read_text("utf-8"))
    except ParsingError as error:
        raise OptionsError(path, f"line {error.errors[0][0] - 1} is no option") from error
    except DuplicateOptionError as error:
        raise OptionsError(path, f"line {(error.lineno or 1) - 1} sets {error.option} again") from error
    except DuplicateSectionError as error:
        raise OptionsError(path, f"line {(error.lineno or 1) - 1}: leave [{SECTION}] out") from error
    if others := [name for name in parser.sections() if name != SECTION]:
        raise OptionsError(path, f"[{others[0]}]: there are no sections here")
    options = dict(parser[SECTION])
    for name in options.keys() & OF_THE_STACK.keys():
        raise OptionsError(path, f"{name} cannot be set here: {OF_THE_STACK[name]}")
    return options


def with_options(ini: str, options: Mapping[str, str]) -> str:
    """The text of an ini file in which `options` stand in place of its own values."""
    if not options:
        return ini
    parser = _parser()
    parser.read_string(ini)
    for name, value in options.items():
        parser[SECTION][name] = value.replace("%", "%%")
    text = io.StringIO()
    text.writelines(takewhile(lambda line: line.startswith("#"), ini.splitlines(keepends=True)))
    parser.write(text)
    return text.getvalue()


def _parser() -> RawConfigParser:
    parser = RawConfigParser(delimiters=("=",), comment_prefixes=("#", ";"))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # CKAN's options know upper case
    return parser
