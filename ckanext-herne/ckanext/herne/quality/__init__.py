"""SHACL: what GovData would say about a dataset."""

from ckanext.herne.quality.report import Report, Result
from ckanext.herne.quality.validation import validate

__all__ = ["Report", "Result", "validate"]
