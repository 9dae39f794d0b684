"""What the agent says and does in a turn, one event after another into its `OpenRun`.

Idea: an event either goes on with a message, begins one, or finishes one; only the finished are handed out. Invariant:
a value that a provider got wrong is passed over where it stands and costs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any, Final

from workbench.agents.run import Entry, Frame, Message, OpenRun, OpenText, Output, Response, State
from workbench.protocol.wire import INPUT_PREFIX, PERMISSION_PREFIX

Outputs = Iterable[Output]

NOTHING: Final[tuple[Output, ...]] = ()
MAX_COUNT: Final = 2**53
"""The largest whole number that is taken for a count; beyond, JSON's readers disagree and SQLite overflows."""

COUNTED: Final = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")

COMPACTED: Final = "compacted"
"""The code of the notice that says so."""


def _chunk(_state: State, run: OpenRun, entry: Entry, frame: Frame) -> Outputs:
    content = frame.content
    text = content.get("text") if isinstance(content, dict) else None
    if not isinstance(text, str):
        return NOTHING
    lane = frame.parent if isinstance(frame.parent, str) else ""
    message_id = frame.message_id if isinstance(frame.message_id, str) else None
    kind = "text" if frame.type == "agent_message_chunk" else "thought"
    open_text = run.texts.get(lane)
    if open_text is not None and open_text.kind == kind and open_text.message_id == message_id:
        open_text.parts.append(text)
        return NOTHING
    finished = finish_text(run, frame.id, lane)
    run.texts[lane] = OpenText(entry.seq, entry.t, kind, message_id, [text])
    return finished


def finish_text(run: OpenRun, run_id: str | None, lane: str) -> Outputs:
    said = run.texts.pop(lane, None)
    if said is None:
        return NOTHING
    content: dict[str, Any] = {"text": "".join(said.parts)}
    if lane:
        content["parent"] = lane
    return (Message(said.seq, said.t, run_id, "assistant", said.kind, content),)


def _tool(state: State, run: OpenRun, entry: Entry, frame: Frame) -> Outputs:
    key = text_of(frame.tool_call_id)
    if key is None:
        return NOTHING
    if key in run.tools:  # said twice: news of the same call
        return _tool_update(state, run, entry, frame)
    run.tool_uses += 1
    lane = text_of(frame.parent) or ""
    content = known(
        toolCallId=key,
        title=text_of(frame.title) or "",
        name=text_of(frame.name) or "",
        kind=text_of(frame.kind) or "other",
        status=text_of(frame.status) or "pending",
        rawInput=frame.raw_input if isinstance(frame.raw_input, dict) else {},
        parent=lane or None,
    )
    run.tools[key] = Message(entry.seq, entry.t, frame.id, "assistant", "tool", content)
    return (*finish_text(run, frame.id, lane), *_tool_update(state, run, entry, frame))


def _tool_update(_state: State, run: OpenRun, _entry: Entry, frame: Frame) -> Outputs:
    key = text_of(frame.tool_call_id)
    message = run.tools.get(key) if key is not None else None
    if key is None or message is None:
        return NOTHING
    content = frame.content if isinstance(frame.content, list) else None
    raw_input = frame.raw_input if isinstance(frame.raw_input, dict) else None
    message.content |= known(
        status=text_of(frame.status), title=text_of(frame.title), rawInput=raw_input, content=content
    )
    if frame.status not in {"completed", "failed"}:
        return NOTHING
    _over(run, message.content.get("parent"))
    if frame.status == "completed":
        _over(run, key)
    return (run.tools.pop(key),)


def _over(run: OpenRun, lane: str | None) -> None:
    """The last response of a sub-agent is over: what it asked for was done, or the sub-agent has come to its end. One
    before it that is not known to be over was torn, and asked for again.
    """
    for response in reversed(run.responses.values()) if lane is not None else ():
        if response.lane == lane:
            response.over = True
            return


def _plan(_state: State, run: OpenRun, entry: Entry, frame: Frame) -> Outputs:
    """Each plan replaces the last; the one that stands at the end is the message."""
    if isinstance(frame.entries, list):
        if run.plan is None:
            run.plan = Message(entry.seq, entry.t, frame.id, "assistant", "plan", {})
        run.plan.content = {"entries": frame.entries}
    return NOTHING


def _usage(_state: State, run: OpenRun, _entry: Entry, frame: Frame) -> Outputs:
    """What one response has used stands until all that was used is told."""
    if not isinstance(frame.model_usage, dict):
        return NOTHING
    usage = {model: counted for model, counted in frame.model_usage.items() if isinstance(counted, dict)}
    if message_id := text_of(frame.message_id):
        run.responses[message_id] = Response(usage, text_of(frame.parent), over=frame.parent is None)
        return NOTHING
    if not usage:
        return NOTHING
    run.usage |= usage
    run.cumulative = frame.cumulative is not False
    for response in run.responses.values():
        if response.over:
            add_up(run.told, response.usage)
    run.responses.clear()
    return NOTHING


def add_up(told: dict[str, int], usage: dict[str, dict[str, Any]]) -> None:
    for counted, name in product(usage.values(), COUNTED):
        told[name] = told.get(name, 0) + (count_of(counted.get(name)) or 0)


def _session(state: State, run: OpenRun, _entry: Entry, frame: Frame) -> Outputs:
    if frame.parent is None:
        state.provider_session = text_of(frame.provider_session_id) or state.provider_session
        state.model = run.model = text_of(frame.model) or run.model
        state.title = state.title or text_of(frame.title)
    return NOTHING


def _notice(_state: State, run: OpenRun, entry: Entry, frame: Frame) -> Outputs:
    run.compactions += frame.code == COMPACTED
    content = known(
        severity=text_of(frame.severity) or "info", message=text_of(frame.message) or "", code=text_of(frame.code)
    )
    return (Message(entry.seq, entry.t, frame.id, "system", "notice", content),)


def _permission(_state: State, run: OpenRun, entry: Entry, frame: Frame) -> Outputs:
    if key := text_of(frame.permission_id):
        content = known(
            permissionId=key,
            toolName=text_of(frame.tool_name) or "",
            toolInput=frame.tool_input if isinstance(frame.tool_input, dict) else {},
            toolCallId=text_of(frame.tool_call_id),
            title=text_of(frame.title),
            description=text_of(frame.description),
        )
        message = Message(entry.seq, entry.t, frame.id, "assistant", "permission", content)
        run.asked.setdefault(PERMISSION_PREFIX + key, message)
    return NOTHING


def _question(_state: State, run: OpenRun, entry: Entry, frame: Frame) -> Outputs:
    if key := text_of(frame.user_input_id):
        content = known(
            userInputId=key,
            message=text_of(frame.message),
            questions=frame.questions if isinstance(frame.questions, list) else [],
            toolCallId=text_of(frame.tool_call_id),
        )
        message = Message(entry.seq, entry.t, frame.id, "assistant", "question", content)
        run.asked.setdefault(INPUT_PREFIX + key, message)
    return NOTHING


def _resolved(_state: State, run: OpenRun, _entry: Entry, frame: Frame) -> Outputs:
    if frame.type == "permissionResolved":
        key, answer = f"{PERMISSION_PREFIX}{frame.permission_id}", known(behavior=text_of(frame.behavior))
    else:
        key, answer = f"{INPUT_PREFIX}{frame.user_input_id}", known(action=text_of(frame.action))
    message = run.asked.pop(key, None)
    if message is None:
        return NOTHING
    message.content["answer"] = answer | known(by=text_of(frame.by)) | message.content.pop("given", {})
    return (message,)


# -- values that a provider may have got wrong ------------------------------------------------------------------------


def text_of(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def count_of(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT else None


def known(**values: Any) -> dict[str, Any]:
    """The values that are known."""
    return {name: value for name, value in values.items() if value is not None}


EVENTS: Final[dict[str, Callable[[State, OpenRun, Entry, Frame], Outputs]]] = {
    "agent_message_chunk": _chunk,
    "agent_thought_chunk": _chunk,
    "tool_call": _tool,
    "tool_call_update": _tool_update,
    "plan": _plan,
    "usage_update": _usage,
    "session_info_update": _session,
    "notice": _notice,
    "permissionRequest": _permission,
    "userInputRequest": _question,
    "permissionResolved": _resolved,
    "userInputResolved": _resolved,
}
