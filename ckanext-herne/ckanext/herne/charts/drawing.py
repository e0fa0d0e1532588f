"""Draws Vega-Lite charts as SVG, and makes the script that lets a browser draw them: both by vl-convert.

It carries a JavaScript engine of 80 to 180 MB, so it runs in a process of its own for the second that it
takes; Redis keeps what came out. Without Redis each picture is drawn when it is asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import subprocess
import sys
from functools import cache
from importlib.metadata import version

from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError

DRAW = "sys.stdout.write(vl_convert.vegalite_to_svg(sys.stdin.read(), allowed_base_urls=[]))"
BUNDLE = "sys.stdout.write(vl_convert.javascript_bundle())"
PATIENCE = 60  # seconds; drawing takes one, on a machine that has nothing else to do
KEPT = 7 * 24 * 60 * 60  # seconds


class DrawingError(RuntimeError):
    """Nothing came out; the message says why."""


def is_possible() -> bool:
    """Whether vl-convert is installed."""
    return importlib.util.find_spec("vl_convert") is not None


@cache
def release() -> str:
    """The version of what draws."""
    return version("vl-convert-python")


def svg(specification: str) -> bytes:
    """The picture of a Vega-Lite specification (JSON). It loads nothing.

    :raises DrawingError: the specification cannot be drawn, or not in time.
    """
    return _kept(DRAW, specification)


def script() -> bytes:
    """A JavaScript module (UTF-8) that sets `window.vegaEmbed`; it needs no other.

    :raises DrawingError: it could not be made.
    """
    return _kept(BUNDLE, "")


def _kept(program: str, given: str) -> bytes:
    key = f"herne:drawing:{hashlib.sha256(f'{release()} {program} {given}'.encode()).hexdigest()}"
    with contextlib.suppress(RedisError):
        if kept := connect_to_redis().get(key):
            return bytes(kept)
    made = _made(program, given)
    with contextlib.suppress(RedisError):
        connect_to_redis().set(key, made, ex=KEPT)
    return made


def _made(program: str, given: str) -> bytes:
    command = [sys.executable, "-c", f"import sys, vl_convert; {program}"]
    try:
        done = subprocess.run(  # noqa: S603 - only our own programs
            command, input=given.encode(), capture_output=True, check=True, timeout=PATIENCE
        )
    except subprocess.CalledProcessError as error:
        raise DrawingError(error.stderr.decode(errors="replace")[-500:]) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DrawingError(str(error)) from error
    return done.stdout
