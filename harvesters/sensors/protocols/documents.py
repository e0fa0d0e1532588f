"""The JSON of sensor platforms, also with NaN and Infinity, which JSON has not but some servers write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ckanext.herne.harvesters.operations.http import answers
from ckanext.herne.harvesters.operations.http.failures import FetchError

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.http import Answer

_NO_NUMBERS = (b"NaN", b"Infinity")


def lenient_json(answer: Answer) -> Any:
    """What the answer holds. One bad value of one sensor must not hide all the others."""
    try:
        return answers.json(answer)
    except FetchError:
        if not any(word in answer.body for word in _NO_NUMBERS):
            raise
        try:
            return json.loads(answers.text(answer))
        except ValueError:
            pass
        raise
