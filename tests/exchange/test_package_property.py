"""Whatever a skill holds: it is packed and comes out with the same digest, or it is refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import Refused
from workbench.skills.handout.export import left_out, pack
from workbench.skills.handout.places import checked_folder_name
from workbench.skills.intake.planning import plan
from workbench.skills.sources.archive import extract
from workbench.skills.sources.watch import Watch
from workbench.skills.tree.copying import copy
from workbench.skills.tree.digest import digest

PART = st.one_of(
    st.sampled_from([
        "scripts", "references", "evals", "context", "node_modules", "__pycache__", "a.pyc", ".DS_Store", ".git", "con",
        "caf\u00e9", "cafe\u0301", "A.md", "a.md", "\u202egpj", "a\\b", "a:b", "run.sh", ".hidden", "skill.md",
    ]),
    st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=8),
)  # fmt: skip
FILES = st.dictionaries(
    st.lists(PART, min_size=1, max_size=4).map("/".join), st.tuples(st.binary(max_size=40), st.booleans()), max_size=6
)


def laid(folder: Path, files: dict[str, tuple[bytes, bool]]) -> Path:
    """Those of the files that the disk lets lie beside each other."""
    folder.mkdir()
    (folder / "SKILL.md").write_text("---\nname: charts\ndescription: D.\n---\n\nDo.\n")
    for path, (data, runs) in files.items():
        file = folder / path
        if {".", ".."} & set(path.split("/")):
            continue
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        except OSError:
            continue  # a file and a folder of one name
        file.chmod(0o755 if runs else 0o644)
    return folder


@settings(max_examples=150)
@given(FILES)
def test_a_package_comes_out_as_it_went_in_or_is_refused(files: dict[str, tuple[bytes, bool]]) -> None:
    with tempfile.TemporaryDirectory() as above:
        base = Path(above)
        folder = laid(base / "charts", files)
        copy(folder, base / "copy")
        assert digest(base / "copy") == digest(folder)
        for path in [path for path in (base / "copy").rglob("*") if not path.is_dir()]:
            if left_out(path.relative_to(base / "copy").as_posix()):
                path.unlink()
        try:
            pack(base / "copy", "charts", base / "charts.skill")
        except Refused:
            return
        pack(base / "copy", "charts", base / "again.skill")
        assert (base / "charts.skill").read_bytes() == (base / "again.skill").read_bytes()
        extract(base / "charts.skill", base / "out", watch=Watch())
        assert [path.name for path in (base / "out").iterdir()] == ["charts"]
        assert digest(base / "out" / "charts") == digest(base / "copy")
        made = plan(base / "out", origin="o", watch=Watch(), wrapped=True)
        assert digest(base / "copy") in {row.digest for row in made.rows}


@given(st.text(max_size=30) | PART)
def test_a_name_that_may_be_installed_is_a_single_folder_below_any_other(name: str) -> None:
    try:
        checked_folder_name(name)
    except Refused:
        return
    assert (Path("/a") / name).parent == Path("/a")
    assert name not in (".", "..")
    assert not name.startswith(".")
