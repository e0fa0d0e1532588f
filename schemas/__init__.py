"""Scheming YAML of the portal's forms."""
