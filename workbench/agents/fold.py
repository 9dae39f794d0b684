"""One record after another into a `State`, handing out what has become final. `run` has the idea and the invariant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workbench.agents.content import EVENTS, NOTHING, Outputs, count_of, finish_text, known, text_of
from workbench.agents.run import Entry, FinishedRun, Frame, Message, OpenRun, Output, State, Status


def fold(state: State, entry: Entry) -> Outputs:
    """Takes one record into `state`, which is changed in place, and returns what it has made final."""
    if entry.seq <= state.seq:
        state.bad += 1
        return NOTHING
    state.missing += entry.seq - state.seq - 1
    state.seq, state.t = entry.seq, entry.t
    frame = entry.f
    if frame is None:
        state.bad += 1
        return NOTHING
    if entry.d == "out":
        return _out(state, entry, frame)
    return _in(state, entry, frame) if entry.d == "in" else _shim(state, entry, frame)


# -- to the agent -----------------------------------------------------------------------------------------------------


def _in(state: State, entry: Entry, frame: Frame) -> Outputs:
    params = frame.params if isinstance(frame.params, dict) else {}
    if frame.id is None:
        return NOTHING
    if frame.method == "sendMessage":
        # The shim lets one turn in at a time: one that is open here has ended in a line that nobody could read.
        over = _cut_off(state, entry, "unreadable", told=False)
        fresh = state.turns == 0 and not params.get("resume")
        model, purpose = text_of(params.get("model")) or state.model, text_of(params.get("purpose"))
        state.runs[frame.id] = OpenRun(entry.t, model=model, purpose=purpose, fresh=fresh)
        state.turns += 1
        content = {"text": text_of(params.get("prompt")) or ""}
        return (*over, Message(entry.seq, entry.t, frame.id, "user", "prompt", content))
    if frame.method == "steerSession":
        content = {"text": text_of(params.get("prompt")) or ""}
        state.steers[frame.id] = Message(entry.seq, entry.t, None, "user", "steer", content)
    elif frame.method in {"permissionResponse", "userInputResponse"}:
        _keep_answer(state, frame.id, params)
    elif frame.method == "updateConfig" and (model := text_of(params.get("model"))):
        state.switches[frame.id] = model
    return NOTHING


def _keep_answer(state: State, key: str, params: dict[str, Any]) -> None:
    """The words of an answer are in the request alone; that it counted is told by the event that resolves it."""
    for run in state.runs.values():
        if key in run.asked:
            words = {name: params[name] for name in ("message", "content", "remember") if name in params}
            run.asked[key].content.setdefault("given", words)


# -- from the agent ---------------------------------------------------------------------------------------------------


def _out(state: State, entry: Entry, frame: Frame) -> Outputs:
    run = state.runs.get(frame.id) if frame.id is not None else None
    if run is None:
        return _without_run(state, entry, frame)
    run.events += 1
    kind = frame.type or ""
    if handler := EVENTS.get(kind):
        return handler(state, run, entry, frame)
    return _ENDS[kind](state, entry, frame) if kind in _ENDS else NOTHING


def _without_run(state: State, entry: Entry, frame: Frame) -> Outputs:
    """Events of no open run: the reply to a steer or a switch, a complaint about a line, and what came too late."""
    if frame.type == "configUpdated" and frame.id in state.switches:
        state.model = state.switches.pop(frame.id)
        return NOTHING
    if frame.type == "steered" and frame.id in state.steers:
        message = state.steers.pop(frame.id)
        message.run = text_of(frame.run)
        message.content |= known(accepted=frame.accepted is True, reason=text_of(frame.reason))
        return (message,)
    if frame.type == "error" and frame.id is None:
        content = {"severity": "warning", "message": text_of(frame.message) or "", "code": text_of(frame.kind)}
        return (Message(entry.seq, entry.t, None, "system", "notice", content),)
    return NOTHING


# -- the end of a run -------------------------------------------------------------------------------------------------


def _end(state: State, entry: Entry, frame: Frame) -> Outputs:
    reason = text_of(frame.stop_reason)
    return _finish(state, entry, frame, status="completed", reason=reason, content=known(stopReason=reason))


def _aborted(state: State, entry: Entry, frame: Frame) -> Outputs:
    reason = text_of(frame.reason)
    return _finish(state, entry, frame, status="aborted", reason=reason, content=known(reason=reason))


def _error(state: State, entry: Entry, frame: Frame) -> Outputs:
    kind = text_of(frame.kind)
    facts = frame.facts if isinstance(frame.facts, dict) else None
    content = known(kind=kind, message=text_of(frame.message) or "", remedy=text_of(frame.remedy), facts=facts)
    return _finish(state, entry, frame, status="error", reason=kind, content=content)


def _finish(
    state: State, entry: Entry, frame: Frame, *, status: Status, reason: str | None, content: dict[str, Any]
) -> Outputs:
    """Everything of a run that is still open becomes final, then the terminal message, then the run itself."""
    run_id = frame.id or ""
    run = state.runs.pop(run_id)
    kind = frame.type if entry.d == "out" and frame.type else "interrupted"
    counted = {"turns": count_of(frame.turns), "durationMs": count_of(frame.duration_ms)}
    finished = FinishedRun(
        run=run_id,
        model=run.model,
        purpose=run.purpose,
        status=status,
        reason=reason,
        stop_reason=text_of(frame.stop_reason),
        started=run.started,
        ended=entry.t,
        usage=run.usage,
        cumulative=run.cumulative,
        responses=[response.usage for response in run.responses.values()],
        told=run.told,
        fresh=run.fresh,
        provider_session=state.provider_session,
        duration_ms=counted["durationMs"],
        api_duration_ms=count_of(frame.api_duration_ms),
        turns=counted["turns"],
        tool_uses=run.tool_uses,
        compactions=run.compactions,
        events=run.events,
    )
    last = Message(entry.seq, entry.t, run_id, "system", kind, content | known(**counted))
    return (*_left_open(run, run_id), last, finished)


def _left_open(run: OpenRun, run_id: str) -> Outputs:
    """What was said stands; what was being done is marked aborted, what was asked unanswered."""
    for lane in list(run.texts):
        yield from finish_text(run, run_id, lane)
    for tool in run.tools.values():
        tool.content["status"] = "aborted"
        yield tool
    for asked in run.asked.values():
        asked.content.pop("given", None)
        asked.content["answer"] = None
        yield asked
    if run.plan is not None:
        yield run.plan


# -- the shim's own words ---------------------------------------------------------------------------------------------


def _shim(state: State, entry: Entry, frame: Frame) -> Outputs:
    if frame.type == "start":
        lost = _cut_off(state, entry, "lost")
        state.incarnations += 1
        state.turns = 0
        state.switches.clear()
        state.alive, state.exit_reason = True, None
        return lost
    if frame.type == "exit":
        reason = text_of(frame.reason) or "lost"
        cut = _cut_off(state, entry, reason)
        state.alive, state.exit_reason = False, reason
        if reason == "silent":
            # What a provider wrote down before it fell silent may be torn: the next turn begins a new session there.
            state.provider_session = None
        return cut
    return NOTHING


def _cut_off(state: State, entry: Entry, reason: str, *, told: bool = True) -> Outputs:
    """Open turns are interrupted and unanswered steers were not accepted. Where the record begins a message of its own,
    the turn gets no terminal message (`told`): its number is taken.
    """
    outputs: list[Output] = []
    for run_id in list(state.runs):
        over = _finish(state, entry, Frame(id=run_id), status="interrupted", reason=reason, content={"reason": reason})
        outputs.extend(one for one in over if told or isinstance(one, FinishedRun) or one.kind != "interrupted")
    for steer in state.steers.values():
        steer.content["accepted"] = False
        outputs.append(steer)
    state.steers.clear()
    return outputs


_ENDS: Final[dict[str, Callable[[State, Entry, Frame], Outputs]]] = {"end": _end, "aborted": _aborted, "error": _error}
