"""What the browser sends for a form becomes the draft that a save would make of it.

The way is that of CKAN's form views; what a form hides is put back by `portal.saving`, which knows the
addresses that ask here as forms. Files are not sent while somebody types: their names stand for them.
"""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.lib.munge import munge_filename
from ckan.lib.navl.dictization_functions import DataError, unflatten
from ckan.logic import clean_dict, parse_params, tuplize_dict
from ckanext.herne.portal import saving
from ckanext.herne.portal.forms import without
from werkzeug.datastructures import FileStorage

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

# What a form sends beside the values of its fields.
CONTROLS = ("save", "_ckan_phase", "pkg_name", "_csrf_token")


def values(form: MultiDict[str, str]) -> dict[str, Any]:
    """The fields of a form as CKAN's views hand them on.

    :raises DataError: names that contradict each other.
    """
    try:
        sent: dict[str, Any] = clean_dict(unflatten(tuplize_dict(parse_params(form))))
    except (TypeError, IndexError) as error:  # CKAN stumbles over "a" beside "a__0__b"
        raise DataError("The names of the fields contradict each other") from error
    return without(sent, CONTROLS)


def package(form: MultiDict[str, str], package_type: str, package_id: str) -> dict[str, Any]:
    """The draft of a package; of a stored one if `package_id` is given."""
    known = {"id": package_id} if package_id else {"state": "draft"}
    return {**values(form), "type": package_type, **known}


def with_resource(form: MultiDict[str, str], stored: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The stored dataset with the resource of the form, and the number of that resource from 0 on."""
    sent = values(form)
    filename = str(sent.pop("upload", ""))
    resource = {**sent, "upload": FileStorage(filename=filename)} if filename else sent
    saving.prepare_resource(resource)
    if resource.pop("upload", None):
        resource |= _uploaded(munge_filename(filename), stored["id"], str(sent.get("id") or "new"))
    others = stored["resources"]
    ids = [other["id"] for other in others]
    number = ids.index(sent["id"]) if sent.get("id") in ids else len(others)
    if number == len(others):
        resource.pop("id", None)
    return {**stored, "resources": [*others[:number], resource, *others[number + 1 :]]}, number


def _uploaded(filename: str, package_id: str, resource_id: str) -> dict[str, Any]:
    """What CKAN will say of a file once it has it."""
    address = tk.h.url_for(
        "dataset_resource.download",
        id=package_id,
        resource_id=resource_id,
        filename=filename,
        qualified=True,
        locale="default",
    )
    return {"url": address, "url_type": "upload", "mimetype": mimetypes.guess_type(filename)[0] or ""}
