"""Harvesters: sources outside the portal become datasets with typed tables."""
