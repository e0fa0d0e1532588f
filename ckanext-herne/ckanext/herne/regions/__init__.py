"""Herne's spatial units and keys."""
