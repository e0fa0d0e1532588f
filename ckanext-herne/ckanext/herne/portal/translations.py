"""Texts in other languages than the portal's own: {"en": "..."} beside the plain field.

Pure. The portal's own language has the plain field (`title`); `title_translated` holds the others, lists of
texts for keywords. That is where CKAN's helper `get_translated` looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ckanext.herne.portal.defaults import is_empty
from ckanext.herne.portal.values import language_tag

SNIPPET = "herne/form/translated.html"
LISTS = ("tags",)  # fields with several short texts
TAG = "tag_string"  # as which the form and CKAN know the keywords

Fields = Iterable[Mapping[str, Any]]


class NotATranslationError(ValueError):
    """The value is no dict of texts by language; the message is "shape", "language" or "text"."""


def translations(value: Any, base_field: str) -> dict[str, Any]:
    """`value` as texts by language tag, empty ones left out, sorted by language.

    :raises NotATranslationError: it is something else.
    """
    if is_empty(value):
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise NotATranslationError("shape") from error
    if not isinstance(value, dict):
        raise NotATranslationError("shape")
    found = {_language(key): _content(part, base_field) for key, part in value.items() if not is_empty(part)}
    return dict(sorted(found.items()))


def _language(key: Any) -> str:
    tag = language_tag(str(key))
    if tag is None:
        raise NotATranslationError("language")
    return tag


def _content(part: Any, base_field: str) -> Any:
    if base_field in LISTS:
        parts = part.split(",") if isinstance(part, str) else part
        if not isinstance(parts, list) or not all(isinstance(text, str) for text in parts):
            raise NotATranslationError("text")
        return [text.strip() for text in parts if text.strip()]
    if not isinstance(part, str):
        raise NotATranslationError("text")
    return part.strip()


def translated(fields: Fields) -> dict[str, str]:
    """The fields that hold translations, each with the field it translates."""
    return {field["field_name"]: field["base_field"] for field in fields if "base_field" in field}


def joined(stored: Mapping[str, Any], sent: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """`sent` with the controls "title_translated-en" put into the dict `title_translated`.

    Languages that the form does not show stay as stored.
    """
    result = dict(sent)
    for name, base_field in translated(fields).items():
        controls = [key for key in sent if key.startswith(f"{name}-")]
        if not controls:
            continue
        texts = dict(stored.get(name) or {})
        for key in controls:
            texts[key.removeprefix(f"{name}-")] = _from_control(result.pop(key), base_field)
        result[name] = {language: text for language, text in texts.items() if not is_empty(text)}
    return result


def _from_control(text: Any, base_field: str) -> Any:
    return _content(text, base_field) if isinstance(text, str) and base_field in LISTS else text


def with_own_language(dataset: Mapping[str, Any], fields: Fields, language: str) -> dict[str, Any]:
    """`dataset` in which the portal's own language stands in the plain fields and nowhere else.

    A translation into that language fills an empty plain field; beside a filled one it is dropped if it says
    the same, and stays (to be refused) if it does not.
    """
    result = dict(dataset)
    for name, base_field in translated(fields).items():
        texts = result.get(name)
        if not isinstance(texts, dict) or is_empty(texts.get(language)):
            continue
        plain = TAG if base_field in LISTS else base_field
        own = ", ".join(texts[language]) if isinstance(texts[language], list) else texts[language]
        given = result.get(plain) or (result.get(base_field) if base_field in LISTS else "")
        if is_empty(given):
            result[plain] = own
        if is_empty(given) or given == own:
            result[name] = {key: text for key, text in texts.items() if key != language}
    return result
