"""How a tree is killed, in a process of its own that stands still at an unlikely moment."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

STILL = """
import os, subprocess, sys, time
from workbench.sidecar import tree
calls, clock, slept = 0, time.monotonic, 0
def late():
    "From a call of the clock on, a look takes longer than a search may."
    global calls, slept
    calls += 1
    slept += 1000 if int(sys.argv[1]) <= calls < int(sys.argv[1]) + 4 else 0
    return clock() + slept
tree.become_subreaper()
"""
BOTH = "['/bin/sh', '-c', 'sleep 60 & echo; wait']"


def told(program: str, *arguments: str) -> list[str]:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.split()


@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_tree_is_killed_to_the_last_one_though_who_kills_it_stands_still(call: int) -> None:
    program = f"""{STILL}
child = subprocess.Popen({BOTH}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
child.stdout.readline()
print(len(tree.descendants(os.getpid())))
time.monotonic = late
tree.kill_tree("nobodys")
print(len(tree.descendants(os.getpid())))
"""
    assert told(program, str(call)) == ["2", "0"]


@pytest.mark.parametrize("call", [1, 2, 3])
def test_what_a_session_left_is_killed_to_the_last_one_though_who_kills_it_stands_still(call: int) -> None:
    program = f"""{STILL}
child = subprocess.Popen({BOTH}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={{**os.environ, tree.MARKER: sys.argv[2]}})
child.stdout.readline()
while len(left := [pid for pid, _ in tree.marked(sys.argv[2])]) < 2:
    time.sleep(0.01)  # one that is just becoming another program has no environment
time.monotonic = late
print(len(left), tree.kill_marked(sys.argv[2]) == left, len(tree.marked(sys.argv[2])))
"""
    assert told(program, str(call), f"a-session-{uuid.uuid4().hex}") == ["2", "True", "0"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start what others may not kill")
def test_what_is_not_ours_to_kill_is_not_waited_for() -> None:
    program = """
import os, subprocess, sys, time
from workbench.sidecar import tree
child = subprocess.Popen(["sleep", "60"])
os.setresuid(65534, 65534, 0)
time.sleep = lambda _: sys.exit("it waits")
try:
    tree.kill_tree("nobodys")
finally:
    os.setresuid(0, 0, 0)
    child.kill()
"""
    assert told(program) == []
