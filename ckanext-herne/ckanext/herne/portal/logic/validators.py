"""Checks of single fields: what is known is normalised, what is not becomes an error with a proposal.

A validator sees one value at a time; filling empty fields is left to `portal.defaults`.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import licence, nearest
from ckanext.herne.portal.dates import is_before, iso_date
from ckanext.herne.portal.defaults import is_empty
from ckanext.herne.portal.language import page_language

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "herne_attribution",
    "herne_date",
    "herne_email",
    "herne_licence",
    "herne_not_before_start",
    "herne_resource_address",
    "herne_size",
    "herne_term",
    "herne_terms",
    "herne_web_address",
]

Field = dict[str, Any]
Data = dict[tuple[Any, ...], Any]
Errors = dict[tuple[Any, ...], list[str]]

LARGEST_SIZE = 2**63  # what the database can hold
WEB_SCHEMES = ("http", "https")
RESOURCE_SCHEMES = (*WEB_SCHEMES, "ftp", "ftps", "sftp", "mqtt", "mqtts", "ws", "wss")


def herne_licence(value: Any) -> Any:
    """The register id of the licence; spellings known to the register are normalised."""
    if value is tk.missing or is_empty(value):
        return ""
    known = licence(str(value))
    if known:
        return known.id
    proposals = ", ".join(entry.id for entry in nearest(str(value)))
    if proposals:
        raise tk.Invalid(
            _('Unknown licence "{text}". Did you mean: {proposals}?').format(text=value, proposals=proposals)
        )
    raise tk.Invalid(
        _('Unknown licence "{text}". Choose one of the DCAT-AP.de licence list.').format(text=value)
    )


def herne_attribution(key: tuple[Any, ...], data: Data, errors: Errors, context: dict[str, Any]) -> None:
    """The attribution text, demanded where the licence of the dataset or resource demands it (K35)."""
    text = data.get(key)
    data[key] = "" if text is tk.missing or is_empty(text) else str(text).strip()
    own = data.get((*key[:-1], "license_id"))
    known = licence(own) if isinstance(own, str) else None
    inherited = data.get(("license_attribution_by_text",))
    is_inherited = len(key) > 1 and inherited is not tk.missing and not is_empty(inherited)
    if known and known.attribution and not data[key] and not is_inherited:
        demand = _('The licence "{licence}" demands that users name the provider. Enter the text to be used.')
        errors[key].append(demand.format(licence=known.title_in(page_language())))


def herne_date(value: Any) -> Any:
    """A date, month, year or time in ISO form; German days ("31.12.2025") are normalised."""
    if is_empty(value):
        return ""
    found = iso_date(str(value))
    if found is None:
        raise tk.Invalid(
            _('"{text}" is not a date. Write it like 2025-12-31, 2025-12 or 2025.').format(text=value)
        )
    return found


def herne_not_before_start(key: tuple[Any, ...], data: Data, errors: Errors, context: dict[str, Any]) -> None:
    """The end of a period, which must not lie before its start."""
    start = iso_date(str(data.get((*key[:-1], "start")) or ""))
    end = data.get(key)
    if start and isinstance(end, str) and not errors[key] and is_before(end, start):
        errors[key].append(_("The end ({end}) lies before the start ({start}).").format(end=end, start=start))


def herne_email(value: Any) -> Any:
    """An e-mail address, with or without "mailto:"."""
    address = str(value).strip().removeprefix("mailto:")
    return tk.get_validator("email_validator")(address, {}) if address else ""


def herne_web_address(value: Any) -> Any:
    """An http(s) address, or nothing."""
    return checked_address(value, WEB_SCHEMES)


def herne_resource_address(key: tuple[Any, ...], data: Data, errors: Errors, context: dict[str, Any]) -> None:
    """A resource's address: a link that is safe to click, or the name of an uploaded file."""
    if data.get((*key[:-1], "url_type")) in ("upload", "datastore"):
        return
    data[key] = checked_address(data.get(key), RESOURCE_SCHEMES)


def herne_size(key: tuple[Any, ...], data: Data, errors: Errors, context: dict[str, Any]) -> None:
    """A number of bytes, or nothing; a size that is not sent at all stays as it is."""
    if data.get(key) is tk.missing:
        data.pop(key)
        raise tk.StopOnError
    text = "" if data[key] is None else str(data[key]).strip()
    if text and (not text.isascii() or not text.isdigit() or int(text) >= LARGEST_SIZE):
        raise tk.Invalid(_('"{text}" is not a number of bytes.').format(text=text[:100]))
    data[key] = int(text) if text else None


def checked_address(value: Any, schemes: tuple[str, ...]) -> str:
    """`value` if it is an absolute address with one of `schemes`.

    :raises Invalid: it is none; the message says what is expected.
    """
    text = "" if value is None else str(value).strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if text and (parts.scheme.lower() not in schemes or not parts.netloc):
        raise tk.Invalid(
            _('"{text}" is not a web address. It starts with https:// or http://.').format(text=text[:100])
        )
    return text


def scheming_validator(factory: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a factory that scheming calls with the field and the schema (what its own decorator does)."""
    factory.is_a_scheming_validator = True  # type: ignore[attr-defined]
    return factory


@scheming_validator
def herne_term(field: Field, schema: dict[str, Any]) -> Callable[[Any], Any]:
    """One term of the field's vocabulary, given as URI, code, label or known spelling; stored as URI."""

    def validator(value: Any) -> Any:
        return "" if is_empty(value) else term_uri(field["vocabulary"], str(value))

    return validator


@scheming_validator
def herne_terms(field: Field, schema: dict[str, Any]) -> Callable[..., None]:
    """Terms of the field's vocabulary as a JSON list of URIs, each once, in the order given."""

    def validator(key: tuple[Any, ...], data: Data, errors: Errors, context: dict[str, Any]) -> None:
        uris = []
        for text in texts_of(data.get(key)):
            try:
                uris.append(term_uri(field["vocabulary"], text))
            except tk.Invalid as error:
                errors[key].append(error.error)
        data[key] = json.dumps(list(dict.fromkeys(uris)))
        if field.get("exactly_one") and len(set(uris)) > 1:
            errors[key].append(_("Exactly one value is allowed here, not {count}.").format(count=len(uris)))

    return validator


def texts_of(value: Any) -> list[str]:
    """What a form or a caller gave for a field with several values: a list, its JSON text, or one text."""
    if value is tk.missing or is_empty(value):
        return []
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return [value]
    values = value if isinstance(value, list) else [value]
    return [str(text) for text in values if not is_empty(text)]


def term_uri(name: str, text: str) -> str:
    """The URI of the term of vocabulary `name` that `text` means.

    :raises Invalid: there is none; the message proposes the nearest terms.
    """
    terms = vocabulary(name)
    term = terms.find(text)
    if term:
        return term.uri
    language = page_language()
    spellings = {
        spelling.casefold(): term for term in terms.terms for spelling in (term.de, term.en, term.code)
    }
    close = difflib.get_close_matches(text.casefold(), spellings, n=6, cutoff=0.5)
    labels = list(dict.fromkeys(spellings[spelling].label(language) for spelling in close))[:3]
    if labels:
        raise tk.Invalid(
            _('"{text}" is not in the list. Did you mean: {proposals}?').format(
                text=text[:100], proposals=", ".join(labels)
            )
        )
    raise tk.Invalid(_('"{text}" is not in the list of allowed values.').format(text=text[:100]))
