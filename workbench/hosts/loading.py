"""Big libraries, loaded so that an interrupt does no harm.

A kernel's interrupt may come at any line of an import. Pandas then stays half made until the kernel is restarted; or Python
keeps the lock of all imports, and every later one waits for ever. Only a main thread is interrupted, so another one loads.
"""

from __future__ import annotations

import functools
import importlib
from concurrent.futures import ThreadPoolExecutor


@functools.cache
def load(name: str) -> None:
    """Makes the import of a module, and of all that it needs, a matter of a moment. An interrupt lets it be whole first."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(importlib.import_module, name).result()
