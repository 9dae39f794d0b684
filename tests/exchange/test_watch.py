"""A long work that is watched and cancelled."""

from __future__ import annotations

import threading
import time

import pytest

from workbench.skills.sources.watch import Cancelled, Progress, Watch


def test_a_stage_its_beginning_and_its_end_are_always_told() -> None:
    told: list[Progress] = []
    watch = Watch(told.append)
    for done in range(1001):
        watch.step("downloading", done, 1000)
    watch.step("extracting", 0, None, "files")
    assert told[0] == Progress("downloading", 0, 1000, "bytes")
    assert told[-2:] == [Progress("downloading", 1000, 1000, "bytes"), Progress("extracting", 0, None, "files")]
    assert len(told) < 500


def test_a_work_without_anybody_watching_can_be_cancelled_too() -> None:
    watch = Watch()
    watch.step("reading", 1)
    watch.check()
    watch.cancel()
    for step in (watch.check, lambda: watch.step("reading", 2), lambda: watch.wait(60)):
        with pytest.raises(Cancelled) as refused:
            step()
        assert refused.value.reason == "cancelled"
    assert watch.cancelled


def test_waiting_ends_when_another_thread_cancels() -> None:
    watch = Watch()
    timer = threading.Timer(0.1, watch.cancel)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        watch.wait(60)
    assert time.monotonic() - began < 30
    timer.join()
