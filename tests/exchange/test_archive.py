"""Archives of strangers: all of it is unpacked, or nothing, and never a byte anywhere else."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import struct
import subprocess
import tarfile
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import archives
import pytest
from archives import CASES, NUMBERS, SKILL, Case, Packed, Taped, skill, tape, taped, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.sources import tarred
from workbench.skills.sources.archive import extract
from workbench.skills.sources.members import Limits
from workbench.skills.sources.watch import Cancelled, Progress, Watch

Tree = dict[str, tuple[bytes, bool]]
"""Content of each file, and whether it may be run."""


def unpacked(data: bytes, folder: Path, **limits: int) -> Tree:
    file = folder / "it.zip"
    file.write_bytes(data)
    target = folder / "in" / "out"
    target.parent.mkdir(exist_ok=True)
    extract(file, target, watch=Watch(), limits=Limits(**limits))
    return tree(target)


def tree(root: Path) -> Tree:
    assert not [path for path in root.rglob("*") if path.is_symlink()]
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), bool(path.stat().st_mode & 0o111))
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# -- by number


def test_there_is_at_least_one_of_every_number() -> None:
    assert sorted({*NUMBERS, 10}) == list(range(1, 21))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_hostile_archive_is_refused_by_its_entry_and_nothing_is_there(tmp_path: Path, case: Case) -> None:
    with pytest.raises(Refused) as failure:
        unpacked(case.data, tmp_path)
    assert case.shown in str(failure.value)
    assert str(failure.value).isprintable()
    assert failure.value.remedy
    assert below(tmp_path) == ["in", "it.zip"]


def test_10_an_archive_in_the_archive_is_a_file_and_is_not_opened(tmp_path: Path) -> None:
    inner = zipped(*(Packed(b"%d.zip" % n, zipped(Packed(b"zeros", bytes(10**6)))) for n in range(16)))
    assert unpacked(skill(Packed(b"charts/42.zip", inner, deflate=False)), tmp_path) == {
        "charts/SKILL.md": (SKILL, False),
        "charts/42.zip": (inner, False),
    }


# -- what is sound


def test_scripts_stay_scripts_and_other_bits_of_a_mode_are_dropped(tmp_path: Path) -> None:
    modes = {"a": 0o4755, "b": 0o2711, "c": 0o666, "d": 0o000, "e": 0o1777}
    of_zip = [Packed(name.encode(), b"x", stat.S_IFREG | mode) for name, mode in modes.items()]
    of_tar = [Taped(name, b"x", mode=mode) for name, mode in modes.items()]
    for number, data in enumerate((zipped(*of_zip), archives.taped(*of_tar))):
        folder = tmp_path / str(number)
        folder.mkdir()
        unpacked(data, folder)
        assert {
            path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder / "in" / "out").iterdir()
        } == {"a": 0o755, "b": 0o755, "c": 0o644, "d": 0o644, "e": 0o755}  # fmt: skip


@pytest.mark.parametrize("name", [".git/config", "charts/.GIT/hooks/post-checkout", "charts/.g\u200cit/config", ".git"])
def test_a_repository_stays_in_the_archive(tmp_path: Path, name: str) -> None:
    assert unpacked(skill(Packed(name.encode(), b"x")), tmp_path) == {"charts/SKILL.md": (SKILL, False)}
    shutil.rmtree(tmp_path / "in")
    assert unpacked(tape(Taped(name, b"x")), tmp_path) == {"charts/SKILL.md": (SKILL, False)}


@pytest.mark.parametrize("form", ["<LLL", "<LQQ"])
@pytest.mark.parametrize("mark", [b"", b"PK\7\10"])
def test_sizes_may_stand_behind_the_data(tmp_path: Path, form: str, mark: bytes) -> None:
    packed = 3
    told = mark + struct.pack(form, 0x8CDC1683, packed, 1)
    entry = Packed(b"x", b"x", flags=0x0808, descriptor=told)
    assert unpacked(zipped(entry, Packed(b"y", b"y")), tmp_path) == {"x": (b"x", False), "y": (b"y", False)}


def test_a_comment_and_names_of_old_systems_are_no_fault(tmp_path: Path) -> None:
    data = zipped(Packed("caf\u00e9".encode("cp437"), b"x", flags=0), comment=b"abc123")
    assert unpacked(data, tmp_path) == {"caf\u00e9": (b"x", False)}


def test_a_large_zip_s_end_is_read_where_it_agrees(tmp_path: Path) -> None:
    assert len(unpacked(archives._many(3), tmp_path)) == 3


def test_large_files_are_counted_to_the_byte(tmp_path: Path) -> None:
    entry = Packed(b"x", b"0123456789", deflate=False)
    assert unpacked(zipped(entry), tmp_path, file=10, total=10, entries=1)
    for limits in ({"file": 9}, {"total": 9}, {"entries": 0}, {"archive": 10}):
        shutil.rmtree(tmp_path / "in")
        with pytest.raises(Refused):
            unpacked(zipped(entry), tmp_path, **limits)


def test_an_empty_archive_holds_nothing(tmp_path: Path) -> None:
    assert unpacked(zipped(), tmp_path) == {}
    shutil.rmtree(tmp_path / "in")
    assert unpacked(taped(), tmp_path) == {}


def test_what_was_begun_is_gone_when_one_stops_it(tmp_path: Path) -> None:
    watch = Watch()
    watch.cancel()
    for data in (skill(), tape()):
        (tmp_path / "it").write_bytes(data)
        with pytest.raises(Cancelled):
            extract(tmp_path / "it", tmp_path / "out", watch=watch)
        assert below(tmp_path) == ["it"]


def test_what_a_killed_one_left_is_no_hindrance_and_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(skill())
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "left").write_bytes(b"")
    told: list[Progress] = []
    watch = Watch(told.append)
    extract(tmp_path / "it", tmp_path / "out", watch=watch)
    assert told[-1] == Progress("extracting", 1, 1, "files")
    assert below(tmp_path) == ["it", "out", "out/charts", "out/charts/SKILL.md"]
    (tmp_path / "it").write_bytes(skill(Packed(b"more", b"x")))
    with pytest.raises(Refused, match="already"):
        extract(tmp_path / "it", tmp_path / "out", watch=watch)
    assert below(tmp_path) == ["it", "out", "out/charts", "out/charts/SKILL.md"]


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(Refused):
            extract(tmp_path / name, tmp_path / "out", watch=Watch())
    with pytest.raises(NotFound):
        extract(tmp_path / "none", tmp_path / "out", watch=Watch())


# -- any archive

PARTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Co", "Cn"), exclude_characters="/\\:"), min_size=1, max_size=12
).filter(lambda part: part not in (".", "..") and part.rstrip(". ").lower() != ".git")  # fmt: skip
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
CONTENTS = st.tuples(st.binary(max_size=300) | st.sampled_from([b"", b"x" * 70_000, bytes(60_000)]), st.booleans())


def apart(tree: Tree) -> Tree:
    """Those of a tree that no system takes for one another."""
    kept: Tree = {}
    seen: dict[str, str] = {}
    files: set[str] = set()
    for path, content in tree.items():
        steps = path.split("/")
        above = ["/".join(steps[:end]) for end in range(1, len(steps) + 1)]
        folded = [unicodedata.normalize("NFC", unicodedata.normalize("NFD", each).casefold()) for each in above]
        spelt = list(zip(folded, above, strict=True))
        if (
            folded[-1] not in seen
            and not files & set(folded)
            and all(seen.get(key, each) == each for key, each in spelt)
        ):
            seen |= dict(spelt)
            files.add(folded[-1])
            kept[path] = content
    return kept


TREES = st.dictionaries(PATHS, CONTENTS, max_size=8).map(apart)


def of_python(tree: Tree, *, seekable: bool = True) -> bytes:
    made = io.BytesIO()
    out = made if seekable else Unseekable(made)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:  # type: ignore[arg-type]
        for path, (data, runs) in tree.items():
            about = zipfile.ZipInfo(path)
            about.external_attr = (stat.S_IFREG | (0o755 if runs else 0o644)) << 16
            packed.writestr(about, data)
    return made.getvalue()


class Unseekable:
    """A pipe: what is written cannot be mended later."""

    def __init__(self, out: io.BytesIO) -> None:
        self.write, self.flush = out.write, out.flush


def of_tar(tree: Tree, form: int) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", format=form) as tar:
        for path, (data, runs) in tree.items():
            about = tarfile.TarInfo(path)
            about.size, about.mode = len(data), 0o755 if runs else 0o644
            tar.addfile(about, io.BytesIO(data))
    return made.getvalue()


@settings(max_examples=60)
@given(TREES)
def test_whatever_python_packs_comes_out_as_it_went_in(tree: Tree) -> None:
    for data in (
        of_python(tree), of_python(tree, seekable=False),
        *(of_tar(tree, form) for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)),
    ):  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            assert unpacked(data, Path(folder), ratio=10_000) == tree


@pytest.mark.parametrize("command", [["zip", "-q", "-r", "-X"], ["zip", "-q", "-r"], ["tar", "czf"], ["tar", "cf"]])
def test_whatever_the_tools_pack_comes_out_as_it_went_in(tmp_path: Path, command: list[str]) -> None:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not here")
    wanted: Tree = {
        "SKILL.md": (SKILL, False),
        "a/caf\u00e9 \u56fe.md": (b"x" * 5_000, False),
        "run.sh": (b"#!", True),
        "e": (b"", False),
    }
    wanted["/".join(["long" * 20] * 4)] = (b"deep", False)
    source = tmp_path / "source"
    for path, (data, runs) in wanted.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(data)
        (source / path).chmod(0o755 if runs else 0o644)
    subprocess.run(
        [*command, str(tmp_path / "packed.zip"), "."], cwd=source, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    assert unpacked((tmp_path / "packed.zip").read_bytes(), tmp_path) == wanted


SOUND = [
    skill(Packed(b"charts/run.sh", b"#!/bin/sh\n" * 50, stat.S_IFREG | 0o755), Packed(b"a/", b"")),
    skill(Packed(b"charts/x", b"y" * 40, flags=0x0808)),
    archives._many(3),
    archives.taped(Taped("charts/SKILL.md", SKILL), Taped("a" * 120, b"x"), packed=False),
    tape(Taped("charts/run.sh", b"x")),
]


@pytest.mark.slow
@pytest.mark.parametrize("data", [SOUND[0], SOUND[1], SOUND[4]], ids=["zip", "zip with sizes behind", "tar.gz"])
def test_an_archive_that_is_cut_anywhere_is_refused_and_one_flipped_bit_changes_no_name_and_no_byte(
    tmp_path: Path, data: bytes
) -> None:
    wanted = {path: content for path, (content, _) in unpacked(data, tmp_path).items()}
    shutil.rmtree(tmp_path / "in")
    for end in range(len(data)):
        with pytest.raises(Refused):
            unpacked(data[:end], tmp_path)
    for place in range(len(data)):
        for bit in (1, 4, 128):
            made = bytearray(data)
            made[place] ^= bit
            try:
                found = unpacked(bytes(made), tmp_path)
            except Refused:
                continue
            assert {path: content for path, (content, _) in found.items()} == wanted
            shutil.rmtree(tmp_path / "in")


@settings(max_examples=150)
@given(
    st.sampled_from(SOUND), st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=4), st.integers(0, 300), st.binary(max_size=4)
)  # fmt: skip
def test_whatever_is_done_to_an_archive_it_is_refused_or_stays_in_its_place(
    data: bytes, changes: list[tuple[int, int]], cut: int, more: bytes
) -> None:
    made = bytearray(data)
    for place, value in changes:
        made[place % len(made)] = value
    if cut % 3 == 0:
        del made[len(made) - cut // 3 :]
    made += more if cut % 5 == 0 else b""
    with tempfile.TemporaryDirectory() as folder:
        try:
            unpacked(bytes(made), Path(folder))
        except WorkbenchError:
            assert below(Path(folder)) == ["in", "it.zip"]
        else:
            assert sorted(path.name for path in Path(folder).iterdir()) == ["in", "it.zip"]
            assert [path.name for path in (Path(folder) / "in").iterdir()] == ["out"]


# -- notes about entries of a tar


def _noted(count: int) -> bytes:
    """A tar of so many notes of 64 KiB, 13,000 lines each, before its one file."""
    note = Taped("note", b"5 a=\n" * 13_107, kind=tarfile.XHDTYPE)
    return taped(*[note] * count, Taped("charts/SKILL.md", SKILL))


def test_notes_without_end_are_refused_before_they_are_read(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="more in notes about its entries"):
        unpacked(_noted(3), tmp_path, entries=80)
    assert unpacked(_noted(2), tmp_path, entries=80)["charts/SKILL.md"][0] == SKILL


def test_whoever_gives_up_does_not_wait_for_the_first_entry(tmp_path: Path) -> None:
    file, watch = tmp_path / "it.tar.gz", Watch()
    file.write_bytes(taped(Taped("note", b"5 a=\n", kind=tarfile.XHDTYPE)))
    watch.cancel()
    with pytest.raises(Cancelled):
        extract(file, tmp_path / "out", watch=watch)


def test_an_empty_member_of_gzip_that_ends_a_block_does_not_end_the_archive(tmp_path: Path) -> None:
    tar = taped(Taped("charts/SKILL.md", SKILL), packed=False)
    begin, nothing = gzip.compress(tar[:512], mtime=0), gzip.compress(b"", mtime=0)
    left = tarred.BLOCK - len(begin) - len(nothing)
    named = nothing[:3] + b"\x08" + nothing[4:10] + b"n" * (left - len(nothing) - 1) + b"\0" + nothing[10:]
    assert len(begin + named + nothing) == tarred.BLOCK
    made = begin + named + nothing + gzip.compress(tar[512:], mtime=0)
    assert unpacked(made, tmp_path)["charts/SKILL.md"][0] == SKILL
