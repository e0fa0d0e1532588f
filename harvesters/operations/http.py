"""Reading from foreign servers: with time limits, size limits, a few redirects and patient retries.

What the bytes mean is left to the callers.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
from ckanext.herne.harvesters.operations.addresses import AddressRefusedError, PublicOnlyAdapter
from ckanext.herne.harvesters.operations.errors import SourceError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

if TYPE_CHECKING:
    from tenacity import RetryCallState

_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (429, 500, 502, 503, 504)
_ALLOW = "The operator may allow it with ckanext.herne.harvest.allow_private_addresses = true"


@dataclass(frozen=True)
class Limits:
    """What one request may cost: seconds, bytes (after decompression), hops and attempts."""

    connect_seconds: float = 5
    read_seconds: float = 30
    total_seconds: float = 120
    body_bytes: int = 32 * 1024 * 1024
    redirects: int = 5
    attempts: int = 4
    longest_wait_seconds: float = 60


@dataclass(frozen=True)
class Answer:
    """The body of a successful answer and the address it came from after redirects."""

    url: str
    body: bytes
    content_type: str


class StatusError(SourceError):
    """The server answered with an error; `status` is its HTTP status."""

    def __init__(self, url: str, status: int, text: str) -> None:
        remedy = "Check the address of the source, or ask its operator"
        super().__init__(url, "", f"the server answered {status}: {text.strip()[:300]}", remedy)
        self.status = status


class _PassingError(Exception):
    """A failure that may be over in a moment; carries what to raise if it is not, and how long to wait."""

    def __init__(self, final: SourceError, wait: float | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.wait = wait


class Http:
    """Reads addresses with GET. One instance serves one run; connections are kept open."""

    def __init__(self, *, allow_private: bool = False, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.session = requests.Session()
        # no proxies, credentials or certificates from the environment of whoever started the worker
        self.session.trust_env = False
        self.session.headers["User-Agent"] = "ckanext-herne"
        if not allow_private:
            for scheme in ("http://", "https://"):
                self.session.mount(scheme, PublicOnlyAdapter())

    def get(self, url: str) -> Answer:
        """The answer at `url`. Raises SourceError (StatusError for an HTTP error) after the last attempt."""
        backoff = wait_exponential_jitter(initial=0.5, max=10)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.wait if isinstance(error, _PassingError) else None
            return backoff(state) if asked is None else min(asked, self.limits.longest_wait_seconds)

        retrying = Retrying(
            stop=stop_after_attempt(self.limits.attempts),
            wait=wait,
            retry=retry_if_exception_type(_PassingError),
            reraise=True,
        )
        try:
            return retrying(self._follow, url)
        except _PassingError as error:
            raise error.final from error

    def _follow(self, url: str) -> Answer:
        for _ in range(self.limits.redirects + 1):
            if urlsplit(url).scheme not in ("http", "https"):
                raise SourceError(url, "", "only http and https addresses are read", "Correct the address")
            with self._send(url) as response:
                if response.status_code not in _REDIRECTS:
                    return self._answer(url, response)
                url = urljoin(url, response.headers.get("Location", ""))
        raise SourceError(url, "", f"more than {self.limits.redirects} redirects", "Enter the final address")

    def _send(self, url: str) -> requests.Response:
        limits = (self.limits.connect_seconds, self.limits.read_seconds)
        try:
            return self.session.get(url, timeout=limits, stream=True, allow_redirects=False)
        except AddressRefusedError as error:
            raise SourceError(url, "", str(error), _ALLOW) from error
        except requests.RequestException as error:
            raise _PassingError(_unreachable(url, error)) from error

    def _answer(self, url: str, response: requests.Response) -> Answer:
        body = self._body(url, response)
        if response.ok:
            return Answer(url, body, response.headers.get("Content-Type", ""))
        error = StatusError(url, response.status_code, body.decode("utf-8", "replace"))
        if response.status_code in _PASSING:
            raise _PassingError(error, _retry_after(response))
        raise error

    def _body(self, url: str, response: requests.Response) -> bytes:
        started, body = time.monotonic(), bytearray()
        try:
            for chunk in response.iter_content(65536):
                body += chunk
                if len(body) > self.limits.body_bytes:
                    size = self.limits.body_bytes // (1024 * 1024)
                    raise SourceError(url, "", f"the answer is larger than {size} MB", "Ask for less at once")
                if time.monotonic() - started > self.limits.total_seconds:
                    problem = f"the answer was not complete after {self.limits.total_seconds:g} s"
                    raise _PassingError(SourceError(url, "", problem, "Try again later"))
        except requests.RequestException as error:
            raise _PassingError(_unreachable(url, error)) from error
        return bytes(body)


def _unreachable(url: str, error: Exception) -> SourceError:
    return SourceError(url, "", f"the server could not be read: {error}", "Check the address and the server")


def _retry_after(response: requests.Response) -> float | None:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else None
