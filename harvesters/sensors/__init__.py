"""Sensor platforms: observations and their aggregates."""
