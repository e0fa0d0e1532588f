"""Sensor platforms: observations of any cadence become trustworthy hourly aggregates in a typed table.

Client (HTTP) -> parse -> aggregate are separate; the latter two are pure. What a domain means (quantities,
units, plausible values, metadata) stands in `domains/*.yaml`: a new domain is a new file.
"""
