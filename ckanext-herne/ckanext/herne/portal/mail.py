"""A mail in German, and the same in English, by CKAN's mailer: where a mail server is set (`smtp.server`).

What the mail says is the matter of the room that sends it; a mail that does not leave disturbs nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.lib.mailer import mail_user
from ckanext.herne.portal.language import speaking
from rq.timeouts import JobTimeoutException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ckan.model as model

log = logging.getLogger(__name__)

LANGUAGES = ("de", "en")
BETWEEN = "\n\n" + 72 * "-" + "\n\n"


def send(
    person: model.User,
    subject: Callable[[], str],
    letter: Callable[[], tuple[str, Mapping[str, Any]]],
    otherwise: str,
) -> None:
    """Write to a person. A mail that does not leave is logged and fails nobody.

    :param subject: gives the line on top; asked in the portal's language.
    :param letter: gives the template and its values; asked once in each language.
    :param otherwise: what the log says of where the news stands, too, and whom it is about.
    """
    if not tk.config["smtp.server"]:
        return
    try:
        with speaking(str(tk.config["ckan.locale_default"])):
            line = " ".join(subject().split())
        mail_user(person, line, BETWEEN.join(_text(person, letter, tag) for tag in LANGUAGES))
    except JobTimeoutException:
        raise
    except Exception as error:  # a wrong setting makes CKAN's mailer raise whatever it leads to
        log.warning(
            "No mail to %s: %s. %s Remedy: check the settings smtp.* in ckan.ini.",
            person.name,
            error,
            otherwise,
        )


def _text(person: model.User, letter: Callable[[], tuple[str, Mapping[str, Any]]], language: str) -> str:
    is_default = language == tk.config["ckan.locale_default"]
    with speaking(language):
        template, values = letter()
        shown = {
            **values,
            "person": person,
            "language": language,
            "locale": "default" if is_default else language,
        }
        return str(tk.render(template, shown)).strip()
