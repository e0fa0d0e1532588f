"""Observations of any cadence to hours in UTC and days in Europe/Berlin. Pure; it knows nothing of sources.

`partials` passes over the observations once and keeps what an hour needs; `buckets` makes values of hours and
of days from that: a local day always consists of whole hours, 23, 24 or 25 of them.
"""

from ckanext.herne.harvesters.sensors.aggregate.buckets import daily, hourly, midnight
from ckanext.herne.harvesters.sensors.aggregate.partials import partials
from ckanext.herne.harvesters.sensors.aggregate.rule import Aggregate, Rule

__all__ = ["Aggregate", "Rule", "daily", "hourly", "midnight", "partials"]
