"""What is to be done when a session commits: remembered while it works, done right before or right after.

CKAN tells about changed packages and resources before it commits. Before the commit, what is done becomes
visible together with the change; after it, other processes can see the change. Nothing is done at the end of
a savepoint, which other processes do not see, nor after a rollback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import ckan.model as model
from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable


class AtCommit:
    """One kind of thing to do: `todo(key, detail)` once per key and commit, with the detail remembered last.

    `name` is the place in the session's `info`; what else a plugin keeps there until the end of a transaction
    is named in `also_forget`. What is done `before_commit` must neither commit nor raise.
    """

    def __init__(
        self,
        name: str,
        todo: Callable[[str, Any], None],
        *,
        when: Literal["before_commit", "after_commit"] = "after_commit",
        also_forget: tuple[str, ...] = (),
    ) -> None:
        self._name = name
        self._todo = todo
        self._also_forget = also_forget
        event.listen(model.Session, when, self._at_commit)
        event.listen(model.Session, "after_rollback", self._rolled_back)

    def remember(self, session: Any, key: str, detail: Any = None) -> None:
        """Have it done when the session commits."""
        session.info.setdefault(self._name, {})[key] = detail

    def _at_commit(self, session: Any) -> None:
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
