"""How git is called where it talks to strangers: with nothing of theirs run, and nothing of anybody's configuration.

No checkout, hook, filter, submodule, helper for passwords, prompt, or transport but the one that was named. The host has the
addresses that were judged. Over ssh the person's keys, agent and known hosts are used and their configuration is not, for it
can name commands to run. What gets us out of the house (proxies, certificates) is kept.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from workbench.skills.sources.hosts import PORTS, Network, Route

_BENIGN: Final = (
    "badTimezone", "missingSpaceBeforeDate", "missingSpaceBeforeEmail", "zeroPaddedDate", "zeroPaddedFilemode",
)  # fmt: skip
"""What old tools have written into many sound repositories."""
_OPTIONS: Final = tuple(
    word
    for pair in (
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "core.symlinks=false",
        "core.askPass=",
        "credential.helper=",
        "protocol.ext.allow=never",
        "protocol.file.allow=never",
        "submodule.recurse=false",
        "fetch.recurseSubmodules=false",
        "transfer.fsckObjects=true",
        "transfer.unpackLimit=1",
        "filter.lfs.required=false",
        "http.followRedirects=false",
        "gc.auto=0",
        "maintenance.auto=false",
        *(f"fetch.fsck.{each}=ignore" for each in _BENIGN),
    )
    for word in ("-c", pair)
)
_SSH: Final = (
    "ssh", "-F", "/dev/null", "-oBatchMode=yes", "-oProxyCommand=none", "-oProxyJump=none", "-oPermitLocalCommand=no",
    "-oStrictHostKeyChecking=yes", "-oControlMaster=no", "-oControlPath=none", "-oClearAllForwardings=yes",
    "-oForwardAgent=no", "-oForwardX11=no", "-oEscapeChar=none",
)  # fmt: skip
_PINS: Final = (2, 37)
"""The first version that has http.curloptResolve."""
_KEPT: Final = (
    "PATH", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH",
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
)  # fmt: skip
"""What git learns of our environment: where programs are, and how to get out of the house."""


def git(url: str, way: Route) -> list[str]:
    """The command, up to what git shall do. Its host has these addresses, whatever a name server says from now on."""
    command, parts = ["git", "--no-pager", *_OPTIONS], urlsplit(url)
    if not pinned(url, way):
        return command
    addresses = ",".join(f"[{each}]" if ":" in each else each for each in way.addresses)
    return [*command, "-c", f"http.curloptResolve={parts.hostname}:{parts.port or PORTS[parts.scheme]}:{addresses}"]


def pinned(url: str, way: Route) -> bool:
    """Whether git itself is told the addresses of the host; ssh is told otherwise, and a proxy finds them itself."""
    return urlsplit(url).scheme != "ssh" and bool(way.addresses)


def pins(said: bytes) -> bool:
    """Whether the git that calls itself this version can be told them: an older one would not know the setting, and ask."""
    found = re.search(rb"(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= _PINS


def environment(url: str, way: Route, repository: Path, network: Network) -> dict[str, str]:
    """All that git is told of this machine."""
    parts = urlsplit(url)
    kept = {name: os.environ[name] for name in _KEPT if os.environ.get(name)}
    if "SSL_CERT_FILE" in kept:
        kept.setdefault("GIT_SSL_CAINFO", kept["SSL_CERT_FILE"])
    made = {
        **kept,
        "HOME": str(repository),
        "XDG_CONFIG_HOME": str(repository),
        "LC_ALL": "C",
        "GIT_DIR": str(repository),
        "GIT_ALLOW_PROTOCOL": parts.scheme,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_SSH_COMMAND": shlex.join(_ssh(url, way, network)),
        "GIT_SSH_VARIANT": "ssh",
    }
    login = network.authorization(url, git=True)
    if login is not None:  # in the environment: others can read a command line
        made |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: {login}",
        }
    return made


def _ssh(url: str, way: Route, network: Network) -> list[str]:
    timeout = f"-oConnectTimeout={max(1, int(network.bounds.connect_s))}"
    if urlsplit(url).scheme != "ssh" or not way.addresses:
        return [*_SSH, timeout]
    host, port = urlsplit(url).hostname or "", urlsplit(url).port
    known_as = f"[{host}]:{port}" if port not in {None, PORTS["ssh"]} else host  # as known_hosts has it
    return [*_SSH, timeout, f"-oHostName={way.addresses[0]}", f"-oHostKeyAlias={known_as}"]
