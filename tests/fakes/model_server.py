"""A model that says what the prompt tells it to: the Anthropic Messages API on 127.0.0.1.

The prompt carries the script, a JSON list of steps between `%%[` and `]%%`:

    Please go on. %%[{"tool": "Read", "input": {"file_path": "a.txt"}}, {"text": "done"}]%%

A step is one answer of the model. Its keys: `text` (sent in pieces of `chunk` characters, `delay` seconds apart),
`held` (after the first piece the answer waits until `go_on` is set), `thinking`, `tool` with `input`, `tools` (several calls
at once), `late` (so many seconds lie between the last content block and the end of the answer), `status` with `error` (an
HTTP failure). Which step is due follows from the request
alone, by counting the tool calls since the script; so retries, resumed sessions and sessions side by side need no state
here. Requests without tools (titles and the like) get a plain "OK".

Every answer costs the same: 120 tokens in, 30 written to the cache, 50 read from it, and one out for four characters
of each content block, so that a test can name the exact tokens and cost of a turn.

Prompts that are not a test's own carry no script. Then the address does: below `/script/<name>` the server asks its
`director` for the step that is due, which may also say what the answer counts as (`usage`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from fakes.serving import served

Json = dict[str, Any]
Director = Callable[[str, Json], Json]
"""The step that is due, by the name in the address and the request."""

DECODER: Final = json.JSONDecoder()
USAGE: Final = {"input_tokens": 120, "cache_creation_input_tokens": 30, "cache_read_input_tokens": 50}


def script(*steps: Json) -> str:
    """The steps as a prompt carries them."""
    return f"%%{json.dumps(list(steps))}%%"


def output_tokens(*blocks: Json) -> int:
    """What an answer with these content blocks counts as output."""
    return sum(max(1, len(json.dumps(block)) // 4) for block in blocks)


def text_tokens(text: str) -> int:
    """What an answer of nothing but this text counts as output."""
    return output_tokens({"type": "text", "text": text})


@dataclass(frozen=True)
class Logged:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Json

    @property
    def tools(self) -> list[str]:
        return [tool["name"] for tool in self.body.get("tools") or []]

    def said(self, text: str) -> bool:
        """Whether `text` is anywhere in the conversation that was sent."""
        return text in json.dumps(self.body.get("messages", []), ensure_ascii=False)


@dataclass
class ModelServer:
    """The running server: where it is, and what it was asked."""

    url: str = ""
    requests: list[Logged] = field(default_factory=list)
    director: Director | None = None
    go_on: threading.Event = field(default_factory=threading.Event)
    """What an answer that is `held` waits for."""

    @property
    def answered(self) -> list[Logged]:
        """The requests of agents' own turns: those that offered tools."""
        return [request for request in self.requests if request.tools]

    @property
    def unexpected(self) -> list[str]:
        """Requests to anything but the Messages API."""
        return [f"{r.method} {r.path}" for r in self.requests if not re.match(r"(/script/.+)?/v1/messages", r.path)]

    def application(self) -> web.Application:
        application = web.Application(client_max_size=64 << 20)
        application.router.add_post("/v1/messages", self._messages)
        application.router.add_post("/v1/messages/count_tokens", self._count)
        application.router.add_post("/script/{name:.+}/v1/messages", self._messages)
        application.router.add_post("/script/{name:.+}/v1/messages/count_tokens", self._count)
        application.router.add_route("*", "/{path:.*}", self._elsewhere)
        return application

    async def _count(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests.append(Logged(request.method, request.path_qs, dict(request.headers), {}))
        return web.json_response({"input_tokens": output_tokens(body)})

    async def _elsewhere(self, request: web.Request) -> web.Response:
        self.requests.append(Logged(request.method, request.path_qs, dict(request.headers), {}))
        return web.json_response(failure("not_found_error", f"no such path: {request.path}"), status=404)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(Logged(request.method, request.path_qs, dict(request.headers), body))
        name = request.match_info.get("name")
        step = self.director(name, body) if name and self.director else due(body)
        if "status" in step:
            error = failure(step.get("error", "overloaded_error"), "the model is made to fail")
            return web.json_response(error, status=step["status"])
        answer = message(body["model"], step)
        if not body.get("stream"):
            return web.json_response(answer)
        response = web.StreamResponse(headers={"content-type": "text/event-stream", "request-id": answer["id"]})
        await response.prepare(request)
        held = step.get("held", False)
        pauses = {"delay": step.get("delay", 0.01 if held else 0), "late": step.get("late", 0)}
        with contextlib.suppress(ConnectionError):
            for part, pause in parts(events(answer, chunk=step.get("chunk", 12), **pauses)):
                await response.write(part)
                while held and not self.go_on.is_set():  # noqa: ASYNC110 - it is set on another thread
                    await asyncio.sleep(0.01)
                await asyncio.sleep(pause)
        return response


def failure(kind: str, text: str) -> Json:
    return {"type": "error", "error": {"type": kind, "message": text}}


def calls(step: Json) -> list[Json]:
    if "tool" in step:
        return [{"tool": step["tool"], "input": step.get("input", {})}]
    return list(step.get("tools", []))


def due(body: Json) -> Json:
    """The step that answers this request; a plain text where no script applies, or it is played out."""
    if not body.get("tools"):
        return {"text": "OK"}
    steps, made = position(body["messages"])
    for step in steps:
        count = len(calls(step))
        if count == 0 or made < count:
            return step
        made -= count
    return {"text": "OK"}


def position(messages: list[Json]) -> tuple[list[Json], int]:
    """The last script in the conversation, and how many tools were called since."""
    steps: list[Json] = []
    made = 0
    for said in messages:
        content = said["content"]
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            if block["type"] == "tool_use":
                made += 1
            if said["role"] == "user" and block["type"] == "text":
                for found in scripts(block["text"]):
                    steps, made = found, 0
    return steps, made


def scripts(text: str) -> Iterator[list[Json]]:
    """The scripts in a text, in order; one may hold another in a string, as the prompt of a sub-agent."""
    at = text.find("%%[")
    while at >= 0:
        try:
            steps, at = DECODER.raw_decode(text, at + 2)
        except ValueError:  # the same characters, meant as something else
            at += 2
        else:
            yield steps
        at = text.find("%%[", at)


def message(model: str, step: Json) -> Json:
    """The whole answer, as a request that does not stream would get it."""
    content: list[Json] = []
    if "thinking" in step:
        content.append({"type": "thinking", "thinking": step["thinking"], "signature": "c2lnbmF0dXJl"})
    if "text" in step:
        content.append({"type": "text", "text": step["text"]})
    content.extend(
        {"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex[:20]}", "name": call["tool"], "input": call["input"]}
        for call in calls(step)
    )
    return {
        "id": f"msg_{uuid.uuid4().hex[:20]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if calls(step) else "end_turn",
        "stop_sequence": None,
        # An id has 26 characters whatever it is, so the count does not depend on it.
        "usage": {"output_tokens": output_tokens(*content), **step.get("usage", USAGE)},
    }


def events(answer: Json, *, chunk: int, delay: float, late: float) -> Iterator[tuple[Json, float]]:
    """The answer as the stream's events, each with the pause after it."""
    start = {**answer, "content": [], "stop_reason": None, "usage": {**answer["usage"], "output_tokens": 1}}
    yield {"type": "message_start", "message": start}, 0
    for index, block in enumerate(answer["content"]):
        empty, deltas = pieces(block, chunk)
        yield {"type": "content_block_start", "index": index, "content_block": empty}, 0
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}, delay
        last = index == len(answer["content"]) - 1
        yield {"type": "content_block_stop", "index": index}, late if last else 0
    end = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"output_tokens": answer["usage"]["output_tokens"]}}, 0
    yield {"type": "message_stop"}, 0


def parts(stream: Iterator[tuple[Json, float]]) -> Iterator[tuple[bytes, float]]:
    """The events as they are written: what no pause divides goes at once, so that nothing comes between by chance."""
    part = b""
    for event, pause in stream:
        part += f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        if pause:
            yield part, pause
            part = b""
    yield part, 0


def pieces(block: Json, chunk: int) -> tuple[Json, list[Json]]:
    """A content block as it opens, and the deltas that fill it."""
    if block["type"] == "text":
        text = block["text"]
        parts = [text[at : at + chunk] for at in range(0, len(text), chunk)]
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": part} for part in parts]
    if block["type"] == "thinking":
        return {"type": "thinking", "thinking": "", "signature": ""}, [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]


@contextlib.contextmanager
def serving() -> Iterator[ModelServer]:
    """A model server on a thread and a port of its own, until the block ends."""
    server = ModelServer()
    with served(server.application(), stop=asyncio.Event(), shutdown_s=0.1) as server.url:
        yield server
