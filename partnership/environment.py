"""Reads each setting of the environment once, typed and checked.

Every error names the variable, what it holds (never of a secret) and what it may hold. All errors are collected, so
that whoever installs the site sees them together; ``Environment.check`` raises them. A secret may stand in a file: of
each variable ``NAME`` the file named by ``NAME_FILE`` is read where that is set.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from email.utils import getaddresses, parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import Any, overload
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

_TRUE, _FALSE = {"on", "true", "yes", "1"}, {"off", "false", "no", "0"}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?|\[[0-9a-f:.]{2,45}\]")
#: Drivers that are not among the base packages, with the extra that brings each.
_DRIVERS = {"psycopg": "postgresql", "redis": "redis", "storages": "s3"}


class Environment:
    """The settings in the environment and in ``.env``; ``errors`` holds a sentence for each that cannot be used."""

    def __init__(self, path: Any = None):
        self._env = environ.FileAwareEnv()
        if path:
            environ.Env.read_env(path)
        self.errors: list[str] = []

    def check(self) -> None:
        """Raises ImproperlyConfigured with every error."""
        if self.errors:
            raise ImproperlyConfigured("\n".join(["The settings cannot be used.", *self.errors]))

    def refuse(self, name: str, value: str, allowed: str, *, is_secret: bool = False) -> None:
        # A name and a password in front of a host are no matter for a log.
        value = re.sub(r"//[^/]*@", "//…@", value)
        shown = "its value is not shown" if is_secret else f"it holds “{value[:100]}”"
        self.errors.append(f"{name}: {shown}; {allowed}")

    # Plain values

    def is_set(self, name: str) -> bool:
        return bool(self.text(name))

    def text(self, name: str, default: str = "") -> str:
        """The value without blanks around it; the default where it is not set, or where nothing stands in it."""
        try:
            value = self._env.str(name, default="").strip()
        except OSError as error:
            self.errors.append(f"{name}_FILE: the file cannot be read ({error.strerror}).")
            return default
        return value or default

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name).lower()
        if value in _TRUE | _FALSE or not value:
            return value in _TRUE if value else default
        self.refuse(name, value, "it may be on or off.")
        return default

    @overload
    def number(self, name: str, default: int, *, least: int = 0, most: int = 10**9) -> int: ...

    @overload
    def number(self, name: str, default: None, *, least: int = 0, most: int = 10**9) -> int | None: ...

    def number(self, name: str, default: int | None, *, least: int = 0, most: int = 10**9) -> int | None:
        value = self.text(name)
        if not value:
            return default
        if re.fullmatch(r"\d{1,10}", value) and least <= int(value) <= most:
            return int(value)
        self.refuse(name, value, f"it may be a whole number from {least:,} to {most:,}.")
        return default

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """One of the choices, whatever its capitals."""
        value = self.text(name, default)
        by_letters = {choice.lower(): choice for choice in choices}
        if value.lower() in by_letters:
            return by_letters[value.lower()]
        self.refuse(name, value, f"it may be {', '.join(choices)}.")
        return default

    def names(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Values between commas."""
        return [part for part in (part.strip() for part in self.text(name).split(",")) if part] or list(default)

    def day(self, name: str) -> str:
        """A day as ISO 8601 writes it; empty where it is not set."""
        value = self.text(name)
        if value:
            try:
                date.fromisoformat(value)
            except ValueError:
                self.refuse(name, value, "it may be a day, such as 2027-11-30.")
        return value

    # Addresses

    def site_url(self, name: str, default: str) -> str:
        """Scheme and host of the site, in small letters and without a slash at the end."""
        value = self.text(name, default)
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
        if (
            parts.scheme not in {"http", "https"}
            or not _HOST.fullmatch(host)
            or parts.path not in {"", "/"}
            or parts.query
            or parts.fragment
            or parts.username is not None
        ):
            self.refuse(name, value, "it may be scheme and host alone, such as https://record.example.se.")
            return default
        return f"{parts.scheme}://{host}{f':{port}' if port else ''}"

    def hosts(self, name: str, site_url: str) -> list[str]:
        """Host names that the site responds to; that of the site’s own address must be among them."""
        own = urlsplit(site_url).hostname or ""
        own = f"[{own}]" if ":" in own else own
        hosts = [host.lower() for host in self.names(name, ["localhost", "127.0.0.1", "[::1]", own])]
        for host in hosts:
            if host != "*" and not _HOST.fullmatch(host.removeprefix(".")):
                self.refuse(name, host, "it may be host names between commas, without scheme, port or path.")
        is_named = any(host in {"*", own} or (host.startswith(".") and f".{own}".endswith(host)) for host in hosts)
        if not is_named and not any(error.startswith("SITE_URL:") for error in self.errors):
            self.refuse(name, ",".join(hosts), f"the host of SITE_URL, {own}, must be among them.")
        return hosts

    def url(self, name: str, schemes: Collection[str] = ("https", "http")) -> str:
        value = self.text(name)
        parts = urlsplit(value)
        if value and (parts.scheme not in schemes or not (parts.netloc or parts.path) or not _has_usable_port(value)):
            beginnings = " or ".join("mailto:" if scheme == "mailto" else f"{scheme}://" for scheme in schemes)
            self.refuse(name, value, f"it may be an address that begins with {beginnings}, with a number as its port.")
        return value

    def organisation_number(self, name: str) -> str:
        """A Swedish organisation number, with or without its hyphen."""
        value = self.text(name)
        if value and not re.fullmatch(r"\d{6}-?\d{4}", value):
            self.refuse(name, value, "it may be a Swedish organisation number, such as 212000-0662.")
        return value

    def make_folder(self, name: str, path: Path) -> None:
        """The folder that a variable leads to, where it is not there yet."""
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.refuse(name, str(path), f"the folder cannot be made ({error.strerror}).")

    def email(self, name: str, default: str = "") -> str:
        """One e-mail address."""
        value = self.text(name, default)
        if value and not _is_address(value):
            self.refuse(name, value, "it may be one e-mail address, such as record@example.se.")
        return value

    def sender(self, name: str, default: str) -> str:
        """An e-mail address, or a name with the address in angle brackets (RFC 5322)."""
        value = self.text(name, default)
        addresses = getaddresses([value])
        if len(addresses) != 1 or not _is_address(parseaddr(value)[1]):
            self.refuse(
                name, value, 'it may be one address, or "A name, quoted" <record@example.se>: a comma needs the quotes.'
            )
            return default
        return value

    # Services

    def database(self, name: str, default: str) -> dict[str, Any]:
        value = self.text(name, default)
        if name in self._env.ENVIRON and not self.text(name):
            self.refuse(name, "", "leave it out for SQLite, or write postgres://user:password@host/name.")
        scheme, _colon, rest = value.partition(":")
        if scheme not in {"sqlite", "postgres", "postgresql"} or not rest.strip("/"):
            self.refuse(name, scheme, "it may begin with sqlite:/// or postgres://.", is_secret=True)
            value = default
        elif scheme != "sqlite":
            self._needs(name, "psycopg")
            if not self._one_host(name, value, "postgres://user:password@host/name"):
                value = default
        return self._env.db_url_config(value)

    def cache(self, name: str) -> dict[str, Any]:
        value = self.text(name, "locmemcache://")
        scheme = value.partition(":")[0]
        if scheme not in {"locmemcache", "redis", "rediss", "rediscache"}:
            self.refuse(name, scheme, "it may begin with redis:// or rediss://.", is_secret=True)
            value = "locmemcache://"
        elif scheme != "locmemcache":
            self._needs(name, "redis")
            if not self._one_host(name, value, "redis://:password@host:6379/0"):
                value = "locmemcache://"
        return self._env.cache_url_config(value)

    def mail(self, name: str, default: str) -> dict[str, Any]:
        value = self.text(name, default)
        scheme = value.partition(":")[0]
        allowed = "it may be smtp://, smtp+tls:// or smtp+ssl:// with user:password@host:port."
        if scheme not in self._env.EMAIL_SCHEMES:
            self.refuse(name, scheme, allowed, is_secret=True)
            value = default
        elif scheme.startswith("smtp") and not self._one_host(name, value, "smtp+tls://user:password@host:587"):
            value = default
        return self._env.email_url_config(value)

    def bucket(self, name: str) -> str:
        value = self.text(name)
        if value:
            self._needs(name, "storages")
        return value

    def _needs(self, name: str, package: str) -> None:
        if not find_spec(package):
            extra = _DRIVERS[package]
            self.errors.append(f"{name}: its driver is not installed; install it with: make install EXTRAS={extra}")

    def _one_host(self, name: str, value: str, example: str) -> bool:
        """Whether an address names one host; “@”, “/” and “#” in a password are written %40, %2F and %23."""
        authority = re.split(r"[/?#]", value.partition("://")[2], maxsplit=1)[0]
        host = authority.rpartition("@")[2]
        try:
            is_plain = authority.count("@") <= 1 and urlsplit(f"//{authority}").port is not False
        except ValueError:
            is_plain = False
        is_host = bool(_HOST.fullmatch(re.sub(r":\d+$", "", host).lower())) or not host
        if is_plain and is_host:
            return True
        self.refuse(
            name, "", f"it may be {example}; write @ in a password as %40, / as %2F and # as %23.", is_secret=True
        )
        return False


def _has_usable_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _is_address(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        # Mail within one machine.
        return bool(re.fullmatch(r"[\w.+-]{1,64}@localhost", value))
    return True
