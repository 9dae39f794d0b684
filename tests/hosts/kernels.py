"""A real kernel, and what its cells put out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from ports import for_a_kernel
from servers import isolated

SETUP = "%load_ext workbench\nimport workbench\nbench = workbench.open()"


@dataclass
class Cell:
    """A cell that has run: its messages by type, its output as a notebook would keep it."""

    status: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each["content"] for each in self.messages if each["msg_type"] == kind]

    @property
    def text(self) -> str:
        """What was printed, and the plain text of results."""
        results = [each["data"].get("text/plain", "") for each in self.of("execute_result")]
        return "".join([each["text"] for each in self.of("stream")] + results)

    @property
    def error(self) -> str:
        return "".join(f"{each['ename']}: {each['evalue']}" for each in self.of("error"))


class Kernel:
    """An ipykernel in a process of its own, spoken to as a front end does."""

    def __init__(self, root: Path, **env: str) -> None:
        self.root = root
        self._env = isolated(root, **env)
        self.manager = KernelManager(kernel_name="python3", config=for_a_kernel())
        self.client: BlockingKernelClient

    def start(self) -> None:
        self.manager.start_kernel(env=self._env, cwd=str(self.root))
        self._connect()

    def restart(self) -> None:
        self.client.stop_channels()
        self.manager.restart_kernel(now=True)
        self._connect()

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)
        self.manager.context.destroy(linger=0)

    def _connect(self) -> None:
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def submit(self, code: str) -> str:
        """Queues a cell; its messages are read later."""
        return str(self.client.execute(code))

    def run(self, code: str, timeout: float = 60) -> Cell:
        """Runs a cell to its end. All messages that came meanwhile are its, whoever caused them."""
        asked = self.submit(code)
        seen = self.until_idle(asked, timeout)
        reply = self.client.get_shell_msg(timeout=timeout)
        while reply["parent_header"].get("msg_id") != asked:
            reply = self.client.get_shell_msg(timeout=timeout)
        return Cell(reply["content"]["status"], seen)

    def ok(self, code: str, timeout: float = 60) -> Cell:
        cell = self.run(code, timeout)
        assert cell.status == "ok", (cell.error, cell.text)
        return cell

    def until(self, matches: Callable[[dict[str, Any]], bool], timeout: float = 60) -> list[dict[str, Any]]:
        """The messages up to the first that matches."""
        seen: list[dict[str, Any]] = []
        while True:
            try:
                seen.append(self.client.get_iopub_msg(timeout=timeout))
            except Empty:
                raise AssertionError([(each["msg_type"], each["content"]) for each in seen]) from None
            if matches(seen[-1]):
                return seen

    def until_idle(self, asked: str, timeout: float = 60) -> list[dict[str, Any]]:
        """The messages up to the end of a cell that was queued."""
        return self.until(lambda m: _idle(m, asked), timeout)

    def tell(self, comm: str, content: dict[str, Any], *, subshell: str | None = None) -> None:
        """A custom message to a widget, as its page sends it."""
        message = self.client.session.msg(
            "comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": content}}
        )
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)

    def subshell(self) -> str:
        """A shell beside the one of the cells, as JupyterLab makes one for comms."""
        self.client.control_channel.send(self.client.session.msg("create_subshell_request"))
        return str(self.client.get_control_msg(timeout=60)["content"]["subshell_id"])


def _idle(message: dict[str, Any], asked: str) -> bool:
    return (
        message["msg_type"] == "status"
        and message["content"]["execution_state"] == "idle"
        and message["parent_header"].get("msg_id") == asked
    )
