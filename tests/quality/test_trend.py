"""The trend over days: the database's sums against a reconstruction that any child can follow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from ckan import model
from ckanext.herne.quality.reports import statistics
from ckanext.herne.quality.reports.model import history_table
from ckanext.herne.quality.reports.trend import DAYS, Day, trend
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("portal", "tidy")
BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 3, 30)  # the clocks went forward the day before
VERDICTS = ("conforms", "violations", "warnings", "infos", "mqa_points")
KINDS = ("public", "private", "deleted", "harvest")


@pytest.fixture
def tidy(portal: Any) -> Iterator[None]:
    """What a test writes is never committed."""
    yield
    model.Session.rollback()


def store(packages: list[tuple[str, list[tuple[datetime, tuple[Any, ...]]]]]) -> None:
    """Packages of the kinds named, with their histories, in place of all others."""
    model.Session.rollback()
    for number, (kind, changes) in enumerate(packages):
        package = model.Package(
            name=f"paket-{number}",
            type="harvest" if kind == "harvest" else "dataset",
            private=kind == "private",
            state="deleted" if kind == "deleted" else "active",
        )
        model.Session.add(package)
        model.Session.flush()
        for at, verdict in changes:
            row = {"package_id": package.id, "at": at, **dict(zip(VERDICTS, verdict, strict=True))}
            model.Session.execute(history_table.insert().values(row))


def naive(packages: list[tuple[str, list[tuple[datetime, tuple[Any, ...]]]]]) -> list[Day]:
    """Each day, each package: its last verdict before midnight in Berlin."""
    histories = [changes for kind, changes in packages if kind == "public"]
    begin = min(
        (at.astimezone(BERLIN).date() for changes in histories for at, _verdict in changes), default=None
    )
    days = []
    day = max(begin, TODAY - timedelta(days=DAYS - 1)) if begin else TODAY + timedelta(days=1)
    while day <= TODAY:
        known = [
            [verdict for at, verdict in changes if at.astimezone(BERLIN).date() <= day]
            for changes in histories
        ]
        states = [verdicts[-1] for verdicts in known if verdicts]
        points = [state[4] for state in states if state[4] is not None]
        violations, warnings = (sum(state[place] for state in states) for place in (1, 2))
        conforming = sum(state[0] for state in states)
        days.append(Day(day, len(states), conforming, violations, warnings, len(points), sum(points)))
        day += timedelta(days=1)
    return days


START = datetime(2024, 12, 1, tzinfo=UTC)
moments = st.integers(0, 487 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
verdicts = st.tuples(
    st.booleans(), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.none() | st.integers(0, 405)
)
histories = st.lists(st.tuples(moments, verdicts), max_size=6).map(
    lambda changes: sorted(changes, key=lambda change: change[0])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(KINDS), histories), max_size=5))
def test_the_database_says_what_a_walk_through_all_days_says(packages: list[Any]) -> None:
    store(packages)
    assert trend(statistics.public(), TODAY) == naive(packages)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_day_ends_at_midnight_in_berlin() -> None:
    store(
        [
            (
                "public",
                [
                    (at("2026-01-09 22:59"), (False, 2, 0, 0, 100)),
                    (at("2026-01-09 23:00"), (True, 0, 1, 0, 300)),
                ],
            )
        ]
    )
    days = trend(statistics.public(), date(2026, 1, 11))
    assert [(day.day.day, day.conforming, day.violations) for day in days] == [
        (9, 0, 2),
        (10, 1, 0),
        (11, 1, 0),
    ]
    assert [(day.share, day.mqa_average) for day in days] == [(0.0, 100.0), (1.0, 300.0), (1.0, 300.0)]


def test_nothing_judged_is_no_day() -> None:
    store([])
    assert trend(statistics.public()) == []


def test_services_have_no_points() -> None:
    store([("public", [(at("2026-03-30 08:00"), (True, 0, 0, 0, None))])])
    (day,) = trend(statistics.public(), TODAY)
    assert (day.share, day.mqa_average) == (1.0, None)


def test_an_organization_counts_its_own() -> None:
    store([("public", [(at("2026-03-30 08:00"), (True, 0, 0, 0, 7))])])
    owner = model.Session.execute(sa.select(model.group_table.c.id)).scalars().first()
    assert trend(statistics.public(owner), TODAY) == []
    model.Session.execute(sa.update(model.package_table).values(owner_org=owner))
    assert len(trend(statistics.public(owner), TODAY)) == 1
