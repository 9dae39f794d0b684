"""How a provider's child is started: its argv, the environment it may see, and the values to mask.

Invariant: a child sees named variables only, and its keys travel in its environment, never in its argv.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Final, NamedTuple

from workbench.redact import secrets_in
from workbench.sidecar.provider import Listing

COMMON: Final = re.compile(
    r"""PATH | HOME | USER | LOGNAME | SHELL | LANG | LANGUAGE | LC_\w+ | TERM | TMPDIR | TZ | XDG_\w+
    | PYTHONPATH | VIRTUAL_ENV | SSL_CERT_FILE | SSL_CERT_DIR | REQUESTS_CA_BUNDLE | NODE_EXTRA_CA_CERTS
    | (?i:https?_proxy | all_proxy | no_proxy)
    | WORKBENCH_(?!SESSION$)\w+""",
    re.VERBOSE,
)
"""What any program needs to find its files, its language, its certificates and its way out."""


class Launch(NamedTuple):
    """One child, ready to be started."""

    argv: list[str]
    env: dict[str, str]
    secrets: list[str]
    """Values that must appear nowhere: not in a transcript, not in a log."""

    def __repr__(self) -> str:
        return f"Launch({' '.join(self.argv)}, {len(self.env)} variables, [REDACTED])"


def launch(provider: Listing, environ: Mapping[str, str], keys: Mapping[str, str]) -> Launch:
    """The child of a provider, given this process's environment and all keys that we know. It gets its own; all are
    masked, because a person may paste any of them into any prompt.
    """
    seen = {name: value for name, value in environ.items() if COMMON.fullmatch(name) or _reads(provider, name)}
    env = {**seen, **{name: value for name, value in keys.items() if name in provider.secrets}}
    hidden = [*keys.values(), *secrets_in(env, provider.secrets)]
    argv = [sys.executable, "-P", "-m", "workbench.sidecar", "--provider", provider.name]
    return Launch(argv, env, hidden)


def _reads(provider: Listing, name: str) -> bool:
    return any(name.startswith(each) if each.endswith("_") else name == each for each in provider.environment)
