"""How a harvest proves to a source who it is; the proof itself is a secret that the configuration names.

`auth_of` gives what `requests` needs. A secret is sent to the origins that its owner allows and to no other,
wherever a source's links and redirects lead.
"""

from __future__ import annotations

import base64
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import msgspec
import requests
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.clear import refuse_url
from ckanext.herne.harvesters.operations.conceal import remember
from ckanext.herne.harvesters.operations.errors import ConfigError, SourceError
from ckanext.herne.harvesters.operations.http.body import body_of
from ckanext.herne.harvesters.operations.http.failures import FetchError, overdue
from ckanext.herne.harvesters.operations.http.network import Network, everywhere, session
from ckanext.herne.harvesters.operations.secrets import secret
from ckanext.herne.portal.config import private_addresses_allowed
from requests.auth import AuthBase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ckanext.herne.harvesters.operations.secrets import Secret

TIME_LIMIT = (5, 30)  # seconds to connect and to wait for an answer of a token server
TOTAL_LIMIT = 60  # seconds until it has granted a token, however busily it sends
GRANT_BYTES = 64 * 1024  # more than any token
USUAL_LIFE = 300  # seconds a token is used that does not say how long it lives
MARGIN = 30  # seconds before its end from which on a token is not used any more
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_HEADER_VALUE = re.compile(r"[ -~]*")
_RESERVED = {"authorization", "connection", "content-length", "cookie", "host", "transfer-encoding"}


class _Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A way to prove who one is; `secret` is the name of the secret."""


class NoAuth(_Way, frozen=True, tag="none"):
    """The source asks nobody."""


class Bearer(_Way, frozen=True, tag="bearer"):
    """A token that does not expire (RFC 6750)."""

    secret: str


class Basic(_Way, frozen=True, tag="basic"):
    """Name and password (RFC 7617)."""

    user: str
    secret: str


class ApiKey(_Way, frozen=True, tag="api-key"):
    """A key in a header of its own."""

    secret: str
    header: str = "X-Api-Key"


class OAuth2(_Way, frozen=True, tag="oauth2"):
    """A token for some minutes, for which client and secret are exchanged (RFC 6749, 4.4)."""

    token_url: str
    client: str
    secret: str
    scope: str = ""


class Access(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The part of a source's configuration that says how it is reached.

    `headers` are sent with every request: tenants and the like (`Fiware-Service`), never a secret.
    """

    auth: NoAuth | Bearer | Basic | ApiKey | OAuth2 | None = None
    headers: dict[str, str] = {}


def checked(access: Access) -> None:
    """Raises ConfigError if no request could be made with `access`, whatever the address."""
    _Requests(access)


def auth_of(access: Access, url: str) -> AuthBase | None:
    """What a session needs to read the source at `url`; None if it needs nothing.

    Raises ConfigError if a secret is missing, may not be sent to `url`, or stands in clear in the address.
    """
    refuse_url(url)
    made = _Requests(access)
    if made.secret:
        made.secret.demand(url)
    return made if made.secret or access.headers else None


class _Requests(AuthBase):
    """Adds to a request what the source wants to see."""

    def __init__(self, access: Access) -> None:
        for name, value in access.headers.items():
            _check_header(name, value)
            if name.lower() in _RESERVED:
                raise ConfigError(_('"{name}" cannot be set as a header of requests').format(name=name))
        self.headers = access.headers
        self.secret: Secret | None = None
        self.proof: Callable[[], Mapping[str, str]] = dict
        if access.auth is not None and not isinstance(access.auth, NoAuth):
            self.secret = secret(access.auth.secret)
            self.proof = _proof(access.auth, self.secret)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self.headers)
        if self.secret and self.secret.may_go_to(str(request.url)):
            request.headers.update(self.proof())
        return request


def _check_header(name: str, value: str = "") -> None:
    if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
        raise ConfigError(_('"{name}" cannot be set as a header of requests').format(name=name))


def _proof(way: Bearer | Basic | ApiKey | OAuth2, known: Secret) -> Callable[[], Mapping[str, str]]:
    if isinstance(way, OAuth2):
        known.demand(way.token_url)
        return lambda: {"Authorization": f"Bearer {_token(way, known)}"}
    if isinstance(way, ApiKey):
        _check_header(way.header)
        proof = {way.header: known.value}
    elif isinstance(way, Basic):
        proof = {"Authorization": _basic(way.user, known.value)}
    else:
        proof = {"Authorization": f"Bearer {known.value}"}
    return lambda: proof


def _basic(user: str, password: str) -> str:
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    remember(pair)
    return f"Basic {pair}"


_tokens: dict[tuple[OAuth2, str], tuple[str, float]] = {}
"""Tokens by what they were asked with, and until when (monotonic seconds) they are used; in memory only."""


def _token(way: OAuth2, known: Secret) -> str:
    key, now = (way, known.value), time.monotonic()
    token, end = _tokens.get(key, ("", now))
    if now >= end:
        token, life = _granted(way, known)
        _tokens[key] = token, now + life - MARGIN
    return token


def _granted(way: OAuth2, known: Secret) -> tuple[str, float]:
    """A new token and the seconds it lives. Raises SourceError if the server grants none."""
    form = {"grant_type": "client_credentials"} | ({"scope": way.scope} if way.scope else {})
    client = _basic(quote_plus(way.client), quote_plus(known.value))  # encoded first: RFC 6749, 2.3.1
    network = Network(everywhere) if private_addresses_allowed() else Network()
    # no redirect is followed and no proxy or netrc asked: the secret's owner allowed this very address
    with session(network) as asking, network.within(TOTAL_LIMIT):
        try:
            with asking.post(
                way.token_url,
                data=form,
                headers={"Authorization": client, "Accept": "application/json"},
                timeout=TIME_LIMIT,
                stream=True,
            ) as answer:
                granted = _Grant.of(answer)
        except FetchError as error:
            raise _refused(way, error.problem) from error
        except (requests.RequestException, msgspec.DecodeError) as error:
            detail = overdue(TOTAL_LIMIT).problem if network.overdue else type(error).__name__
            raise _refused(way, detail) from error
    remember(granted.access_token)
    return granted.access_token, granted.expires_in


class _Grant(msgspec.Struct):
    """A token server's answer (RFC 6749, 5.1)."""

    access_token: str
    expires_in: float = USUAL_LIFE

    @classmethod
    def of(cls, answer: requests.Response) -> Any:
        answer.raise_for_status()
        return msgspec.json.decode(body_of(answer, GRANT_BYTES), type=cls)


def _refused(way: OAuth2, detail: str) -> SourceError:
    problem = _("the token server grants no token ({detail})").format(detail=detail)
    remedy = _("Check client, scope and secret of the source")
    return SourceError(way.token_url, "", problem, remedy)
