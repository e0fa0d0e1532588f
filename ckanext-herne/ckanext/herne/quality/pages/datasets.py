"""The table of packages with their verdicts: filtered, sorted and cut into pages by the database.

Which packages may be seen at all is the caller's condition. What the reader asks for comes from an address,
so anything may stand there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.portal.saving import TYPES
from ckanext.herne.quality.reports.model import report_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = 50  # rows
PAGE_NUMBER = re.compile("[1-9][0-9]{0,8}")
WORDS = 20  # that are searched for; more are hardly meant
BATCH = 500  # rows that the database hands over at a time while all are exported
UMLAUTS = ("ÄÖÜäöüß", "aouaous")  # sorted as DIN 5007 has it

_package, _group, _report = model.package_table.c, model.group_table.c, report_table.c
_JOINED = model.package_table.outerjoin(report_table, _report.package_id == _package.id).outerjoin(
    model.group_table, _group.id == _package.owner_org
)
_COLUMNS = (
    _package.id,
    _package.name,
    sa.func.coalesce(sa.func.nullif(_package.title, ""), _package.name).label("title"),
    _package.type,
    _package.metadata_modified.label("modified"),
    _group.name.label("organization"),
    sa.func.coalesce(sa.func.nullif(_group.title, ""), _group.name).label("organization_title"),
    _report.conforms,
    _report.violations,
    _report.warnings,
    _report.infos,
    _report.mqa_points,
    _report.checked.label("judged"),
)
STATES: Mapping[str, Any] = {
    "conforms": _report.conforms,
    "violations": _report.violations > 0,
    "warnings": _report.warnings > 0,
    "unjudged": _report.package_id.is_(None),
}
ORDERS: Mapping[str, Any] = {
    "title": sa.func.translate(sa.func.lower(_package.title), *UMLAUTS),
    "violations": _report.violations,
    "warnings": _report.warnings,
    "mqa": _report.mqa_points,
    "modified": _package.metadata_modified,
    "judged": _report.checked,
}


class UnknownValueError(ValueError):
    """The address asks for a value of a parameter that there is not; the message is the parameter's name."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the reader wants to see; every field is a parameter of the address, "" if it is not there.

    `sort` is one of ORDERS, after a minus in descending order. `page` is the text that stands there.
    """

    q: str = ""
    state: str = ""
    type: str = ""
    rule: str = ""
    organization: str = ""
    sort: str = ""
    page: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether packages may be left out."""
        return any((self.q, self.state, self.type, self.rule, self.organization))

    @property
    def column(self) -> str:
        """By what the table is sorted."""
        return self.sort.removeprefix("-") or "violations"

    @property
    def descending(self) -> bool:
        """Whether the table begins with the greatest; unless asked otherwise the worst come first."""
        return self.sort.startswith("-") or not self.sort

    def turned(self, column: str) -> str:
        """The `sort` behind a column's head: the other way round, or the greatest first, titles from A."""
        if column == self.column:
            return column if self.descending else f"-{column}"
        return column if column == "title" else f"-{column}"

    def parameters(self, **changes: str) -> dict[str, str]:
        """The parameters of the address of the same question with some changes."""
        named = {field.name: str(getattr(self, field.name)) for field in fields(self)} | changes
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the table, empty behind the `last` one; `found` is the number of rows on all pages."""

    rows: list[Mapping[str, Any]]
    number: int
    last: int
    found: int


def question(parameters: Mapping[str, str]) -> Question:
    """What an address asks for; parameters that nobody knows are ignored.

    :raises UnknownValueError: a value has no meaning.
    """
    given = {field.name: _plain(parameters.get(field.name, "")) for field in fields(Question)}
    asked = Question(**given)
    allowed = {"state": STATES, "type": TYPES, "sort": [*ORDERS, *(f"-{name}" for name in ORDERS)]}
    for name, values in allowed.items():
        if given[name] and given[name] not in values:
            raise UnknownValueError(name)
    if asked.page and not PAGE_NUMBER.fullmatch(asked.page):
        raise UnknownValueError("page")
    return asked


def page(visible: Any, asked: Question) -> Page:
    """The page asked for of the packages that are `visible`."""
    condition = _condition(visible, asked)
    found = model.Session.execute(
        sa.select(sa.func.count()).select_from(_JOINED).where(condition)
    ).scalar_one()
    number, last = int(asked.page or 1), max(1, -(-found // PAGE))
    rows = _rows(condition, asked).limit(PAGE).offset((number - 1) * PAGE)
    return Page([dict(row) for row in model.Session.execute(rows).mappings()], number, last, found)


def every(visible: Any, asked: Question) -> Iterator[Mapping[str, Any]]:
    """All rows, a batch at a time."""
    rows = _rows(_condition(visible, asked), asked).execution_options(yield_per=BATCH)
    yield from model.Session.execute(rows).mappings()


def _plain(text: str) -> str:
    return text.replace("\0", "").strip()  # the database takes no NUL


def _condition(visible: Any, asked: Question) -> Any:
    conditions = [visible]
    if asked.q:
        conditions += [_says(word) for word in asked.q.split()[:WORDS]]
    if asked.state:
        conditions.append(STATES[asked.state])
    if asked.type:
        conditions.append(_package.type == asked.type)
    if asked.rule:
        conditions.append(_report.report["results"].contains([{"rule": asked.rule}]))
    if asked.organization:
        conditions.append(_group.name == asked.organization)
    return sa.and_(*conditions)


def _says(word: str) -> Any:
    return sa.or_(
        _package.title.icontains(word, autoescape=True), _package.name.icontains(word, autoescape=True)
    )


def _rows(condition: Any, asked: Question) -> Any:
    order = ORDERS[asked.column]
    first = (order.desc() if asked.descending else order.asc()).nulls_last()
    return (
        sa.select(*_COLUMNS)
        .select_from(_JOINED)
        .where(condition)
        .order_by(first, ORDERS["title"], _package.id)
    )
