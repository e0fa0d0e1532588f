"""Makes every text of the feed anew beside what is served, then serves all of it at once.

Meanwhile harvesters get what they got before, and saves are published. One that is interrupted goes on
where it ended; of two at the same time the second gives way.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.feed import jobs, publish, staging, store
from ckanext.herne.feed.layout import layout
from ckanext.herne.feed.model import entry_table, staged_entry_table
from ckanext.herne.feed.publish import Outcome, Published
from ckanext.herne.quality.reports import subjects
from ckanext.herne.quality.reports.subjects import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterator

_package, _staged, _entry = model.package_table.c, staged_entry_table.c, entry_table.c


class BusyError(Exception):
    """Another rebuild runs already."""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold what only one rebuild at a time can hold; it goes with the process, however that ends.

    :raises BusyError: another one holds it.
    """
    key = sa.func.hashtext("herne_feed rebuild")
    with model.Session.get_bind().connect() as connection:  # sessions give theirs back with each commit
        if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar():
            raise BusyError
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def remaining() -> int:
    """How many packages are not made anew yet."""
    return subjects.number(_to_do())


def prepared() -> Iterator[tuple[str, Exception | None]]:
    """Make the texts of all packages that lack them; each one's id, and why it failed if it did.

    What fails goes on being served as it is.
    """
    for package_id in subjects.ids(_to_do()):
        error = None
        try:
            publish.prepare(package_id)
            model.Session.commit()
        except Exception as failure:
            model.Session.rollback()
            error = failure
        finally:
            model.Session.expunge_all()  # thousands of packages in a row leave nothing behind
        yield package_id, error


def swap() -> None:
    """Serve all that is prepared in one transaction, and no more what has no public package."""
    try:
        staging.lock()
        for package_id in _without_package():
            staging.withdraw(package_id)
        _pass_on(staging.apply())
        model.Session.commit()
    except BaseException:
        model.Session.rollback()
        raise


def _pass_on(applied: staging.Applied) -> None:
    for package_id in applied.held:
        jobs.pass_on(package_id, Published(Outcome.HELD, "held"))
    for package_id in applied.released:
        jobs.pass_on(package_id, Published(Outcome.SERVED, "released"))
    for package_id in applied.relisted:
        affects = tuple(store.referring(store.find(package_id).uri))
        jobs.pass_on(package_id, Published(Outcome.SERVED, affects=affects))


def _to_do() -> sa.ColumnElement[bool]:
    """The condition on a package whose current version is not prepared."""
    same = sa.and_(
        _staged.package_id == _package.id,
        _staged.package_modified == _package.metadata_modified,
        _staged.layout == layout(),
    )
    return sa.and_(PUBLIC, ~sa.exists().where(same))


def _without_package() -> list[str]:
    gone = sa.select(_entry.package_id).where(~sa.exists().where(_package.id == _entry.package_id, PUBLIC))
    return list(model.Session.execute(gone).scalars())
