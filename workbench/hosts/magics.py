"""`%%agent` and `%workbench`: the shortest way from a cell to an agent."""

# IPython's decorators have no types.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Final

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from workbench.hosts import kernel
from workbench.hosts.handles import Run

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

    @line_magic
    def workbench(self, line: str) -> kernel.Shown:
        """Shows a view: `%workbench sessions`, `%workbench session ID`."""
        name, *ids = line.split() or ["sessions"]
        names = kernel.VIEWS.get(name, ())
        return kernel.open().view(name, **dict(zip(names, ids, strict=False)))
