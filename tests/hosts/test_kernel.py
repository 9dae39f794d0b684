"""The kernel extension in real kernels: cells, displays, and agents that outlive both."""

from __future__ import annotations

from kernels import Kernel

VIEW = "application/vnd.workbench.view+json"


def test_a_cell_starts_an_agent_and_another_awaits_it(kernel: Kernel) -> None:
    started = kernel.ok("%%agent --provider replay --speed 0 --permission bypass\nReview my skill")
    shown = started.of("display_data")[0]
    assert shown["data"][VIEW]["view"] == "session"
    ended = kernel.ok("run = bench.agents.last\nawait run\nprint(run.status, run.cost)")
    assert ended.text.startswith("completed ")
