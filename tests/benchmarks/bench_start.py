"""What a start costs beside Python's own: `import workbench`, and a sidecar until it says `ready`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

from row import ROUNDS, Goal, Row, interleaved, timed

from workbench.sidecar.provider import PROVIDERS

STARTS = 5
"""So many starts make one figure: the quickest of them, because a start can only be disturbed to the slow side."""


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    starts = max(1, int(STARTS * scale))

    def quickest(work: Callable[[], object]) -> Callable[[], float]:
        return lambda: 1e3 * min(timed(work) for _ in range(starts))

    def python(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    providers = [name for name in ("replay", "claude") if name in PROVIDERS]
    bare, imported, *ready = interleaved(
        rounds,
        quickest(python("pass")),
        quickest(python("import workbench")),
        *(quickest(lambda name=name: first_word(name)) for name in providers),
    )
    yield Row("import workbench", "ms", imported, "python -c pass", bare, (Goal("value", "at most", 60),))
    for name, figures in zip(providers, ready, strict=True):
        goals = (Goal("difference", "at most", 150),)
        yield Row(f"sidecar ready, {name}", "ms", figures, "python -c pass", bare, goals)


def first_word(provider: str) -> None:
    """Starts a sidecar, waits for its `ready`, and lets it go."""
    argv = [sys.executable, "-m", "workbench.sidecar", "--provider", provider]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert b'"ready"' in process.stdout.readline()
    process.kill()
    process.communicate()
