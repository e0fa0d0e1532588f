"""CKAN for a WSGI server: `gunicorn -c python:herne_stack.gunicorn_conf herne_stack.wsgi:application`.

The ini file is the one CKAN_INI names.
"""

from __future__ import annotations

from herne_stack.loading import load_ckan

application = load_ckan()
