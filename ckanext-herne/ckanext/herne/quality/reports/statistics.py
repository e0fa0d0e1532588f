"""Numbers over the reports of all public packages, counted by the database."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.quality.reports.model import report_table
from ckanext.herne.quality.reports.subjects import PUBLIC
from sqlalchemy.dialects.postgresql import JSONB

RULES = 20  # the most frequent rules that are listed

_package, _group, _report = model.package_table.c, model.group_table.c, report_table.c
_JOINED = model.package_table.outerjoin(report_table, _report.package_id == _package.id)
_COUNTS = (
    sa.func.count(_package.id).label("packages"),
    sa.func.count(_report.package_id).label("reported"),
    sa.func.count().filter(_report.conforms).label("conforming"),
    sa.func.coalesce(sa.func.sum(_report.violations), 0).label("violations"),
    sa.func.coalesce(sa.func.sum(_report.warnings), 0).label("warnings"),
    sa.func.coalesce(sa.func.sum(_report.infos), 0).label("infos"),
    sa.func.avg(_report.mqa_points).label("mqa_average"),
)


def public(organization_id: str = "") -> Any:
    """The condition for a public package, of an organization if its id is given."""
    return sa.and_(PUBLIC, _package.owner_org == organization_id) if organization_id else PUBLIC


def totals(condition: Any) -> dict[str, Any]:
    """How many packages there are, have a report and conform; results by severity; average MQA points."""
    row = model.Session.execute(sa.select(*_COUNTS).select_from(_JOINED).where(condition)).mappings().one()
    return _numbers(row)


def by_organization(condition: Any) -> list[dict[str, Any]]:
    """The same for each organization that has packages, the one with most violations first."""
    joined = _JOINED.outerjoin(model.group_table, _group.id == _package.owner_org)
    about = (_group.id, _group.name, _group.title)
    rows = sa.select(*about, *_COUNTS).select_from(joined).where(condition).group_by(*about)
    order = (sa.desc("violations"), sa.desc("packages"), _group.name)
    return [
        {"id": row["id"], "name": row["name"], "title": row["title"], **_numbers(row)}
        for row in model.Session.execute(rows.order_by(*order)).mappings()
    ]


def frequent_rules(condition: Any) -> list[dict[str, Any]]:
    """The rules that most packages break, violations first: in how many packages, how often, their words."""
    result = sa.func.jsonb_array_elements(_report.report["results"]).table_valued(
        sa.column("value", JSONB), name="result"
    )
    text = {name: result.c.value[name].astext for name in ("rule", "severity", "field")}
    said = {
        name: sa.func.max(result.c.value[name].astext).label(name)
        for name in ("message_de", "message_en", "remedy_de", "remedy_en")
    }
    broken_by = sa.func.count(_report.package_id.distinct()).label("packages")
    rows = (
        sa.select(
            *(column.label(name) for name, column in text.items()),
            broken_by,
            sa.func.count().label("results"),
            *said.values(),
        )
        .select_from(_JOINED.join(result, sa.true()))
        .where(condition)
        .group_by(*text.values())
        .order_by(text["severity"] != "Violation", broken_by.desc(), text["rule"])
        .limit(RULES)
    )
    return [dict(row) for row in model.Session.execute(rows).mappings()]


def _numbers(row: Any) -> dict[str, Any]:
    average = row["mqa_average"]
    return {
        "packages": row["packages"],
        "reported": row["reported"],
        "conforming": row["conforming"],
        "by_severity": {
            "Violation": int(row["violations"]),
            "Warning": int(row["warnings"]),
            "Info": int(row["infos"]),
        },
        "mqa_average": None if average is None else round(float(average), 1),
    }
