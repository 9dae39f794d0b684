"""`%%agent`, `%%usage` and `%workbench`: the shortest way from a cell to an agent, and to what it has cost."""

# IPython's decorators have no types.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import keyword
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any, Final

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from workbench.errors import WorkbenchError
from workbench.hosts import kernel
from workbench.hosts.handles import Run
from workbench.hosts.shown import VIEWS, Shown

if TYPE_CHECKING:
    import pandas as pd

PERMISSIONS: Final = ("ask", "plan", "accept_edits", "bypass")


@magics_class
class WorkbenchMagics(Magics):
    """The magics of `%load_ext workbench`."""

    @magic_arguments()
    @argument("--provider", help="Which agent: replay, claude, ...; by default the one in the settings.")
    @argument("--model", help="Which model; by default the provider's.")
    @argument("--skill", help="The skill that the run is counted to.")
    @argument("--session", help="The session to go on with; by default a new one.")
    @argument("--recording", help="What the replay provider plays: a name or a path.")
    @argument("--speed", type=float, help="How fast the replay provider plays; 0: as fast as it goes.")
    @argument("--permission", choices=PERMISSIONS, help="What the agent may do without asking.")
    @argument("--wait", action="store_true", help="Keep the cell busy until the agent has ended.")
    @cell_magic
    def agent(self, line: str, cell: str) -> Run | None:
        """Starts an agent with the cell's text as its prompt and shows it; the cell is free at once.

        The run is the cell's result (`_`), and `workbench.open().agents.last`.
        """
        chosen: Namespace = parse_argstring(self.agent, line)
        if not cell.strip():
            raise UsageError("The cell has no prompt: write it below the line with %%agent.")
        wait = vars(chosen).pop("wait")
        run = kernel.open().agents.start(cell.strip(), **vars(chosen))
        if not wait:
            return run
        try:
            display(run)
            run.result()
        except KeyboardInterrupt:
            print("The agent goes on. To end it: workbench.open().agents.last.stop()", file=sys.stderr)
            raise
        return None

    @magic_arguments()
    @argument("name", nargs="?", help="The variable that keeps the result.")
    @argument("--money", choices=("float", "decimal"), default="float", help="How costs are given; decimal: exact.")
    @argument("--timezone", help="Where a day begins at midnight, as in Europe/Berlin; by default this machine's zone.")
    @cell_magic
    def usage(self, line: str, cell: str) -> pd.DataFrame:
        """Runs the cell's text as SQL over what agents have used, and shows the result, a DataFrame.

        The views are `samplings`, `runs`, `sessions`, `daily` and `skills`; `DESCRIBE samplings` lists columns, and
        `workbench.open().usage.columns()` says what they mean. A query can only read.
        """
        chosen: Namespace = parse_argstring(self.usage, line)
        if chosen.name is not None and (not chosen.name.isidentifier() or keyword.iskeyword(chosen.name)):
            raise UsageError(f"{chosen.name!r} cannot be a variable's name: write %%usage NAME.")
        try:
            frame = self._bench().usage.sql(cell, money=chosen.money, timezone=chosen.timezone)
        except WorkbenchError as error:
            raise UsageError(str(error)) from None
        if chosen.name is not None:
            self._names()[chosen.name] = frame
        return frame

    def _bench(self) -> kernel.Bench:
        """The cell's own `bench` (a sample's, another home's), else the home that the environment names."""
        named = self._names().get("bench")
        return named if isinstance(named, kernel.Bench) and not named.closed else kernel.open()

    def _names(self) -> dict[str, Any]:
        """The cell's variables."""
        return self.shell.user_ns if self.shell is not None else {}

    @line_magic
    def workbench(self, line: str) -> Shown:
        """Shows a view: `%workbench sessions`, `%workbench session ID`."""
        name, *ids = line.split() or ["sessions"]
        names = VIEWS.get(name, ())
        return kernel.open().view(name, **dict(zip(names, ids, strict=False)))
