"""The command `herne-demo`: serves the invented sources until it is told to stop."""

from __future__ import annotations

import ipaddress
import signal
from datetime import UTC, datetime
from typing import Any

import click
from herne_demo.server import Demo
from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    """Logs errors only; a harvest asks hundreds of times."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if str(code).startswith("5"):
            super().log_request(code, size)


def _loopback(_context: click.Context, _option: click.Parameter, host: str) -> str:
    try:
        allowed = ipaddress.ip_address(host).is_loopback
    except ValueError:
        allowed = False
    if not allowed:
        raise click.BadParameter(
            f"{host} is not a loopback address; the demo is for this machine only (127.0.0.1)"
        )
    return host


def _frozen(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text}: {error}; example: 2025-03-31T12:00:00+00:00") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0 takes a free one and tells it.")
@click.option("--host", default="127.0.0.1", show_default=True, callback=_loopback)
@click.option(
    "--now", callback=_frozen, help="Stop the demo's clock at this ISO time (UTC where no zone is given)."
)
def main(port: int, host: str, now: datetime | None) -> None:
    """Serve invented, labelled SensorThings and HiTS sources on loopback."""
    demo = Demo() if now is None else Demo(lambda: now)
    server = make_server(host, port, demo, threaded=True, request_handler=_Quiet)

    def stop(_signal: int, _frame: Any) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    click.echo(f"Serving invented data at http://{host}:{server.server_port}/")
    try:
        server.serve_forever()
    except (KeyboardInterrupt, SystemExit):
        server.server_close()
