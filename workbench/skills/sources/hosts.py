"""Whom we talk to: nobody within the house, unless a person has typed that address into the settings.

Idea: a host is judged twice. By its spelling, before anything is asked for (`wrong_host`); and by every address that its
name has, just before we connect (`route`), and then we connect to one of those addresses and not to the name, so that a
second answer of the name server changes nothing. A base address in the settings is exempt, for those who were sent there
by the settings alone: a redirect or an index that names it is not.

Behind a proxy (`https_proxy`, `no_proxy`) it is the proxy that looks names up and connects, often for a machine that can
look up nothing. There we refuse what we can see is private, by spelling or by lookup, and leave an unknown name to the
proxy: it is the border that its owner has drawn.
"""

from __future__ import annotations

import base64
import ipaddress
import queue
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.skills.sources.watch import Watch

GITHUB: Final = "https://github.com"
GITHUB_API: Final = "https://api.github.com"
PORTS: Final = {"https": 443, "http": 80, "ssh": 22}
_MIB: Final = 1024 * 1024
_NEVER: Final = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
"""Public by their number: answered by the machine's own cloud, kept for protocols, given up, and for books."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Bounds:
    """So much, and so long, before a source is given up."""

    download: int = 50 * _MIB
    clone: int = 200 * _MIB
    """What git may have fetched, packed."""
    tree: int = 1024 * _MIB
    """What the files of one commit may have in all, unpacked."""
    files: int = 200_000
    total_s: float = 120
    stalled_s: float = 20
    connect_s: float = 10
    lookup_s: float = 10
    redirects: int = 3


@dataclass(frozen=True)
class Bases:
    """The addresses in the settings: where GitHub is, its API, and others that a person has typed in."""

    github: str = GITHUB
    api: str = GITHUB_API
    more: tuple[str, ...] = ()

    def typed(self, url: str) -> bool:
        """Whether a person has typed the site that this address is on into the settings."""
        typed = {each for each in (self.github, self.api, *self.more) if each not in {GITHUB, GITHUB_API}}
        if urlsplit(url).scheme == "ssh":  # a repository of the same host, by another door
            return site(url)[1] in {site(each)[1] for each in typed}
        return site(url) in {site(each) for each in typed}

    def on_github(self, url: str) -> bool:
        """Whether an address is on the GitHub of the settings."""
        return site(url) == site(self.github)


def system_lookup(host: str, port: int) -> list[str]:
    """Every address of a name, as the system says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True)
class Network:
    """How to reach the world: who is exempt, how names are looked up, and what is too much."""

    bases: Bases = field(default_factory=Bases)
    lookup: Callable[[str, int], list[str]] = system_lookup
    bounds: Bounds = field(default_factory=Bounds)
    github_token: str | None = field(default=None, repr=False)

    def authorization(self, url: str, *, git: bool = False) -> str | None:
        """The person's own sign-in, for the GitHub of the settings and nobody else; as git wants it, or the API."""
        mine = site(url) in {site(self.bases.github), site(self.bases.api)}
        if not self.github_token or not mine:
            return None
        login = base64.b64encode(f"x-access-token:{self.github_token}".encode()).decode()
        return f"Basic {login}" if git else f"Bearer {self.github_token}"


@dataclass(frozen=True)
class Route:
    """How to get to a host: by these addresses, or through this proxy."""

    addresses: tuple[str, ...]
    proxy: str | None = None


def route(url: str, *, network: Network, watch: Watch, sent: bool = False) -> Route:
    """The way to an address. Raises when there is none, or it may not be taken.

    `sent` says that it was somebody else who named it, by a redirect or in an index: then no base address is exempt.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 443)
    exempt = not sent and network.bases.typed(url)
    if not exempt and (why := wrong_host(host)):
        raise private(host, why)
    if parts.scheme == "http" and not exempt:
        raise not_https(url)
    proxy = _proxy(parts) if parts.scheme in {"http", "https"} else None
    addresses = _looked_up(host, port, network, watch, optional=proxy is not None)
    if not exempt:
        _all_public(host, addresses)
    return Route((), proxy) if proxy else Route(addresses)


def wrong_host(host: str) -> str | None:
    """Why a host cannot be a public one, as far as its spelling tells; None: it may be."""
    name = host.strip("[]").rstrip(".").lower()
    if not name:
        return "is empty"
    if name.startswith("-"):
        return "begins with a hyphen"
    literal = _literal(name)
    if literal is not None:
        return None if public(literal) else "is not a public address"
    last = name.rsplit(".", 1)[-1]
    if ":" in name or last.isdigit() or last.startswith("0x"):
        return "is a number in another spelling"
    if any(name == local or name.endswith(f".{local}") for local in _LOCAL_NAMES):
        return "is a name within a house"
    return None


def public(address: Address) -> bool:
    """Whether an address is one of the open internet, also where it carries another one within."""
    if isinstance(address, ipaddress.IPv6Address):
        if any(not public(within) for within in _within(address)):
            return False
        if address.is_site_local:
            return False
    return (
        address.is_global
        and not (address.is_private or address.is_loopback or address.is_link_local)
        and not (address.is_multicast or address.is_reserved or address.is_unspecified)
        and not any(address in each for each in _NEVER)
    ) or (isinstance(address, ipaddress.IPv6Address) and address in _NAT64)


def _within(address: ipaddress.IPv6Address) -> Iterable[Address]:
    """The IPv4 addresses that a gateway would make of an IPv6 address."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _literal(name: str) -> Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def site(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address; of what is none, nothing that an address could be on."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def on_the_web(url: str) -> bool:
    """Whether it is an address that could be asked for at all."""
    scheme, host, _ = site(url)
    return scheme in {"https", "http"} and bool(host)


def _proxy(parts: SplitResult) -> str | None:
    """The proxy that the environment names for an address, as curl and git read it too."""
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    known = urllib.request.getproxies()
    named = known.get(parts.scheme) or known.get("all")
    if named is not None and named.lower().startswith("socks"):
        raise Refused("proxy", "A SOCKS proxy cannot be used.", remedy="Set https_proxy to an HTTP proxy, or no_proxy.")
    return named if named is None or "://" in named else f"http://{named}"


def _looked_up(host: str, port: int, network: Network, watch: Watch, *, optional: bool) -> tuple[str, ...]:
    """Every address of a host, while the watcher may still cancel: a name server can be slow beyond our patience."""
    answer: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(network.lookup(host, port))
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=ask, name="lookup", daemon=True).start()
    deadline = time.monotonic() + network.bounds.lookup_s
    while answer.empty() and time.monotonic() < deadline:
        watch.wait(0.02)
    found = OSError("no answer") if answer.empty() else answer.get()
    if isinstance(found, list) and found:
        return tuple(found)
    if optional:
        return ()
    raise NotFound(
        f"There is no host {host!r}, or its name cannot be looked up.",
        remedy="See how it is spelt, and whether this machine is online.",
        host=host,
    )


def _all_public(host: str, addresses: Iterable[str]) -> None:
    """One private address among many is enough to refuse: which one answers is not ours to choose."""
    for each in addresses:
        literal = _literal(each.partition("%")[0])
        if literal is None or not public(literal):
            raise private(host, f"leads to {each}, which is not a public address")


def private(host: str, why: str) -> Refused:
    return Refused(
        "private_address",
        f"{host!r} {why}, so nothing was asked of it.",
        remedy="If it is a server of your own that you trust, add its base address to the settings.",
        host=host,
    )


def not_https(url: str) -> InvalidRequest:
    shown = url.split("?", 1)[0]
    return InvalidRequest(
        "An http:// address can be read and changed by anybody on the way.",
        remedy=f"Use {shown.replace('http://', 'https://', 1)} instead; a server of your own can be added to the settings.",
        problems=[{"path": "source", "message": "is http://, not https://"}],
    )
