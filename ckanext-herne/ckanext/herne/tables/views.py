"""Downloads of typed tables over HTTP: `/tables/<resource id>.csv` and its siblings, never moved.

Knows requests, permissions and answers; what stands in a download is left to `export`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckanext.herne.licenses.register import licence
from ckanext.herne.regions.store import areas
from ckanext.herne.tables.export import FORMATS, Facts, Rows, csvw, table_schema, year_of
from ckanext.herne.tables.export.workbook import MOST_CELLS, MOST_ROWS
from ckanext.herne.tables.model import TableError
from ckanext.herne.tables.stored import declaration, state
from flask import Blueprint, Response, request
from werkzeug.http import is_resource_modified

if TYPE_CHECKING:
    from uuid import UUID

    from ckanext.herne.tables.export import Format
    from ckanext.herne.tables.model import Table
    from ckanext.herne.tables.stored import State

blueprint = Blueprint("herne_tables", __name__)


@blueprint.get("/tables/<uuid:resource_id>.<any(csv, json, geojson, parquet, xlsx):ending>")
def whole(resource_id: UUID, ending: str) -> Response:
    """All rows of a table."""
    return _download(str(resource_id), FORMATS[ending], None)


@blueprint.get(
    "/tables/<uuid:resource_id>/<int(fixed_digits=4):year>.<any(csv, json, geojson, parquet, xlsx):ending>"
)
def of_year(resource_id: UUID, year: int, ending: str) -> Response:
    """The rows of one year."""
    return _download(str(resource_id), FORMATS[ending], year)


@blueprint.get("/tables/<uuid:resource_id>.csv-metadata.json")
def metadata(resource_id: UUID) -> Response:
    """The CSVW description, where CSVW says that a reader looks for it."""
    resource, table = _asked(str(resource_id))
    url = tk.url_for(
        "herne_tables.whole", resource_id=resource_id, ending="csv", qualified=True, locale="default"
    )
    answer = _described(csvw(table, url, _facts(resource)), "application/csvm+json")
    answer.headers["Link"] = f'<{url}>; rel="describes"'
    return answer


@blueprint.get("/tables/<uuid:resource_id>.schema.json")
def schema(resource_id: UUID) -> Response:
    """The Table Schema."""
    return _described(table_schema(_asked(str(resource_id))[1]), "application/json")


def _download(resource_id: str, wanted: Format, year: int | None) -> Response:
    table = _asked(resource_id)[1]
    found = state(table, resource_id)
    try:
        scope = None if year is None else year_of(table, year)
    except TableError as error:
        tk.abort(404, str(error))
    rows = Rows(table, resource_id, scope, areas())
    if not wanted.fits(rows):
        tk.abort(404, _why_not(wanted))
    if not is_resource_modified(request.environ, etag=found.tag, last_modified=found.changed):
        return _headed(Response(status=304), found)
    # nothing is read for a HEAD request: the rows come when somebody iterates
    answer = Response(wanted.write(rows), mimetype=wanted.media_type)
    name = f"{resource_id}{'' if year is None else f'-{year}'}.{wanted.ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    described = tk.url_for("herne_tables.metadata", resource_id=resource_id, locale="default")
    answer.headers["Link"] = f'<{described}>; rel="describedby"; type="application/csvm+json"'
    return _headed(answer, found)


def _why_not(wanted: Format) -> str:
    if wanted.ending == "xlsx":
        text = tk._(
            "These are too many rows for a workbook: Excel holds {rows}, and one of more than {cells} cells "
            "would take too long to make. Download a single year of them, as in /tables/<id>/2025.xlsx, or "
            "CSV, which Excel opens, too."
        )
        rows, cells = map(tk.h.localised_number, (MOST_ROWS, MOST_CELLS))
        return str(text.format(rows=rows, cells=cells))
    return str(tk._("The rows of this table do not say where they are, so there is no GeoJSON of them."))


def _headed(answer: Response, found: State) -> Response:
    answer.set_etag(found.tag)
    answer.last_modified = found.changed
    answer.cache_control.no_cache = True
    return answer


def _described(content: dict[str, Any], media_type: str) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, indent=2), content_type=media_type)


def _asked(resource_id: str) -> tuple[dict[str, Any], Table]:
    """The resource and its table; ends the request if the visitor may not see it, or there is none."""
    try:
        resource = tk.get_action("resource_show")({"user": tk.current_user.name}, {"id": resource_id})
        table = declaration(resource_id)
    except tk.ObjectNotFound:
        tk.abort(404, tk._("There is nothing here, or nothing that you may see."))
    except tk.NotAuthorized:
        tk.abort(403, tk._("There is nothing here, or nothing that you may see."))
    except TableError as error:
        tk.abort(404, str(error))
    return resource, table


def _facts(resource: dict[str, Any]) -> Facts:
    dataset = tk.get_action("package_show")({"user": tk.current_user.name}, {"id": resource["package_id"]})
    page = tk.url_for("dataset.read", id=dataset["id"], qualified=True, locale="default")
    known = licence(resource.get("license_id") or dataset.get("license_id"))
    return Facts(resource.get("name") or dataset["title"], page, known.uri if known else "")
