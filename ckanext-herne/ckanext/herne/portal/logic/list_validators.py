"""Checks of fields with several values, of translations, and of what names other packages.

They are stored as JSON text (CKAN's extras hold nothing else) and given out as lists and objects again. A
caller may send a list, its JSON text, or a single text; the lines of a form are split by `portal.forms`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.portal import references
from ckanext.herne.portal.defaults import is_empty
from ckanext.herne.portal.form_values import unfolded
from ckanext.herne.portal.hvd import tick
from ckanext.herne.portal.logic.validators import (
    WEB_ADDRESS,
    checked_address,
    herne_statement,
    scheming_validator,
    term_uri,
)
from ckanext.herne.portal.translations import NotATranslationError, translations
from ckanext.herne.portal.values import WEB_SCHEMES

__all__ = [
    "herne_json",
    "herne_own_uri",
    "herne_packages",
    "herne_statements",
    "herne_terms",
    "herne_texts",
    "herne_translations",
    "herne_web_addresses",
]

Field = dict[str, Any]
Data = dict[tuple[Any, ...], Any]
Errors = dict[tuple[Any, ...], list[str]]
Validator = Callable[[tuple[Any, ...], Data, Errors, dict[str, Any]], None]


def checked_list(
    field: Field, read: Callable[[Any, Data, Mapping[str, Any]], Any], *, stores_empty: bool = False
) -> Validator:
    """A validator that reads every value of a list with `read` and stores each result once, in order.

    Nothing is stored for an empty list unless it `stores_empty` ones.
    """

    def validator(key: tuple[Any, ...], data: Data, errors: Errors, context: dict[str, Any]) -> None:
        found = []
        for value in values_of(data.get(key)):
            try:
                found.append(read(value, data, context))
            except tk.Invalid as error:
                errors[key].append(error.error)
        if field.get("required") and not found and not errors[key]:
            errors[key].append(_("Missing value"))
        if field.get("exactly_one") and len(once(found)) > 1:
            errors[key].append(_("Exactly one value is allowed here, not {count}.").format(count=len(found)))
        store(key, data, once(found), errors[key] or stores_empty)

    return validator


def store(key: tuple[Any, ...], data: Data, value: Any, even_if_empty: Any = False) -> None:
    """Put a value under its key as JSON text; an empty one is taken out.

    :raises StopOnError: it is taken out, so that nothing more is to be done with it.
    """
    if not value and not even_if_empty:
        data.pop(key, None)
        raise tk.StopOnError
    data[key] = json.dumps(value, ensure_ascii=False)


def values_of(value: Any) -> list[Any]:
    """The values that say something in a list, its JSON text, or a single value."""
    if value is tk.missing or is_empty(value):
        return []
    value = unfolded(value)
    values = value if isinstance(value, list) else [value]
    return [part for part in values if not is_empty(part)]


def once(values: Iterable[Any]) -> list[Any]:
    """The values without repetitions, in order."""
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def as_text(value: Any) -> str:
    """One entry of a list of texts.

    :raises Invalid: it is a list or an object.
    """
    if not isinstance(value, (str, int, float)):
        raise tk.Invalid(_("Expected a text, not a list or an object"))
    return str(value).strip()


@scheming_validator
def herne_texts(field: Field, schema: dict[str, Any]) -> Validator:
    """Texts."""
    return checked_list(field, lambda value, _data, _context: as_text(value))


@scheming_validator
def herne_web_addresses(field: Field, schema: dict[str, Any]) -> Validator:
    """Web addresses that RDF can carry; with `described` also objects that describe what is there."""

    def read(value: Any, data: Data, context: Mapping[str, Any]) -> Any:
        if field.get("described") and isinstance(value, dict):
            return described(value)
        return checked_address(as_text(value), WEB_SCHEMES)

    return checked_list(field, read)


@scheming_validator
def herne_statements(field: Field, schema: dict[str, Any]) -> Validator:
    """Texts or web addresses."""
    return checked_list(field, lambda value, _data, _context: herne_statement(as_text(value)))


@scheming_validator
def herne_terms(field: Field, schema: dict[str, Any]) -> Validator:
    """Terms of the field's vocabulary, given as URI, code, label or known spelling; stored as URIs."""

    def read(value: Any, data: Data, context: Mapping[str, Any]) -> str:
        return term_uri(field, as_text(value))

    return checked_list(field, read, stores_empty=True)


@scheming_validator
def herne_packages(field: Field, schema: dict[str, Any]) -> Validator:
    """Packages of the type `package_type`, given as id, name, page or URI; stored as URIs.

    With `foreign` the web address of something elsewhere is taken as it is, with `described` also an object
    that describes such a thing.
    """

    def read(value: Any, data: Data, context: Mapping[str, Any]) -> Any:
        if field.get("described") and isinstance(value, dict):
            return described(value)
        if context.get("ignore_auth"):
            return said_elsewhere(as_text(value), context)
        private = data.get(("private",))
        is_private = private is not tk.missing and tick(private) is True
        return package_uri(as_text(value), field, is_private, context)

    return checked_list(field, read)


def said_elsewhere(text: str, context: Mapping[str, Any]) -> str:
    """The URI in what a harvester brings: records come in any order, so what it names may not be there yet.

    :raises Invalid: it names nothing here and is no web address either.
    """
    found = references.find(text, context)
    return found.uri if found else checked_address(text, WEB_SCHEMES)


def package_uri(text: str, field: Field, may_be_private: bool, context: Mapping[str, Any]) -> str:
    """The URI of the package that `text` names.

    :raises Invalid: it is not there, of another type, or not public; the message says which.
    """
    found = references.find(text, context)
    if found is None:
        if field.get("foreign") and WEB_ADDRESS.match(text) and not references.is_here(text):
            return checked_address(text, WEB_SCHEMES)
        raise tk.Invalid(_('"{text}" is not in this portal.').format(text=text[:100]))
    if found.type != field["package_type"]:
        wanted = {
            "dataset": _('"{title}" is not a dataset.'),
            "dataset_series": _('"{title}" is not a series.'),
            "data_service": _('"{title}" is not a service.'),
        }
        raise tk.Invalid(wanted[field["package_type"]].format(title=found.title[:100]))
    if not found.is_public and not may_be_private:
        hint = _(
            '"{title}" is not public. Publish it first, or name it only in entries that are private too.'
        )
        raise tk.Invalid(hint.format(title=found.title[:100]))
    return found.uri


def described(thing: dict[str, Any]) -> dict[str, Any]:
    """An object that describes something elsewhere; its addresses have to be some.

    :raises Invalid: one of them is none.
    """
    names = ("uri", "url", "endpoint_url", "endpoint_description")
    for value in (part for name in names for part in values_of(thing.get(name))):
        checked_address(as_text(value), WEB_SCHEMES)
    return thing


def herne_own_uri(key: tuple[Any, ...], data: Data, errors: Errors, context: dict[str, Any]) -> None:
    """A package's own URI, which nothing else here has: one address names one thing."""
    uri = data.get(key)
    own_id = data.get(("id",))
    if isinstance(uri, str) and uri and not errors[key] and references.owner_id(uri) not in ("", own_id):
        errors[key].append(_('"{text}" names another entry of this portal.').format(text=uri[:100]))


@scheming_validator
def herne_translations(field: Field, schema: dict[str, Any]) -> Validator:
    """Texts by language: {"en": "..."}, as an object or its JSON text."""
    own = str(tk.config["ckan.locale_default"]).partition("_")[0]

    def validator(key: tuple[Any, ...], data: Data, errors: Errors, context: dict[str, Any]) -> None:
        value = None if data.get(key) is tk.missing else data.get(key)
        try:
            found = translations(value, field["base_field"])
        except NotATranslationError as error:
            errors[key].append(translation_message(str(error)))
            return
        if own in found:
            errors[key].append(
                _('The text in "{language}" belongs in the field itself.').format(language=own)
            )
        store(key, data, found, errors[key])

    return validator


def translation_message(fault: str) -> str:
    """What is wrong with a dict of translations, in words."""
    messages: dict[str, str] = {
        "shape": _('Expected texts by language, like {"en": "..."}'),
        "language": _('The keys are language tags such as "en"'),
        "text": _("Expected a text for each language, for keywords a list of texts"),
    }
    return messages[fault]


@scheming_validator
def herne_json(field: Field, schema: dict[str, Any]) -> Validator:
    """Whatever JSON can say; a text that is JSON already means what it says."""

    def validator(key: tuple[Any, ...], data: Data, errors: Errors, context: dict[str, Any]) -> None:
        value = None if data.get(key) is tk.missing else data.get(key)
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value) if isinstance(value, str) else value
        store(key, data, value)

    return validator
