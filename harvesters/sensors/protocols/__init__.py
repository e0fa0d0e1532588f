"""Sensor platforms behind one interface: which streams there are, and all observations of one in a window.

`platform` holds the interface and splits a window that does not come whole; a module beside it knows one
protocol each. What results mean is left to `parse` and the domain.
"""

from ckanext.herne.harvesters.sensors.protocols.ngsi_ld import NgsiLd
from ckanext.herne.harvesters.sensors.protocols.platform import (
    IncompleteError,
    Platform,
    RawObservation,
    Station,
    Stream,
)
from ckanext.herne.harvesters.sensors.protocols.quantumleap import QuantumLeap
from ckanext.herne.harvesters.sensors.protocols.sensorthings import SensorThings

__all__ = [
    "IncompleteError",
    "NgsiLd",
    "Platform",
    "QuantumLeap",
    "RawObservation",
    "SensorThings",
    "Station",
    "Stream",
]
