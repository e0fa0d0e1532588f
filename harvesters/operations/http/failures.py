"""Why a request came to nothing, in plain words, and whether it is worth another attempt."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from ckan.plugins.toolkit import _
from urllib3.exceptions import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(eq=False)
class FetchError(Exception):
    """One attempt came to nothing. `client.Http` turns the last one into a SourceError.

    `may_pass`: the next attempt may succeed, at the earliest after `wait` seconds if the server asked for
    that. `status`: of an HTTP answer.
    """

    problem: str
    remedy: str
    may_pass: bool = False
    wait: float | None = None
    status: int | None = None


def later() -> str:
    """The remedy for what is over soon, or is the server's business."""
    return str(_("Try again later; if it stays so, tell the server's operator"))


def overdue(seconds: float) -> FetchError:
    """It took too long, however busily the server sent."""
    problem = _("the answer was not complete after {seconds:g} s").format(seconds=seconds)
    return FetchError(problem, later(), True)


def of(error: requests.RequestException, silence: float) -> FetchError:
    """What `requests` raised on a connection that existed; `silence` is its read limit in seconds."""
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return FetchError(_("this is not a web address"), _("Correct the address"))
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            problem = _("the server's certificate is not valid: {detail}").format(detail=cause.verify_message)
            return FetchError(problem, _("Ask the server's operator for a valid certificate"))
        if isinstance(cause, TimeoutError):
            problem = _("the server was silent for {seconds:g} s").format(seconds=silence)
            return FetchError(problem, later(), True)
        if isinstance(cause, DecodeError):
            return FetchError(_("the compressed answer is damaged"), later(), True)
    return FetchError(_("the server broke off the connection before its answer was complete"), later(), True)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that led to it; urllib3 puts some of them into the arguments."""
    yield error
    for inner in (error.__cause__, error.__context__, *error.args):
        if isinstance(inner, BaseException):
            yield from _causes(inner)
