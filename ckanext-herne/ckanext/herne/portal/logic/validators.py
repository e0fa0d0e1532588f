"""Checks of single fields: what is known is normalised, what is not becomes an error with a proposal.

A validator sees one value at a time; filling empty fields is left to `portal.defaults`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de import geometry
from ckanext.herne.dcat_ap_de.iri import iri
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import licence, nearest
from ckanext.herne.portal.dates import is_before, iso_date
from ckanext.herne.portal.defaults import is_empty
from ckanext.herne.portal.hvd import tick
from ckanext.herne.portal.language import page_language
from ckanext.herne.portal.values import WEB_SCHEMES, address, decimal, duration, media_type, telephone

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "herne_attribution",
    "herne_date",
    "herne_decimal",
    "herne_duration",
    "herne_email",
    "herne_geometry",
    "herne_licence",
    "herne_media_type",
    "herne_not_before_start",
    "herne_resource_address",
    "herne_size",
    "herne_statement",
    "herne_telephone",
    "herne_term",
    "herne_tick",
    "herne_uri",
    "herne_web_address",
]

Field = dict[str, Any]
Data = dict[tuple[Any, ...], Any]
Errors = dict[tuple[Any, ...], list[str]]

LARGEST_SIZE = 2**63  # what the database can hold
RESOURCE_SCHEMES = (*WEB_SCHEMES, "ftp", "ftps", "sftp", "mqtt", "mqtts", "ws", "wss")
OF_THE_LIST = re.compile(r"\s*https?://(www\.)?dcat-ap\.de/", re.IGNORECASE)
WEB_ADDRESS = re.compile("https?:", re.IGNORECASE)


def herne_licence(value: Any) -> Any:
    """The register id of the licence; spellings known to the register are normalised.

    The address of a licence that the register does not have is kept; the portal warns of it.
    """
    if value is tk.missing or is_empty(value):
        return ""
    known = licence(str(value))
    if known:
        return known.id
    if address(str(value), WEB_SCHEMES) and not OF_THE_LIST.match(str(value)):
        return str(value).strip()  # convention K34: licences outside the list are passed on unchanged
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
    try:
        return tk.get_validator("email_validator")(address, {}) if address else ""
    except tk.Invalid as error:
        raise tk.Invalid(_("This is not an e-mail address such as office@herne.de.")) from error


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
    if text and address(text, schemes) is None:
        raise tk.Invalid(
            _('"{text}" is not a web address. It starts with https:// or http://.').format(text=text[:100])
        )
    return text


def herne_uri(value: Any) -> Any:
    """A URI of any kind ("urn:..." too) that RDF can carry, or nothing; it stays as it was given."""
    text = str(value).strip()
    if text and iri(text) is None:
        raise tk.Invalid(_('"{text}" is not a URI.').format(text=text[:100]))
    return text


def herne_statement(value: Any) -> Any:
    """A text, or a web address that RDF can carry."""
    text = str(value).strip()
    return checked_address(text, WEB_SCHEMES) if WEB_ADDRESS.match(text) else text


def herne_duration(value: Any) -> Any:
    """A span of time, stored as xsd:duration."""
    message = _('"{text}" is not a span of time. Write it like "1 hour", "15 minutes" or "P1Y".')
    return understood(duration, value, message)


def herne_decimal(value: Any) -> Any:
    """A number from 0 on."""
    message = _('"{text}" is not a number. Write it like 10 or 0.5, without a sign for thousands.')
    return understood(decimal, value, message)


def herne_media_type(value: Any) -> Any:
    """A media type, also from a file's ending."""
    return understood(media_type, value, _('"{text}" is not a media type. Write it like application/gzip.'))


def herne_telephone(value: Any) -> Any:
    """A telephone number."""
    message = _('"{text}" is not a telephone number. Write it like +49 2323 16-0.')
    return understood(telephone, value, message)


def understood(read: Callable[[str], str | None], value: Any, message: str) -> str:
    """What `read` makes of a value; nothing stays nothing.

    :raises Invalid: with `message`, if `read` does not understand it.
    """
    if is_empty(value):
        return ""
    found = read(str(value))
    if found is None:
        raise tk.Invalid(message.format(text=str(value)[:100]))
    return found


def herne_tick(value: Any) -> Any:
    """ "true" for yes, nothing for no or for nothing said."""
    said = None if value is tk.missing else tick(value)
    if said is None and value is not tk.missing:
        raise tk.Invalid(_('"{text}" is neither yes nor no.').format(text=str(value)[:100]))
    return "true" if said else ""


def herne_geometry(value: Any) -> Any:
    """A geometry in degrees as GeoJSON or WKT; objects are stored as JSON text."""
    if is_empty(value):
        return ""
    try:
        geometry.parse(value)
    except geometry.NotAGeometryError as error:
        raise tk.Invalid(
            _("This is not a geometry in degrees. Give it as GeoJSON or WKT (WGS 84).")
        ) from error
    return value if isinstance(value, str) else json.dumps(value)


def scheming_validator(factory: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a factory that scheming calls with the field and the schema (what its own decorator does)."""
    factory.is_a_scheming_validator = True  # type: ignore[attr-defined]
    return factory


@scheming_validator
def herne_term(field: Field, schema: dict[str, Any]) -> Callable[[Any], Any]:
    """One term of the field's vocabulary, given as URI, code, label or known spelling; stored as URI."""

    def validator(value: Any) -> Any:
        return "" if is_empty(value) else term_uri(field, str(value))

    return validator


def term_uri(field: Field, text: str) -> str:
    """The URI of the term of the field's vocabulary that `text` means; if it is `open`, any web address.

    :raises Invalid: there is none; the message proposes the nearest terms.
    """
    terms = vocabulary(field["vocabulary"])
    term = terms.find(text)
    if term:
        return term.uri
    if field.get("open") and address(text, WEB_SCHEMES):
        return text.strip()
    labels = ", ".join(near.label(page_language()) for near in terms.nearest(text))
    if labels:
        raise tk.Invalid(
            _('"{text}" is not in the list. Did you mean: {proposals}?').format(
                text=text[:100], proposals=labels
            )
        )
    raise tk.Invalid(_('"{text}" is not in the list of allowed values.').format(text=text[:100]))
