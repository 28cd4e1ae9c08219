"""Who asks, and what they may do: by login, token, a proxy's word, or a place at this machine."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from itsdangerous import BadSignature, TimestampSigner

from sensors_app.errors import SettingsError
from sensors_app.settings import Settings

SESSION_COOKIE: Final = "sensors_session"
SESSION_MAX_AGE_S: Final = 12 * 3600


class WebRole(StrEnum):
    """What somebody may do: a viewer reads, an operator changes things, too."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class User:
    """Who asks.

    Args:
        name: As the audit trail names them.
        role: What they may do.
    """

    name: str
    role: WebRole

    @property
    def may_change(self) -> bool:
        """Whether they may change things."""
        return self.role is WebRole.OPERATOR


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in, or a program with a token.

    Args:
        user: Who they are.
        secret: Their password or token.
    """

    user: User
    secret: str


LOCAL = User("local", WebRole.OPERATOR)
"""Whoever reaches a server that only this machine can reach, and that has no accounts."""


class Guard:
    """Decides who a request is from.

    Args:
        settings: The accounts, the proxy that is believed, whether nothing may be changed.
        secret: Signs sessions; the same for all web processes of a deployment.

    Raises:
        SettingsError: An account is not of the form ``role:name:secret``, or the server would be
            open to the network without any.
    """

    def __init__(self, settings: Settings, secret: str) -> None:
        self._accounts = accounts_from(settings.auth)
        self._proxy_header = settings.auth_proxy_header.lower()
        self._proxy_role = WebRole(settings.auth_proxy_role)
        self._proxies = _networks(settings.auth_proxy_from)
        self._read_only = settings.web_read_only
        self._signer = TimestampSigner(secret, salt="sensors-session")
        if not is_loopback(settings.web_host) and not self.is_closed:
            raise SettingsError(
                f"SENSORS_WEB_HOST={settings.web_host} lets the network in, and there are no "
                "accounts: set SENSORS_AUTH=operator:NAME:SECRET, or leave the host at 127.0.0.1 "
                "and put a proxy in front that logs people in."
            )

    @property
    def is_closed(self) -> bool:
        """Whether one has to say who one is."""
        return bool(self._accounts or self._proxy_header)

    @property
    def has_accounts(self) -> bool:
        """Whether anybody can log in with a name and a password."""
        return bool(self._accounts)

    def user_of(
        self, headers: Mapping[str, str], cookies: Mapping[str, str], address: str
    ) -> User | None:
        """Return who a request is from; None if it does not say, or not truly.

        Args:
            headers: Its headers, by lower-case name.
            cookies: Its cookies.
            address: Where it comes from.
        """
        user = self._user_of(headers, cookies, address)
        if user is not None and self._read_only:
            return User(user.name, WebRole.VIEWER)
        return user

    def _user_of(
        self, headers: Mapping[str, str], cookies: Mapping[str, str], address: str
    ) -> User | None:
        if not self.is_closed:
            return LOCAL
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._with_secret(token.strip())
        if self._proxy_header and self._is_proxy(address):
            name = headers.get(self._proxy_header, "").strip()
            if name:
                return User(name[:200], self._proxy_role)
        return self._of_session(cookies.get(SESSION_COOKIE, ""))

    def log_in(self, name: str, secret: str) -> str | None:
        """Return a session for a name and password; None if they do not go together."""
        found = None
        for account in self._accounts:
            # Every account is looked at, so that the time it takes tells nothing.
            if _same(account.secret, secret) and _same(account.user.name, name):
                found = account
        if found is None:
            return None
        return self._signer.sign(_session_of(found)).decode()

    def _with_secret(self, secret: str) -> User | None:
        found = [each.user for each in self._accounts if _same(each.secret, secret)]
        return found[0] if found else None

    def _of_session(self, session: str) -> User | None:
        try:
            signed = self._signer.unsign(session, max_age=SESSION_MAX_AGE_S).decode()
        except BadSignature:
            return None
        # An account that is gone, or has another password now, has no sessions either.
        known = {_session_of(each): each.user for each in self._accounts}
        return known.get(signed)

    def _is_proxy(self, address: str) -> bool:
        try:
            where = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(where in network for network in self._proxies)


def accounts_from(text: str) -> list[Account]:
    """Read accounts: ``role:name:secret``, with commas between them.

    Raises:
        SettingsError: naming what is wrong, but no secret.
    """
    accounts = []
    for number, part in enumerate(filter(None, map(str.strip, text.split(","))), 1):
        role, _, rest = part.partition(":")
        name, _, secret = rest.partition(":")
        if role not in list(WebRole) or not name or not secret:
            raise SettingsError(
                f"SENSORS_AUTH: account {number} is not of the form role:name:secret, with a role "
                f"of {' or '.join(WebRole)}."
            )
        accounts.append(Account(User(name, WebRole(role)), secret))
    return accounts


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a server that is bound to ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _networks(text: str) -> Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise SettingsError(f"SENSORS_AUTH_PROXY_FROM: {error}") from None


def _session_of(account: Account) -> str:
    digest = hashlib.sha256(account.secret.encode()).hexdigest()[:16]
    return f"{account.user.role}:{digest}:{account.user.name}"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
