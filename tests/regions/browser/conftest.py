"""The portal at an address of its own, with an editor who can log in."""

from herne_testing.editor import own_address, site, steward

__all__ = ["own_address", "site", "steward"]
