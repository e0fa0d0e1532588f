"""The one way in which harvesters read from foreign servers. It ends, it is polite, and it says what failed.

`client` asks, follows and repeats; `network` decides which addresses may be reached and ends what takes too
long; `hosts` spares a server that fails or is busy, together with all other processes; `answers` looks
into what came; `failures` puts it into words; `options` holds the limits. What the data mean is left to
the callers.
"""

from ckanext.herne.harvesters.operations.http.answers import Answer
from ckanext.herne.harvesters.operations.http.client import Http, StatusError
from ckanext.herne.harvesters.operations.http.options import Limits

__all__ = ["Answer", "Http", "Limits", "StatusError"]
