"""`workbench github`: signing in to GitHub and out again, and who that is."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import Refused
from workbench.hosts.cli_text import safe

SHORTEST_S: Final = 1
SLOWER_S: Final = 5
"""So much longer one waits after having asked too often, where GitHub names no time."""


def run(args: argparse.Namespace) -> int:
    """One of: login, logout, user."""
    with Workbench.open() as bench:
        reply = _login(bench, private=args.private) if args.what == "login" else bench.call(f"github.{args.what}")
    if args.json:
        print(json.dumps(reply, indent=2, ensure_ascii=False))
    elif args.what == "logout":
        print(safe(reply["note"] or "Nobody was signed in."))
    else:
        print(_who(reply))
    return 0


def _login(bench: Workbench, *, private: bool) -> dict[str, Any]:
    """Shows the code, and asks until somebody has typed it; who is signed in then."""
    started = bench.call("github.login_start", private=private)
    page, code = safe(started["verification_uri"]), safe(started["user_code"])
    print(f"Open {page} and type {code}. Waiting; Ctrl-C gives up.", file=sys.stderr)
    wait, until = started["interval"], time.monotonic() + started["expires_in"]
    status = "pending"
    while status in {"pending", "slow_down"} and time.monotonic() < until:
        time.sleep(max(wait, SHORTEST_S))
        polled = bench.call("github.login_poll", device_code=started["device_code"])
        status = polled["status"]
        wait = polled["interval"] or wait + (SLOWER_S if status == "slow_down" else 0)
    if status == "success":
        return bench.call("github.user")
    if status == "denied":
        raise Refused(
            "denied", "The sign-in was refused on GitHub's page.", remedy="Start again if that was a mistake."
        )
    raise Refused("expired", "Nobody has typed the code in time.", remedy="Start again.")


def _who(reply: dict[str, Any]) -> str:
    if not reply["signed_in"]:
        return "Nobody is signed in to GitHub."
    user, rate = reply["user"], reply["rate"]
    name = f" ({safe(user['name'])})" if user["name"] else ""
    left = f"; {rate['remaining']:,} of {rate['limit']:,} requests are left this hour" if rate else ""
    return f"{safe(user['login'])}{name}, with the token from the {reply['source']}{left}."
