"""What a server that starts does by itself: it looks once whether skills are newer in the marketplaces that they came from.

Idea: a thread of its own calls the command that a person would call, so the rules are those of the command: nothing that was
changed here, nothing of which the scan finds more, no marketplace that is disabled. Invariants: unless a person has turned
`auto_update` on, nobody is asked and nothing is loaded; whatever happens is a line in the log and never a failure of the
server; `stop` returns when nothing of it is under way any more.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from workbench.app import Workbench
from workbench.errors import WorkbenchError
from workbench.logs import LOGGER


class UpdateCheck(threading.Thread):
    """One check, of an open home; `start` returns at once."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__(name="workbench-updates", daemon=True)
        self._bench = bench
        self._stopped = False

    def run(self) -> None:
        try:
            if self._bench.newer is None and self._bench.settings.auto_update:
                _say(self._bench.call("registries.updates", apply=True, automatic=True)["rows"])
        except WorkbenchError as error:
            if not self._stopped:
                LOGGER.warning("The marketplaces could not be asked for newer skills: %s", error)
        except Exception:  # noqa: BLE001 - the outermost frame of this thread, and the server goes on without it
            LOGGER.exception("The check for newer skills has failed. Check by hand: workbench call registries.updates.")

    def stop(self) -> None:
        """Ends the check, and with it what else is being fetched into this home: the home is about to be closed."""
        self._stopped = True
        if self.is_alive():
            self._bench.imports.close()
            self.join()


def _say(rows: Sequence[dict[str, Any]]) -> None:
    """What came in, what did not although it is newer, and who did not answer: a line each."""
    taken = [row["name"] for row in rows if row["applied"]]
    if taken:
        LOGGER.info("Newer versions of %d skills came in: %s.", len(taken), ", ".join(taken))
    for row in rows:
        if row["status"] == "update_available" and not row["applied"]:
            LOGGER.warning("The newer version of %s did not come in: %s", row["name"], row["reason"])
    silent = {row["source"]: row["reason"] for row in rows if row["status"] == "unreachable"}
    for source, reason in silent.items():
        LOGGER.warning("%s could not be asked for newer skills: %s", source, reason)
