"""Notes: what is said next to a form, made of a verdict on its draft and of what a save would refuse.

A note is said once: where a save refuses a field's value, the rules about that field are silent. What is
mandatory and still empty is missing, not wrong: nobody is blamed for what they have not come to yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.portal.forms import is_shown
from ckanext.herne.portal.language import page_language
from ckanext.herne.quality import links
from ckanext.herne.quality.places import Place, key_of, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.datastructures import MultiDict

MISSING, WRONG, ADVICE, INFO = KINDS = ("missing", "wrong", "advice", "info")
KIND = {"Violation": WRONG, "Warning": ADVICE, "Info": INFO}
RECOMMENDED = "-recommended"  # how the rules about what should not be missing end


@dataclass(frozen=True, slots=True)
class Form:
    """The form that asks: what it sent, the fields it has, and those of the other form of the same dataset.

    `resource` is the key of the resource that the form is about, "" if it is about the package.
    """

    sent: MultiDict[str, str]
    package: dict[str, Any]
    fields: list[dict[str, Any]]
    others: list[dict[str, Any]]
    resource: str = ""

    def shows(self, place: Place) -> bool:
        """Whether the place is a control of this form."""
        shown = {field["field_name"] for field in self.fields if is_shown(field)}
        return place.resource == self.resource and place.field in shown

    def is_empty(self, control: str) -> bool:
        """Whether nothing was sent for a control or any of its parts ("contact-0-email")."""
        parts = (name for name in self.sent if name == control or name.startswith(f"{control}-"))
        return not any(value.strip() for name in parts for value in self.sent.getlist(name))


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to do. `target` is the id of the control, `address` a page to go to; one of them may be "".

    `brief` is the note as it stands right at its control, where the label need not be said again.
    """

    kind: str
    text: str
    remedy: str
    brief: str
    target: str
    address: str


def notes_on(answer: dict[str, Any], form: Form) -> list[Note]:
    """All notes for a form, as `herne_dataset_validate` answered on its draft; most urgent first."""
    refused = list(_refused(answer["errors"], form))
    told = {note.target.removeprefix("field-").split("-")[0] for note in refused}
    found = [*refused, *_found(answer["results"], form, told)]
    return sorted(dict.fromkeys(found), key=lambda note: KINDS.index(note.kind))


def summary(notes: list[Note]) -> str:
    """How many notes there are of which kind, as one sentence."""
    number = {kind: sum(note.kind == kind for note in notes) for kind in KINDS}
    counts = [
        tk.ungettext("%(num)d entry still missing", "%(num)d entries still missing", number[MISSING]),
        tk.ungettext("%(num)d error", "%(num)d errors", number[WRONG]),
        tk.ungettext("%(num)d piece of advice", "%(num)d pieces of advice", number[ADVICE] + number[INFO]),
    ]
    numbers = (number[MISSING], number[WRONG], number[ADVICE] + number[INFO])
    said = [text % {"num": count} for text, count in zip(counts, numbers, strict=True) if count]
    if not number[MISSING] + number[WRONG]:
        said.insert(0, _("No errors"))
    return ", ".join(said) + "."


def _refused(errors: dict[str, Any], form: Form) -> Iterator[Note]:
    for line in tk.h.herne_error_lines(errors, form.fields, form.others):
        is_missing = line["target"] and form.is_empty(line["target"].removeprefix("field-"))
        text = f"{line['label']}: {line['message']}"
        address = "" if line["target"] else links.form_of(form.package)
        yield Note(MISSING if is_missing else WRONG, text, "", line["message"], line["target"], address)


def _found(results: list[dict[str, Any]], form: Form, told: set[str]) -> Iterator[Note]:
    language = "en" if page_language().startswith("en") else "de"
    for result in results:
        place = place_of(result, form.package["resources"])
        is_here = form.shows(place)
        is_elsewhere = form.resource and place.resource != form.resource
        if (is_here and place.field in told) or (is_elsewhere and result["severity"] != "Violation"):
            continue
        message, remedy = result[f"message_{language}"], result[f"remedy_{language}"]
        owner = "" if is_here else _name(form.package["resources"], place.resource)
        is_advice = result["rule"].endswith(RECOMMENDED)
        yield Note(
            kind=_kind(result, place, form),
            text=f"{owner}: {message}" if owner else message,
            remedy=remedy,
            brief=_("Recommended: {remedy}").format(remedy=remedy) if is_advice else f"{message} {remedy}",
            target=f"field-{place.field}" if is_here else "",
            address="" if is_here else links.mending(form.package, place),
        )


def _kind(result: dict[str, Any], place: Place, form: Form) -> str:
    is_open = place.field == "resources" or (form.shows(place) and form.is_empty(place.field))
    return MISSING if result["severity"] == "Violation" and is_open else KIND[result["severity"]]


def _name(resources: list[dict[str, Any]], key: str) -> str:
    """What a resource is called; "" if the key names none."""
    keys = {key_of(resource, number): resource for number, resource in enumerate(resources, start=1)}
    return str(keys[key].get("name") or "") if key in keys else ""


def own_errors(errors: dict[str, Any], number: int) -> dict[str, Any]:
    """The errors of one resource of a dataset, and those of the dataset itself."""
    rest = {name: error for name, error in errors.items() if name != "resources"}
    listed = errors.get("resources") or []
    own = listed[number] if number < len(listed) and isinstance(listed[number], dict) else {}
    return {**rest, **own}
