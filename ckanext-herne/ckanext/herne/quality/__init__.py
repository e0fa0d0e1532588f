"""SHACL: what GovData would say about a dataset."""
