"""Invented, labelled sources on loopback, so that the portal runs without Herne's platform."""
