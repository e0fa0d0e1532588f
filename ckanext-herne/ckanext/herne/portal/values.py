"""Single values as they are stored, from what people write: spans of time, numbers, media types, addresses.

Pure. Each function gives None for a text that it cannot understand; the message for that, lists of values,
dates and vocabularies are left to others.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ckanext.herne.dcat_ap_de.iri import iri
from ckanext.herne.dcat_ap_de.values import IANA_ADDRESS, MEDIA_TYPE
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary

WEB_SCHEMES = ("http", "https")
# XML Schema Part 2, 3.2.6: in this order, each part once, at least one, and after T at least one.
DURATION = re.compile(
    r"P(?=.)(\d{1,9}Y)?(\d{1,9}M)?(\d{1,9}D)?(T(?=.)(\d{1,9}H)?(\d{1,9}M)?(\d{1,9}(\.\d{1,9})?S)?)?",
    re.ASCII,
)
WEEKS = re.compile(r"P(\d{1,8})W", re.ASCII)
IN_WORDS = re.compile(r"(\d{1,8})\s*([a-zä]+)", re.ASCII | re.IGNORECASE)
UNITS = {
    "PT{}S": ("s", "sekunde", "sekunden", "second", "seconds"),
    "PT{}M": ("min", "minute", "minuten", "minutes"),
    "PT{}H": ("h", "stunde", "stunden", "hour", "hours"),
    "P{}D": ("d", "tag", "tage", "tagen", "day", "days"),
    "P{}W": ("woche", "wochen", "week", "weeks"),
    "P{}M": ("monat", "monate", "monaten", "month", "months"),
    "P{}Y": ("a", "jahr", "jahre", "jahren", "year", "years"),
}
DECIMAL = re.compile(r"\d{1,15}([.,]\d{1,15})?", re.ASCII)
THOUSANDS = re.compile(r"\d{1,3}([.,]000)+", re.ASCII)
TELEPHONE = re.compile(r"\+?\d{3,30}", re.ASCII)
# BCP 47, as far as the portal needs it: language, script, region, variants.
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,4}", re.ASCII | re.IGNORECASE)


def duration(text: str) -> str | None:
    """An xsd:duration from one ("PT1H"), from ISO weeks ("P1W") or from a number with a unit ("1 Stunde")."""
    plain = text.strip()
    words = IN_WORDS.fullmatch(plain)
    if words:
        plain = next(
            (form.format(words[1]) for form, names in UNITS.items() if words[2].lower() in names), ""
        )
    weeks = WEEKS.fullmatch(plain.upper())
    if weeks:
        return f"P{int(weeks[1]) * 7}D"
    return plain.upper() if DURATION.fullmatch(plain.upper()) else None


def decimal(text: str) -> str | None:
    """A number from 0 on as xsd:decimal, with a point or a German comma.

    None also for "1.000", which is a thousand to Germans and one to everybody else.
    """
    plain = text.strip()
    if not DECIMAL.fullmatch(plain) or THOUSANDS.fullmatch(plain):
        return None
    return plain.replace(",", ".")


def media_type(text: str) -> str | None:
    """A media type such as "application/gzip", from one, from its IANA address or from a file's ending."""
    term = vocabulary("media_types").find(text)
    if term:
        return term.code
    plain = IANA_ADDRESS.sub("", text.strip()).lower()
    return plain if MEDIA_TYPE.fullmatch(plain) else None


def telephone(text: str) -> str | None:
    """A telephone number as it is written, if it is one: digits with what people put between them."""
    plain = re.sub("^tel:", "", text.strip(), flags=re.IGNORECASE)
    digits = re.sub(r"[\s()/.\-]", "", plain)
    return plain if TELEPHONE.fullmatch(digits) else None


def address(text: str, schemes: tuple[str, ...]) -> str | None:
    """An absolute address with one of `schemes` that RDF can carry."""
    plain = text.strip()
    try:
        parts = urlsplit(plain)
    except ValueError:
        return None
    if parts.scheme.lower() not in schemes or not parts.netloc:
        return None
    # RDF knows no mqtt: for other schemes than those of the web the host decides.
    return plain if iri(plain) or iri(f"http:{plain.partition(':')[2]}") else None


def language_tag(text: str) -> str | None:
    """A BCP 47 language tag, its language in small letters ("en", "pt-BR")."""
    if not LANGUAGE_TAG.fullmatch(text.strip()):
        return None
    language, mark, rest = text.strip().partition("-")
    return language.lower() + mark + rest
