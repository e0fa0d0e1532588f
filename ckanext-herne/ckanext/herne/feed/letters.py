"""The mail to a steward whose dataset is held back, or let through again: German, and the same in English.

CKAN's mailer sends it where a mail server is configured (`smtp.server`); without one there is no mail.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.lib.mailer import mail_user
from ckanext.herne.portal.language import speaking
from rq.timeouts import JobTimeoutException

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ckan.model as model
    from ckanext.herne.feed.gate import Held
    from ckanext.herne.quality.report import Result

log = logging.getLogger(__name__)

LANGUAGES = ("de", "en")
BETWEEN = "\n\n" + 72 * "-" + "\n\n"


def send(person: model.User, package: model.Package, held: Held | None, violations: Sequence[Result]) -> None:
    """Write to a person what became of a package; `held` if it is held back, because of `violations`.

    A mail that does not leave is logged and fails nobody.
    """
    if not tk.config["smtp.server"]:
        return
    told = {"person": person, "package": package, "held": held, "violations": violations}
    try:
        mail_user(person, _subject(package, held), BETWEEN.join(_text(told, tag) for tag in LANGUAGES))
    except JobTimeoutException:
        raise
    except Exception as error:  # a wrong setting makes CKAN's mailer raise whatever it leads to
        log.warning(
            "No mail to %s about %s: %s. The news stands with its activities and on /dashboard/held. "
            "Remedy: check the settings smtp.* in ckan.ini.",
            person.name,
            package.name,
            error,
        )


def _subject(package: model.Package, held: Held | None) -> str:
    """The line on top, in the portal's language."""
    with speaking(str(tk.config["ckan.locale_default"])):
        line = tk._("Held back: {title}") if held else tk._("GovData gets it again: {title}")
        return " ".join(line.format(title=package.title or package.name).split())


def _text(told: dict[str, Any], language: str) -> str:
    is_default = language == tk.config["ckan.locale_default"]
    values = {**told, "language": language, "locale": "default" if is_default else language}
    with speaking(language):
        return str(tk.render("herne/telling/letter.txt", values)).strip()
