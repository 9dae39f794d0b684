"""Keeps exchanging a folder for a link, as fast as it can, until its standard input ends.

    python swapping.py PLACE FOLDER LINK

PLACE is now the one and now the other. Each exchange is one step, so that PLACE is there at every moment.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys

EXCHANGE = 2
AT_FDCWD = -100


def main() -> int:
    place, folder, link = (os.fsencode(word) for word in sys.argv[1:])
    libc = ctypes.CDLL(None, use_errno=True)
    os.rename(folder, place)  # noqa: PTH104 - bytes, as libc wants them
    print("ready", flush=True)
    count = 0
    while True:
        if libc.renameat2(AT_FDCWD, place, AT_FDCWD, link, EXCHANGE):
            error = ctypes.get_errno()
            if error not in (2, 20):  # what is exchanged is being moved by somebody else
                raise OSError(error, os.strerror(error))
        count += 1
        if count % 64 == 0 and select.select([sys.stdin], [], [], 0)[0]:
            return 0


if __name__ == "__main__":
    sys.exit(main())
