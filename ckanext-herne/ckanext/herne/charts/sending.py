"""Charts and the script that makes them interactive, as answers for browsers to keep."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from ckanext.herne.charts import drawing
from flask import Response, abort, request

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

CHART_KEPT, SCRIPT_KEPT = 5 * 60, 365 * 24 * 60 * 60  # seconds for which a browser asks for neither again


def picture(specification: dict[str, Any]) -> Response:
    """A chart as SVG."""
    return _drawn(lambda: drawing.svg(json.dumps(specification)), "image/svg+xml", CHART_KEPT)


def library(release: str) -> Response:
    """What draws charts in the browser. Another release has another address."""
    if drawing.is_possible() and release != drawing.release():
        abort(404)
    return _drawn(drawing.script, "text/javascript", SCRIPT_KEPT)


def _drawn(draw: Callable[[], bytes], mimetype: str, seconds: int) -> Response:
    """What was drawn; 503 if that failed. The page does without: its table says the same."""
    if not drawing.is_possible():
        abort(404)
    try:
        response = Response(draw(), mimetype=mimetype)
    except drawing.DrawingError as error:
        log.warning("A chart could not be drawn: %s", error)
        return Response(status=503, headers={"Retry-After": "60"})
    request.environ["__no_cache__"] = True  # CKAN would set a time of its own
    response.cache_control.max_age = seconds
    response.cache_control.immutable = seconds == SCRIPT_KEPT
    return response
