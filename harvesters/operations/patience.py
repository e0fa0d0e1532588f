"""Waits for the portal's own servers when they are away for a moment; a restart ends no harvest."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, TypeVar

from ckan import model
from ckan.lib import search
from ckan.lib.search.common import SolrConnectionError
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

T = TypeVar("T")
PAUSES = (0.5, 1, 2, 4, 8, 15, 15, 15)
"""Seconds; a minute in all, in which PostgreSQL and Solr restart."""


class AwayError(Exception):
    """Solr does not answer; what it was asked to do has to be repeated."""


AWAY = (AwayError, OperationalError, InterfaceError, RedisError, search.SearchError, SolrConnectionError)
"""What the portal's servers raise when they do not answer."""


def pass_on_if_away(error: Exception) -> None:
    """Raises the error, or AwayError, if a server of the portal does not answer.

    CKAN tells in the same way of a Solr that is away and of one that refuses a document.
    """
    if isinstance(error, AWAY):
        raise error
    if isinstance(error, search.SearchIndexError) and not search.is_available():
        raise AwayError(str(error)) from error


def patiently(action: Callable[[], T], check: Callable[[], None]) -> T:
    """What `action` gives, which is repeated while a server is away; it must be safe to repeat.

    `check` is called before each repetition, and may raise to end it.
    """
    for pause in PAUSES:
        try:
            return action()
        except AWAY as error:
            model.Session.rollback()
            model.Session.remove()
            log.warning("A server of the portal is away, trying again in %s s: %s", pause, error)
        time.sleep(pause)
        check()
    return action()
