"""The pages under /harvest that change something do it by POST, with CKAN's token against forged requests.

The work is ckanext-harvest's; its pages come with forms of ours instead of links (folder `templates`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ckan.plugins.toolkit import _, request
from ckanext.harvest import utils
from flask import Blueprint
from werkzeug.exceptions import MethodNotAllowed

if TYPE_CHECKING:
    from werkzeug import Response

ASSETS = Path(__file__).with_name("assets")
TEMPLATES = Path(__file__).with_name("templates")
CHANGING = {"harvester.clear", "harvester.delete", "harvester.job_abort", "harvester.refresh"}

blueprint = Blueprint("herne_harvest", __name__)


@blueprint.before_app_request
def refuse_links() -> Response | None:
    """Answer 405 to a link (or an image, or a crawler) that would change a harvest source."""
    if request.endpoint not in CHANGING or request.method == "POST":
        return None
    text = _("A link changes nothing here. Use the buttons on the page of the harvest source.")
    # as a response: CKAN's page for errors loses the header that HTTP demands (RFC 9110, 15.5.6)
    return MethodNotAllowed(["POST"], text).get_response()


@blueprint.post("/harvest/delete/<source>")
def delete(source: str) -> Any:
    """ckanext-harvest has this page for GET only."""
    return utils.delete_view(source)


@blueprint.post("/harvest/<source>/job/<job>/abort")
def abort_job(source: str, job: str) -> Any:
    """ckanext-harvest has this page for GET only."""
    return utils.job_abort_view(source, job)
