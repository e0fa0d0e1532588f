"""The address that a form asks while somebody types in it."""

from flask import Blueprint

panel = Blueprint("herne_quality_panel", __name__)
