"""Invented, labelled data sources on loopback, so that the portal's main job runs without Herne's platform.

Everything served here is made up and says so; only the names and sizes of the sites are real.
"""
