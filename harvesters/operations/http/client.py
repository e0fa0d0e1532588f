"""Reading an address with GET: follows redirects, repeats what may pass, tells the rest as a SourceError."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from ckan.lib.redis import connect_to_redis
from ckan.plugins.toolkit import _, config
from ckanext.herne.harvesters.operations.conceal import concealed
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import failures, options
from ckanext.herne.harvesters.operations.http.answers import Answer, page_title, whole
from ckanext.herne.harvesters.operations.http.body import body_of
from ckanext.herne.harvesters.operations.http.failures import FetchError
from ckanext.herne.harvesters.operations.http.hosts import Hosts
from ckanext.herne.harvesters.operations.http.network import Network, everywhere, session
from ckanext.herne.harvesters.operations.http.options import Limits
from ckanext.herne.portal.config import private_addresses_allowed
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self
    from urllib.parse import SplitResult

    from tenacity import RetryCallState

T = TypeVar("T")
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = 429
_PASSING = (_BUSY, 500, 502, 503, 504)
_SAID = 300  # characters of an error's text that are told


class StatusError(SourceError):
    """The server answered with an error; `status` is its HTTP status."""

    def __init__(self, source: str, place: str, problem: str, remedy: str, status: int) -> None:
        super().__init__(source, place, problem, remedy)
        self.status = status


class Http:
    """Reads addresses for one run, in one thread; connections are kept open.

    `source` is the name of what is read, for error messages; without it they name the address alone.
    Without `hosts` no other process is regarded. `session.auth` may be set.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        limits: Limits | None = None,
        source: str = "",
        hosts: Hosts | None = None,
        network: Network | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.source = source
        self.hosts = hosts
        self.network = network or (Network(everywhere) if allow_private else Network())
        self.session = session(self.network)

    @classmethod
    def configured(cls, source: str, limits: Limits | None = None) -> Self:
        """As the operator wants it; `limits` instead of the configured ones."""
        return cls(
            allow_private=private_addresses_allowed(),
            limits=limits or options.limits(),
            source=source,
            hosts=Hosts(connect_to_redis(), config["ckan.site_id"], options.host_limits()),
        )

    def get(self, url: str) -> Answer:
        """The answer at `url`. Raises SourceError (StatusError for an HTTP error) after the last attempt."""
        return self.read(url, whole)

    def read(self, url: str, reader: Callable[[Answer], T]) -> T:
        """What `reader` (see `answers`) makes of the answer at `url`; otherwise as `get`."""
        retrying = Retrying(
            stop=stop_after_attempt(self.limits.attempts),
            wait=self._pause,
            retry=retry_if_exception(lambda error: isinstance(error, FetchError) and error.may_pass),
            reraise=True,
        )
        try:
            return retrying(lambda: reader(self._attempt(url)))
        except FetchError as failure:
            raise self._told(url, failure) from failure

    def _pause(self, state: RetryCallState) -> float:
        """Seconds before the next attempt: as many as the server asked for, else more and more."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, FetchError) and error.wait is not None:
            return error.wait
        first, longest = self.limits.backoff_seconds, self.limits.longest_wait_seconds
        return wait_exponential_jitter(initial=first, max=longest, jitter=first)(state)

    def _attempt(self, url: str) -> Answer:
        address, left = _web_address(url), self.limits.total_seconds
        for _hop in range(self.limits.redirects + 1):
            host = address.netloc.rpartition("@")[2].lower()
            with self.hosts.turn(host, self.limits.total_seconds) if self.hosts else contextlib.nullcontext():
                started = time.monotonic()
                answer = self._exchange(address.geturl(), host, left)
                left -= time.monotonic() - started
            if answer.status not in _REDIRECTS:
                return self._successful(answer)
            address = _web_address(answer.url, answer.headers.get("Location", ""))
        problem = _("it is redirected more than {count} times").format(count=self.limits.redirects)
        raise FetchError(problem, _("Enter the address to which it leads in the end"))

    def _exchange(self, url: str, host: str, seconds: float) -> Answer:
        """One request and its answer, and what they say about the host."""
        try:
            answer = self._asked(url, seconds)
        except FetchError as failure:
            if self.hosts:
                self.hosts.counted(host, None)
            if self.hosts and failure.may_pass:
                self.hosts.failed(host)
            raise
        if self.hosts:
            self.hosts.counted(host, answer.status)
            is_ill = answer.status in _PASSING and answer.status != _BUSY
            (self.hosts.failed if is_ill else self.hosts.succeeded)(host)
        return answer

    def _asked(self, url: str, seconds: float) -> Answer:
        with self.network.within(seconds):
            try:
                answer = self._received(url)
            except requests.RequestException as error:
                if self.network.overdue:
                    raise failures.overdue(self.limits.total_seconds) from error
                raise failures.of(error, self.limits.read_seconds) from error
            if self.network.overdue:  # an answer of unknown length looks complete when it is cut
                raise failures.overdue(self.limits.total_seconds)
        return answer

    def _received(self, url: str) -> Answer:
        limits = (self.limits.connect_seconds, self.limits.read_seconds)
        with self.session.get(url, timeout=limits, stream=True) as response:
            is_elsewhere = response.status_code in _REDIRECTS
            body = b"" if is_elsewhere else body_of(response, self.limits.body_bytes)
        return Answer(url, body, response.status_code, response.headers)

    def _successful(self, answer: Answer) -> Answer:
        if answer.status == requests.codes.ok:
            return answer
        said = page_title(answer) or " ".join(answer.body.decode("utf-8", "replace").split())
        said = concealed(said)[:_SAID]  # a secret that is cut first may be too short to be recognised
        problem = _("the server answered {status}").format(status=answer.status)
        problem = f"{problem}: {said}" if said else problem
        wait = _asked_wait(answer)
        if wait is not None and wait > self.limits.longest_wait_seconds:
            remedy = _("The server wants to be left alone for {seconds:.0f} s; try again after that")
            raise FetchError(problem, remedy.format(seconds=wait), status=answer.status)
        raise FetchError(problem, _remedy(answer.status), answer.status in _PASSING, wait, answer.status)

    def _told(self, url: str, failure: FetchError) -> SourceError:
        named = (self.source, url) if self.source else (url, "")
        if failure.status is not None:
            return StatusError(*named, failure.problem, failure.remedy, failure.status)
        return SourceError(*named, failure.problem, failure.remedy)


def _web_address(url: str, link: str = "") -> SplitResult:
    """The address, or the one to which its `link` leads. Raises FetchError if it is not one of the web."""
    try:
        address = urlsplit(urljoin(url, link))
    except ValueError as error:
        raise FetchError(_("this is not a web address"), _("Correct the address")) from error
    if address.scheme not in ("http", "https"):
        raise FetchError(_("only http and https addresses are read"), _("Correct the address"))
    return address


def _asked_wait(answer: Answer) -> float | None:
    """The seconds of Retry-After, which may be a number or a date (RFC 9110, 10.2.3)."""
    try:
        return Retry().parse_retry_after(answer.headers["Retry-After"])
    except (KeyError, ValueError, OverflowError, InvalidHeader):
        return None


def _remedy(status: int) -> str:
    if status in _PASSING:
        return failures.later()
    if status in (401, 403):
        remedy: str = _("The server gives this only to those it knows; ask its operator for access")
    elif status in (404, 410):
        remedy = _("Check the address of the source: it may have moved")
    else:
        remedy = _("Check the address of the source, or ask the server's operator")
    return remedy
