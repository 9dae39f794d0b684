"""Workbench: an agent-skill workbench for JupyterLab.

The door is lazy (PEP 562): importing `workbench` loads nothing heavy, so that `python -m workbench.sidecar` starts fast.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_EXPORTS = {
    "open": ("workbench.hosts.kernel", "open"),
    "usage_sample": ("workbench.hosts.kernel", "usage_sample"),
    "enable_nested_asyncio": ("workbench.hosts.kernel", "enable_nested_asyncio"),
    "load_ipython_extension": ("workbench.hosts.kernel", "load_ipython_extension"),
    "unload_ipython_extension": ("workbench.hosts.kernel", "unload_ipython_extension"),
    "Workbench": ("workbench.app", "Workbench"),
    "WorkbenchError": ("workbench.errors", "WorkbenchError"),
    "_jupyter_labextension_paths": ("workbench.hosts.server", "labextension_paths"),
    "_jupyter_server_extension_points": ("workbench.hosts.server", "server_extension_points"),
    "_load_jupyter_server_extension": ("workbench.hosts.server", "load_server_extension"),
}

__all__ = ["Workbench", "WorkbenchError", "__version__", "enable_nested_asyncio", "open", "usage_sample"]


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _EXPORTS[name]
    except KeyError:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}") from None
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS})
