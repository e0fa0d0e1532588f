"""The spatial units over HTTP."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("herne_regions", __name__, url_prefix="/regions")
