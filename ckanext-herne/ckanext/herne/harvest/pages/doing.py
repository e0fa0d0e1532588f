"""The buttons of a source: each is a form (POST, with CKAN's token) that calls an action of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.harvest.pages import access
from flask import Blueprint

if TYPE_CHECKING:
    from werkzeug import Response

doing = Blueprint("herne_harvest_doing", __name__)

# What a button calls, and with what beside the source.
BUTTONS: dict[str, tuple[str, dict[str, Any]]] = {
    "plan": ("herne_harvest_plan", {}),
    "run": ("herne_harvest_run", {}),
    "accept": ("herne_harvest_run", {"accept_deletions": True}),
    "cancel": ("herne_harvest_cancel", {}),
    "pause": ("herne_harvest_pause", {"paused": True}),
    "resume": ("herne_harvest_pause", {"paused": False}),
}


@doing.post(f"/harvest/<reference>/<any({','.join(BUTTONS)}):button>")
def press(reference: str, button: str) -> Response:
    """Do it and come back to the page of the source, which says what came of it."""
    own = access.own_source(reference)
    action, further = BUTTONS[button]
    try:
        tk.get_action(action)(access.context(), {"id": own.id, **further})
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(str(text) for texts in error.error_dict.values() for text in texts))
    else:
        tk.h.flash_success(_said(button))
    answer: Response = tk.h.redirect_to("herne_harvest_pages.source", reference=own.name)
    return answer


def _said(button: str) -> str:
    texts: dict[str, str] = {
        "plan": _("The dry run has begun. It writes nothing; its report will stand below."),
        "run": _("The run has begun."),
        "accept": _("The run has begun. It may delete what is no longer at the source."),
        "cancel": _("The run is asked to end. It ends after what it is writing now."),
        "pause": _("The source is paused."),
        "resume": _("The source is harvested again."),
    }
    return texts[button]
