"""Kinds of value: how a field's value looks in RDF, and back.

Each kind has an `encode` (value to RDF term; raises RejectedError where there is none) and a `decode` (RDF
term to value; None where the term says nothing). Where a value comes from is not known here.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ckanext.herne.dcat_ap_de import geometry
from ckanext.herne.dcat_ap_de.iri import iri
from ckanext.herne.dcat_ap_de.mapping import Property
from ckanext.herne.dcat_ap_de.problems import RejectedError
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import licence
from rdflib import XSD, Literal, Node, URIRef

WKT = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
IANA = "https://www.iana.org/assignments/media-types/"
IANA_ADDRESS = re.compile(r"^https?://(www\.)?iana\.org/assignments/media-types/", re.IGNORECASE)
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
EMAIL = re.compile(r"[^\s@<>\"\\^`{|}\[\]()%?#]+@[^\s@<>\"\\^`{|}\[\]()%?#/]+")
TELEPHONE = re.compile(r"\+?[0-9][0-9-]{2,}")
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# ISO 8601 as XML Schema has it (xsd:duration): at least one part, and one after a "T"
DURATION = re.compile(
    r"P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"
)
ZONE = re.compile(r"T.*(Z|[+-]\d\d:\d\d)$")
YEAR = re.compile(r"\d{4}")
YEAR_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Kind:
    """A pair of functions; the property gives the vocabulary, the string the language tag of plain texts."""

    encode: Callable[[Any, Property, str], Node]
    decode: Callable[[Node, Property], Any]


def clean(value: Any) -> str:
    """A value as text that every RDF syntax can carry: no control characters, one kind of line break."""
    if not isinstance(value, str | int | float):
        raise RejectedError("not_a_text")
    return UNPRINTABLE.sub("", str(value)).replace("\r\n", "\n").replace("\r", "\n").strip()


def stand_in(languages: Collection[str]) -> str:
    """The language whose text stands for the portal's own where that is missing; '' if there is none."""
    return "en" if "en" in languages else min(languages, default="")


def _text(value: Any, _prop: Property, language: str) -> Node:
    return Literal(clean(value), lang=language)


def _string(value: Any, _prop: Property, _language: str) -> Node:
    return Literal(clean(value))


def _uri(value: Any, _prop: Property, _language: str) -> Node:
    address = iri(clean(value))
    if address is None:
        raise RejectedError("not_a_uri")
    return URIRef(address)


def _date(value: Any, _prop: Property, _language: str) -> Node:
    text = value.isoformat() if isinstance(value, date) else clean(value)
    if YEAR_MONTH.fullmatch(text):
        return _dated(text, XSD.gYearMonth, text[:4])
    if YEAR.fullmatch(text):
        return _dated(text, XSD.gYear, text)
    try:
        if DAY.fullmatch(text):
            return Literal(date.fromisoformat(text).isoformat(), datatype=XSD.date, normalize=False)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RejectedError("not_a_date") from error
    offset = moment.utcoffset()
    if offset is not None and (offset.total_seconds() % 60 or abs(offset.total_seconds()) > 14 * 3600):
        raise RejectedError("not_a_date")  # xsd:dateTime has offsets of whole minutes up to 14 hours
    return Literal(moment.isoformat(), datatype=XSD.dateTime, normalize=False)


def _timestamp(value: Any, prop: Property, language: str) -> Node:
    literal = _date(value, prop, language)
    if not ZONE.search(str(literal)):
        raise RejectedError("not_a_date")  # an xsd:dateTimeStamp names its time zone
    return Literal(str(literal), datatype=XSD.dateTimeStamp, normalize=False)


def _dated(text: str, datatype: URIRef, year: str) -> Node:
    if year == "0000":
        raise RejectedError("not_a_date")
    return Literal(text, datatype=datatype, normalize=False)


def _integer(value: Any, _prop: Property, _language: str) -> Node:
    text = clean(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,18}(\.0)?", text):
        raise RejectedError("not_a_number")
    return Literal(str(int(text.partition(".")[0])), datatype=XSD.nonNegativeInteger)


def _decimal(value: Any, _prop: Property, _language: str) -> Node:
    text = clean(value).replace(",", ".")
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", text):
        raise RejectedError("not_a_measure")
    # with a point, as Turtle's short form of a decimal has it: "10" would come back as "10.0"
    plain = f"{Decimal(text).normalize():f}"
    return Literal(plain if "." in plain else f"{plain}.0", datatype=XSD.decimal, normalize=False)


def _duration(value: Any, _prop: Property, _language: str) -> Node:
    text = clean(value).upper()
    if not DURATION.fullmatch(text):
        raise RejectedError("not_a_duration")
    return Literal(text, datatype=XSD.duration, normalize=False)


def _hexadecimal(value: Any, _prop: Property, _language: str) -> Node:
    digits = clean(value).rpartition(":")[2].lower()
    if not re.fullmatch(r"([0-9a-f]{2})+", digits):
        raise RejectedError("not_hexadecimal")
    return Literal(digits, datatype=XSD.hexBinary, normalize=False)


def _email(value: Any, _prop: Property, _language: str) -> Node:
    address = re.sub("^mailto:", "", clean(value), flags=re.IGNORECASE)
    address = re.sub(r"\s*[(\[](at|ät)[)\]]\s*", "@", address, flags=re.IGNORECASE)
    if not EMAIL.fullmatch(address) or iri(f"mailto:{address}") != f"mailto:{address}":
        raise RejectedError("not_an_email")
    return URIRef(f"mailto:{address}")


def _telephone(value: Any, _prop: Property, _language: str) -> Node:
    number = re.sub(r"[\s()/.]+", "-", re.sub("^tel:", "", clean(value), flags=re.IGNORECASE)).strip("-")
    number = re.sub("-+", "-", number)
    if not TELEPHONE.fullmatch(number):
        raise RejectedError("not_a_telephone")
    return URIRef(f"tel:{number}")


def _media_type(value: Any, _prop: Property, _language: str) -> Node:
    name = IANA_ADDRESS.sub("", clean(value)).partition(";")[0].strip()
    registered = vocabulary("media_types").find(name)
    if registered:
        return URIRef(registered.uri)
    meant = name.lower()
    if not MEDIA_TYPE.fullmatch(meant):
        file_type = vocabulary("file_types").find(name)
        meant = file_type.media_type if file_type else ""
    if not meant:
        raise RejectedError("not_a_media_type")
    return URIRef(IANA + meant)


def _geometry(value: Any, _prop: Property, _language: str) -> Node:
    try:
        return Literal(geometry.to_wkt(geometry.parse(value)), datatype=WKT)
    except geometry.NotAGeometryError as error:
        raise RejectedError(str(error)) from error


def _term(value: Any, prop: Property, _language: str) -> Node:
    known, text = vocabulary(prop.vocabulary), clean(value)
    if term := known.find(text):
        return URIRef(term.uri)
    address = iri(text)
    if prop.open and address and address.startswith(prop.open):
        return URIRef(address)
    raise RejectedError("unknown_term", ", ".join(term.de for term in known.nearest(text)))


def _licence(value: Any, _prop: Property, _language: str) -> Node:
    text = clean(value)
    if known := licence(text):
        return URIRef(known.uri)
    address = iri(text)  # a foreign licence is passed on unchanged (convention K34)
    if address is None:
        raise RejectedError("unknown_licence")
    return URIRef(address)


def _plain(node: Node, _prop: Property) -> Any:
    return str(node)


def _without(scheme: str) -> Callable[[Node, Property], Any]:
    return lambda node, _prop: str(node).removeprefix(scheme)


def _measure(node: Node, _prop: Property) -> Any:
    text = str(node).strip()
    return text.rstrip("0").rstrip(".") if "." in text else text


def _mail_address(node: Node, prop: Property) -> Any:
    try:
        return str(_email(str(node), prop, "")).removeprefix("mailto:")
    except RejectedError:
        return str(node)


def _whole(node: Node, _prop: Property) -> Any:
    digits = re.fullmatch(r"([0-9]+)(\.0*)?", str(node))  # version 2.0 wanted an xsd:decimal here
    return int(digits[1]) if digits else None


def _name_of_media_type(node: Node, prop: Property) -> Any:
    try:
        return IANA_ADDRESS.sub("", str(_media_type(str(node), prop, "")))
    except RejectedError:
        return str(node)


def _geojson(node: Node, _prop: Property) -> Any:
    try:
        return geometry.to_geojson(geometry.parse(str(node)))
    except geometry.NotAGeometryError:
        return None


def _stored_term(node: Node, prop: Property) -> Any:
    term = vocabulary(prop.vocabulary).find(str(node))
    if term is None:
        return str(node)
    return term.format_name if prop.vocabulary == "file_types" else term.uri


def _licence_id(node: Node, _prop: Property) -> Any:
    known = licence(str(node))
    return known.id if known else str(node)


KINDS = {
    "text": Kind(_text, _plain),
    "string": Kind(_string, _plain),
    "uri": Kind(_uri, _plain),
    "date": Kind(_date, _plain),
    "timestamp": Kind(_timestamp, _plain),
    "integer": Kind(_integer, _whole),
    "decimal": Kind(_decimal, _measure),
    "duration": Kind(_duration, _plain),
    "hexadecimal": Kind(_hexadecimal, _plain),
    "email": Kind(_email, _mail_address),
    "telephone": Kind(_telephone, _without("tel:")),
    "media_type": Kind(_media_type, _name_of_media_type),
    "geometry": Kind(_geometry, _geojson),
    "term": Kind(_term, _stored_term),
    "licence": Kind(_licence, _licence_id),
}
