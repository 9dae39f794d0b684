"""`%%usage` in a real kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kernels import Kernel


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel whose `bench` is the sample."""
    running = Kernel(tmp_path_factory.mktemp("kernel"), WORKBENCH_SERVER="1", TZ="UTC")
    running.start()
    running.ok("%load_ext workbench\nimport workbench\nbench = workbench.usage_sample()")
    yield running
    running.stop()


def test_a_query_shows_a_frame(sampled: Kernel):
    [shown] = sampled.ok("%%usage\nselect skill, cost from skills order by cost desc limit 1").of("execute_result")
    assert "text/html" in shown["data"]
    assert "review-pull-request" in shown["data"]["text/plain"]


def test_the_result_is_bound_to_a_name_with_exact_money_if_asked(sampled: Kernel):
    sampled.ok("%%usage --money decimal spent\nselect sum(cost) as cost from daily")
    assert sampled.ok("print(repr(spent.cost[0]))").text == "Decimal('4.532673000000')\n"


def test_the_zone_of_days_can_be_chosen(sampled: Kernel):
    sampled.ok("%%usage --timezone Asia/Tokyo late\nselect count(*) as n from samplings where ts::date <> day")
    assert sampled.ok("print(late.n[0])").text == "0\n"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%usage\nselect skill,\nfrom where", "UsageError: Line 2, column 6: syntax error"),
        ("%%usage\nselect nope from samplings", 'UsageError: Line 1, column 8: Referenced column "nope" not found'),
        ("%%usage\ncopy samplings to 'x.csv'", "UsageError: Only a query that reads can be run here."),
        ("%%usage\nfrom read_csv('x.csv')", "UsageError: The function read_csv cannot be used here"),
        ("%%usage\n-- nothing", "UsageError: There is no query."),
        ("%%usage a-b\nselect 1", "UsageError: 'a-b' cannot be a variable's name"),
        ("%%usage class\nselect 1", "UsageError: 'class' cannot be a variable's name"),
        ("%%usage --timezone Mars\nselect 1", "UsageError: 'Mars' is not a time zone."),
        ("%%usage --money gold\nselect 1", "invalid choice: 'gold'"),
    ],
)
def test_a_mistake_is_one_sentence_and_no_traceback(sampled: Kernel, cell: str, said: str):
    failed = sampled.run(cell)
    assert said in failed.text + failed.error
    assert "Traceback" not in failed.text
    assert not Path("x.csv").exists()


def test_an_interrupt_ends_a_query_and_the_kernel_goes_on(sampled: Kernel):
    asked = sampled.submit(
        "print('begun', flush=True)\n"
        "bench.usage.sql('select count(*) from range(100000000) a, range(1000) b where a.range * b.range % 7 = 3')"
    )
    sampled.until(lambda message: message["msg_type"] == "stream")
    sampled.manager.interrupt_kernel()
    seen = sampled.until_idle(asked)
    assert [each["content"]["ename"] for each in seen if each["msg_type"] == "error"] == ["KeyboardInterrupt"]
    assert sampled.ok("print(bench.usage.sql('select 1 as a').a[0])").text == "1\n"


def test_an_interrupt_while_pandas_is_being_loaded_breaks_nothing(kernel: Kernel):
    kernel.ok(
        "import signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'pandas.core.frame':\n"
        "            sys.meta_path.remove(self)\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())"
    )
    assert kernel.run("bench.usage.sql('select 1 as a')").error.startswith("KeyboardInterrupt")
    assert kernel.ok("print(bench.usage.sql('select 1 as a').a[0])").text == "1\n"


def test_without_a_bench_the_home_of_the_environment_is_asked(sampled: Kernel):
    sampled.ok("kept = bench\ndel bench")
    assert "0" in sampled.ok("%%usage\nselect count(*) as n from samplings where project like '-home-ada%'").text
    sampled.ok("bench = kept")


def test_asking_for_help_shows_what_the_magic_takes(sampled: Kernel):
    payload = sampled.ok(
        "print(get_ipython().find_line_magic('unknown'), get_ipython().find_cell_magic('usage').__doc__)"
    )
    assert "--money" in payload.text


def test_unloading_the_extension_takes_the_magic_away(sampled: Kernel):
    sampled.ok("%unload_ext workbench")
    assert "not found" in sampled.run("%%usage\nselect 1").error + sampled.run("%%usage\nselect 1").text
    sampled.ok("%load_ext workbench")
