"""The mail to a steward whose dataset is held back, or let through again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk
from ckanext.herne.portal import mail

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ckan.model as model
    from ckanext.herne.feed.gate import Held
    from ckanext.herne.quality.report import Result


def send(person: model.User, package: model.Package, held: Held | None, violations: Sequence[Result]) -> None:
    """Write to a person what became of a package; `held` if it is held back, because of `violations`."""
    values = {"package": package, "held": held, "violations": violations}
    otherwise = f"The news about {package.name} stands with its activities and on /dashboard/held."
    mail.send(
        person, lambda: _subject(package, held), lambda: ("herne/telling/letter.txt", values), otherwise
    )


def _subject(package: model.Package, held: Held | None) -> str:
    line = tk._("Held back: {title}") if held else tk._("GovData gets it again: {title}")
    return str(line.format(title=package.title or package.name))
