"""What is to be done once the database has it: remembered while a session works, done after its commit.

CKAN tells about changed packages and resources before it commits. Whoever then starts a job has to wait, or
the job looks for what is not there yet. Nothing is done after a savepoint, which other processes do not see,
nor after a rollback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.model as model
from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable


class AfterCommit:
    """One kind of thing to do: `todo(key, detail)` once per key and commit, with the detail remembered last.

    `name` is the place in the session's `info`; what else a plugin keeps there until the end of a transaction
    is named in `also_forget`.
    """

    def __init__(
        self, name: str, todo: Callable[[str, Any], None], *, also_forget: tuple[str, ...] = ()
    ) -> None:
        self._name = name
        self._todo = todo
        self._also_forget = also_forget
        event.listen(model.Session, "after_commit", self._committed)
        event.listen(model.Session, "after_rollback", self._rolled_back)

    def remember(self, session: Any, key: str, detail: Any = None) -> None:
        """Have it done when the session commits."""
        session.info.setdefault(self._name, {})[key] = detail

    def _committed(self, session: Any) -> None:
        if not session.in_nested_transaction():
            for key, detail in self._taken(session).items():
                self._todo(key, detail)

    def _rolled_back(self, session: Any) -> None:
        if not session.in_nested_transaction():
            self._taken(session)

    def _taken(self, session: Any) -> dict[str, Any]:
        for name in self._also_forget:
            session.info.pop(name, None)
        waiting: dict[str, Any] = session.info.pop(self._name, {})
        return waiting
