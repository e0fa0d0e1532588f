"""Migrations of the plugins' tables, in the place where CKAN looks for them. Run by `ckan db upgrade`."""
