"""The limits that people are promised. Some stand in two places, because the shim and the sidecar import little; here they
are held together.
"""

from __future__ import annotations

from workbench.agents import follow, session
from workbench.agents.process import Timers
from workbench.protocol import frames, screen
from workbench.settings import Settings
from workbench.sidecar import __main__ as sidecar
from workbench.sidecar import shim, tape, turns
from workbench.storage import database


def test_a_process_is_waited_for_as_long_as_is_promised():
    assert Timers() == Timers(
        ready_s=10, heartbeat_s=15, dead_s=45, idle_s=300, rpc_s=2, stdin_s=1, term_s=5, full_s=60, eof_s=10
    )
    assert session.BACK_OFF_S == (0.5, 1, 2, 4, 8, 16, 30)
    assert session.JITTER == 0.2


def test_a_limit_that_stands_in_two_places_is_the_same_in_both():
    assert Timers().for_shim() == shim.TIMERS
    assert Timers().heartbeat_s == sidecar.HEARTBEAT_S
    assert Timers().idle_s == Settings().idle_minutes * 60
    assert turns.ASK_SECONDS == Settings().permission_minutes * 60 == 30 * 60
    assert tape.MAX_LINE == frames.MAX_LINE == 16 * 1024 * 1024
    assert follow.BATCH_BYTES == screen.BATCH_BYTES == 256 * 1024


def test_what_is_kept_and_who_may_read_at_once():
    assert Settings().prune_days == 30
    assert database.MAX_READERS == 8
