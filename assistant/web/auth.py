"""Who may use the page and the API: ASSISTANT_AUTH, checked with every request."""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.errors import AssistantError
from assistant.web.problems import send_problem

__all__ = ["Accounts", "Login", "accounts"]

Accounts = Mapping[str, bytes]

TRIES = 10  # wrong passwords for one name from one address before they are refused unread
FORGIVEN = 6.0  # seconds after which one of them is forgotten
REMEMBERED = 10_000  # names and addresses

_SALT = secrets.token_bytes(16)
_FORM = "ASSISTANT_AUTH has to be user:password, several with commas or on lines of their own"


def accounts(setting: str | None) -> Accounts:
    """User names and their passwords' digests from ASSISTANT_AUTH; none where it is not set.

    The setting is "user:password", several separated by commas or new lines (so a password holds
    neither), or "@FILE" with one user:password a line, which may then hold commas. Raises
    AssistantError where it is neither.

    >>> list(accounts("ann:secret,bob:another"))
    ['ann', 'bob']
    """
    if not setting:
        return {}
    if setting.startswith("@"):
        lines = _lines(Path(setting[1:]))
    else:
        lines = setting.replace(",", "\n").splitlines()
    found: dict[str, bytes] = {}
    for line in filter(None, (line.strip() for line in lines)):
        user, _, password = line.partition(":")
        if not user or not password:
            raise AssistantError(f"{_FORM}, or @FILE; one of them has no {_missing(user)}.")
        if user in found:
            raise AssistantError(f"{_FORM}; {user!r} is there twice.")
        found[user] = _digest(password)
    if not found:
        raise AssistantError(f"{_FORM}; it names nobody.")
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise AssistantError(f"ASSISTANT_AUTH: {path} can't be read: {error}") from error


def _missing(user: str) -> str:
    return "password" if user else "user"


def _digest(password: str) -> bytes:
    return hashlib.blake2b(password.encode("utf-8", "replace"), key=_SALT).digest()


class Login:
    """HTTP Basic authentication in front of everything, WebSockets included.

    After TRIES wrong passwords for a name, that name is refused to that address, right or wrong,
    but for one try every FORGIVEN seconds.
    """

    def __init__(self, app: ASGIApp, accounts: Accounts) -> None:
        self.app, self.accounts = app, accounts
        self._failed: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        given = _credentials(dict(scope["headers"]).get(b"authorization", b""))
        if given is None:
            await self._refuse(scope, send, "Log in with the user and password of this assistant.")
            return
        user, password = given
        who = (scope["client"][0] if scope.get("client") else "", user)
        if (wait := self._wait(who)) > 0:
            after = str(int(wait) + 1)
            await send_problem(
                scope,
                send,
                429,
                f"Too many wrong passwords: try again in {after} seconds.",
                [(b"retry-after", after.encode())],
            )
        elif self._right(user, password):
            self._failed.pop(who, None)
            await self.app(scope, receive, send)
        else:
            self._note(who)
            await self._refuse(scope, send, "The user or the password is wrong.")

    def _right(self, user: str, password: str) -> bool:
        """Takes as long for a name that does not exist as for one that does."""
        known = self.accounts.get(user)
        same = hmac.compare_digest(known or bytes(64), _digest(password))
        return same and known is not None

    # `_failed` holds the moment at which all wrong tries of a name and address are forgotten.

    def _wait(self, who: tuple[str, str]) -> float:
        """Seconds until the next try is read."""
        return self._failed.get(who, 0.0) - time.monotonic() - (TRIES - 1) * FORGIVEN

    def _note(self, who: tuple[str, str]) -> None:
        self._failed[who] = max(self._failed.get(who, 0.0), time.monotonic()) + FORGIVEN
        self._failed.move_to_end(who)
        while len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)

    @staticmethod
    async def _refuse(scope: Scope, send: Send, detail: str) -> None:
        challenge = (b"www-authenticate", b'Basic realm="Document assistant", charset="UTF-8"')
        await send_problem(scope, send, 401, detail, [challenge])


def _credentials(header: bytes) -> tuple[str, str] | None:
    """User and password of an Authorization header, None where it is not a Basic one."""
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    user, colon, password = decoded.partition(":")
    return (user, password) if colon else None
