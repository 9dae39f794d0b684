"""How a turn of Claude Code ended. Pure.

Claude Code reports nearly everything as a result, and some failures as a `success` with `is_error`. Told apart here:
what the agent meant (`end`), what the person stopped (`aborted`), and the rest (`error`), limits included: a turn that
ran into its budget or its number of model calls is not over as the agent meant it. What it said and spent stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from claude_agent_sdk import ResultMessage

from workbench.sidecar.claude_events import raw_result
from workbench.sidecar.provider import Outcome

LOG_IN: Final = (
    "Set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN, or CLAUDE_CODE_OAUTH_TOKEN) in the environment in which "
    "Workbench was started, or log in once in a terminal: run `claude`, then /login."
)
AGAIN: Final = "This is usually temporary: send the message again in a minute."
REMEDIES: Final[Mapping[str, str]] = {
    "authentication_failed": LOG_IN,
    "billing_error": "Check the account's credit and plan in the vendor's console.",
    "rate_limit": "Wait for the limit to pass and send the message again, or choose another model.",
    "server_error": AGAIN,
    "overloaded": AGAIN,
    "invalid_request": "Check the model's name and the settings of this session; the message names the cause.",
}
"""What to do, by Claude Code's own word for what went wrong."""

BY_STATUS: Final[Mapping[int, str]] = {
    400: "invalid_request",
    401: "authentication_failed",
    402: "billing_error",
    403: "authentication_failed",
    404: "invalid_request",
    429: "rate_limit",
}


EMPTY: Final = {"kind": "empty_answer", "message": "The model answered with nothing.", "remedy": AGAIN, "facts": {}}


def outcome_of(
    results: Sequence[ResultMessage], failure: str | None, *, spoke: bool, api_before: int | None = 0
) -> Outcome:
    """The terminal event of a turn, from its results: one, and one more for each guidance that came too late for it.

    Claude Code counts the time that it waited for the model over the whole conversation; `api_before` is that count at
    the end of the turn before, None where it is not known.
    """
    last = results[-1]
    numbers: dict[str, Any] = {
        "turns": sum(result.num_turns for result in results),
        "durationMs": sum(result.duration_ms for result in results),
        "raw": raw_result(last),
    }
    if api_before is not None:
        numbers["apiDurationMs"] = max(0, last.duration_api_ms - api_before)
    if (last.terminal_reason or "").startswith("aborted"):
        return Outcome("aborted", {"reason": "stopped", **numbers})
    if not last.is_error and not spoke and numbers["turns"]:  # a command of Claude Code's own may be silent
        return Outcome("error", {**EMPTY, **numbers})
    if not last.is_error:
        returned = {} if last.structured_output is None else {"structured": last.structured_output}
        return Outcome("end", {"stopReason": last.stop_reason or "end_turn", **returned, **numbers})
    return Outcome("error", {**failure_of_result(last, failure), **numbers})


def failure_of_result(result: ResultMessage, failure: str | None) -> dict[str, Any]:
    """A result that is an error, as `{kind, message, remedy, facts}`."""
    said = "; ".join(result.errors or []) or result.result or result.subtype
    facts = {"subtype": result.subtype, "reason": result.terminal_reason, "status": result.api_error_status}
    known = {key: value for key, value in facts.items() if value is not None}
    match result.subtype:
        case "error_max_budget_usd":
            remedy = "Raise the budget and send a message to go on; what was said and spent stands."
            return {"kind": "budget", "message": f"{said}.", "remedy": remedy, "facts": known}
        case "error_max_turns":
            remedy = "Send a message to go on, or raise the limit on model calls."
            return {"kind": "max_turns", "message": f"{said}.", "remedy": remedy, "facts": known}
        case "error_max_structured_output_retries":
            remedy = "Send the message again, or ask for less at once; what was said stands."
            return {"kind": "invalid_output", "message": said, "remedy": remedy, "facts": known}
        case "success":
            return api_failure(said, result.api_error_status, failure, known)
    remedy = "Send the message again; if it happens again, start a new session."
    return {"kind": "agent_failed", "message": said, "remedy": remedy, "facts": known}


def api_failure(said: str, status: int | None, failure: str | None, facts: dict[str, Any]) -> dict[str, Any]:
    """The model's service refused or failed. Claude Code's word decides, else the status."""
    cause = failure if failure in REMEDIES else BY_STATUS.get(status or 0)
    if cause is None:
        cause = "server_error" if status is None or status >= 500 else "invalid_request"  # noqa: PLR2004 - HTTP's line
    remedy = REMEDIES[cause]
    if status is None and cause == "server_error":
        remedy = f"Check the network, the proxy and ANTHROPIC_BASE_URL. {AGAIN}"
    kind = "auth" if cause == "authentication_failed" else "api_error"
    return {"kind": kind, "message": said, "remedy": remedy, "facts": {**facts, "cause": cause}}
