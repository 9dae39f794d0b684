"""A skill that leaves its workflow as it is: kept as imported where its text stands beyond a gap (corner 34)."""

from __future__ import annotations

from pathlib import Path

import pytest
from taken_back import House, listed

from workbench.errors import Refused
from workbench.workflows import table


def offers(house: House, step: int) -> bool:
    plan = house.bench.call("workflow.preview_reset", {"skill": "demo", "step": step})
    return bool(plan["importable"])


def test_a_text_that_is_as_it_should_be_beyond_a_gap_can_be_kept_as_imported_instead_of_going(house: House) -> None:
    assert not offers(house, 0)
    lost = "context/clarifications.json"
    house.bench.database.write(lambda c: table.drop_documents(c, house.library.row("demo").id, [lost]))
    (house.root / "demo" / lost).unlink()
    assert "SKILL.md" in listed(house, 0)
    assert offers(house, 0)
    assert offers(house, 3)
    before = house.files()
    kept = house.bench.call("workflow.keep_imported", {"skill": "demo"})
    papers = {path for path in before if path.startswith("context/")}
    assert papers > {"context/decisions.json", "context/evaluations.md", "context/intake.json"}, (
        "and what was saved last"
    )
    assert set(kept["removed"]) == papers
    assert house.files() == before - papers
    assert all((Path(kept["trash"]) / path).is_file() for path in papers)
    assert house.git("show", "--name-only", "--format=", f"{kept['checkpoint']}^{{tree}}")
    assert house.library.row("demo").source == "imported"
    with pytest.raises(Refused, match="not made by a workflow"):
        house.bench.call("workflow.state", {"skill": "demo"})
    assert house.bench.call("skills.get", {"name": "demo"})["valid"]
    house.agrees()


def test_what_is_not_beyond_a_gap_or_not_as_it_should_be_is_not_kept_as_imported(house: House) -> None:
    with pytest.raises(Refused, match="has all that its workflow needs"):
        house.bench.call("workflow.keep_imported", {"skill": "demo"})
    (house.root / "demo/context/clarifications.json").unlink()
    (house.root / "demo/SKILL.md").write_text("no front matter\n")
    assert not offers(house, 0)
    before = house.files()
    with pytest.raises(Refused, match=r"no SKILL\.md that is"):
        house.bench.call("workflow.keep_imported", {"skill": "demo"})
    assert house.files() == before
