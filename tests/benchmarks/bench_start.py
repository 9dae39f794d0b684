"""What a start costs beside Python's own: `import workbench`, and a sidecar until it says `ready`.

A sidecar's own start is what it adds to bare Python; where a vendor's SDK is loaded first, what it adds to that.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator

from row import ROUNDS, Goal, Row, interleaved, timed

STARTS = 3
"""So many starts make one figure: the quickest of them, because a start can only be disturbed to the slow side."""


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    starts = max(1, int(STARTS * scale))

    def quickest(work: Callable[[], object]) -> Callable[[], float]:
        return lambda: 1e3 * min(timed(work) for _ in range(starts))

    def python(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    bare, imported, ready = interleaved(
        rounds,
        quickest(python("pass")),
        quickest(python("import workbench")),
        quickest(lambda: first_word("replay")),
    )
    own = (Goal("difference", "at most", 150),)
    yield Row("import workbench", "ms", imported, "python -c pass", bare, (Goal("value", "at most", 60),))
    yield Row("sidecar ready, replay", "ms", ready, "python -c pass", bare, own)
    if importlib.util.find_spec("claude_agent_sdk"):
        sdk, ready = interleaved(
            rounds,
            lambda: 1e3 * timed(python("import claude_agent_sdk")),
            lambda: 1e3 * timed(lambda: first_word("claude")),
        )
        yield Row("sidecar ready, claude", "ms", ready, "import of the vendor's SDK", sdk, own)


def first_word(provider: str) -> None:
    """Starts a sidecar, waits for its `ready`, and lets it go."""
    argv = [sys.executable, "-m", "workbench.sidecar", "--provider", provider]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert b'"ready"' in process.stdout.readline()
    process.kill()
    process.communicate()
