"""Who asks, and what they may do: by login, token, a proxy's word, or a place at this machine."""

import hmac
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from itsdangerous import BadSignature, TimestampSigner

from sensors_app.errors import SettingsError
from sensors_app.settings import Settings
from sensors_app.web.attempts import Attempts, plain_address

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
    secret: str = field(repr=False)


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
        self._sessions = {_session_of(each, secret): each for each in self._accounts}
        self._attempts = Attempts()
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

        Raises:
            TooManyAttemptsError: Tokens were tried from there.
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
        token = bearer_token(headers)
        if token is not None:
            account = self._account(token, address)
            return None if account is None else account.user
        if self._proxy_header and self._is_proxy(address):
            name = headers.get(self._proxy_header, "").strip()
            if name:
                return User(name[:200], self._proxy_role)
        return self._of_session(cookies.get(SESSION_COOKIE, ""))

    def log_in(self, name: str, secret: str, address: str) -> str | None:
        """Return a session for a name and password; None if they do not go together.

        Raises:
            TooManyAttemptsError: Others were tried from there.
        """
        account = self._account(secret, address, name)
        if account is None:
            return None
        session = next(text for text, each in self._sessions.items() if each is account)
        return self._signer.sign(session).decode()

    def _account(self, secret: str, address: str, name: str | None = None) -> Account | None:
        self._attempts.check(address)
        found = None
        for account in self._accounts:
            # All are looked at, and both parts of each, so that the time it takes tells nothing.
            if _same(account.secret, secret) & (name is None or _same(account.user.name, name)):
                found = account
        if found is None:
            self._attempts.failed(address, f"{name}:{secret}")
        return found

    def _of_session(self, session: str) -> User | None:
        try:
            signed = self._signer.unsign(session, max_age=SESSION_MAX_AGE_S).decode()
        except BadSignature:
            return None
        # An account that is gone, or has another password now, has no sessions either.
        known = self._sessions.get(signed)
        return None if known is None else known.user

    def _is_proxy(self, address: str) -> bool:
        where = plain_address(address)
        return where is not None and any(where in network for network in self._proxies)


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """Return the token that a program sent; None if it sent none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def accounts_from(text: str) -> list[Account]:
    """Read accounts: ``role:name:secret``, with commas between them.

    Raises:
        SettingsError: naming what is wrong, but no secret.
    """
    accounts: list[Account] = []
    for number, part in enumerate(filter(None, map(str.strip, text.split(","))), 1):
        role, _, rest = part.partition(":")
        name, _, secret = rest.partition(":")
        if role not in list(WebRole) or not name or not secret:
            raise SettingsError(
                f"SENSORS_AUTH: account {number} is not of the form role:name:secret, with a role "
                f"of {' or '.join(WebRole)}."
            )
        account = Account(User(name, WebRole(role)), secret)
        for earlier, other in enumerate(accounts, 1):
            if other.secret == secret:
                raise SettingsError(
                    f"SENSORS_AUTH: accounts {earlier} and {number} have the same secret, which as "
                    "a token would not say whose it is."
                )
        accounts.append(account)
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


def _session_of(account: Account, key: str) -> str:
    """Return what a session says; of the password as much as nobody without our key can check."""
    mark = hmac.new(key.encode(), _bytes(account.secret), "sha256").hexdigest()[:16]
    return f"{account.user.role}:{mark}:{account.user.name}"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    # A variable of the environment need not be Unicode.
    return text.encode(errors="surrogateescape")
