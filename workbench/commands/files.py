"""Files of skills and of their working folders, for a page. A change to a skill's file is a version of the skill."""

from __future__ import annotations

import asyncio
import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from workbench.clock import iso
from workbench.commands.registry import command
from workbench.commands.skills_shapes import InstanceId
from workbench.errors import HomeUnusable, InvalidRequest, Refused
from workbench.protocol.screen import Model
from workbench.skills.changes import scratch_of
from workbench.skills.intake.incoming import Incoming
from workbench.skills.tree import files
from workbench.skills.tree.files import digest

if TYPE_CHECKING:
    from workbench.app import Workbench

MAX_FILE_NAME: Final = 255
"""Bytes; what file systems take."""

PathText = Annotated[
    str, Field(min_length=1, max_length=4096, description="Absolute, in the skills folder or a skill's working folder.")
]


class OfPath(Model):
    """A file or a folder."""

    path: PathText


class ListFiles(OfPath):
    """A folder; with `deep`, all that lies below it."""

    deep: bool = False


class FileEntry(Model):
    """What lies in a folder, by its path below it."""

    path: str
    kind: Literal["file", "folder", "link", "other"]
    size: int
    modified_at: str


class FileList(Model):
    """What lies in a folder."""

    path: str
    files: list[FileEntry] = Field(description="By path.")
    more: bool = Field(description="There are more than 10,000.")


class FileText(Model):
    """A file as text."""

    path: str
    text: str
    size: int
    digest: str


class FileBytes(Model):
    """A file as it is."""

    path: str
    base64: str
    size: int
    digest: str


class WriteText(OfPath):
    """A text for a file, which is made if it is not there. With `base`, only onto a file with that digest."""

    text: str
    base: str | None = None
    instance: InstanceId = None


class WriteBytes(OfPath):
    """The same with bytes, which stay as they are."""

    base64: str
    base: str | None = None
    instance: InstanceId = None


class CopyFile(OfPath):
    """A file, and where a copy of it is to be."""

    to: PathText
    instance: InstanceId = None


class Attachment(Model):
    """A file that goes along with a prompt."""

    name: Annotated[
        str, Field(min_length=1, max_length=200, description="Its name alone; it may not begin with a dot.")
    ]
    base64: str


class Written(Model):
    """A file as it lies now, and the version that it made of a skill."""

    path: str
    size: int
    digest: str
    commit: str | None


@command("files.list", ListFiles, FileList)
async def list_files(bench: Workbench, request: ListFiles) -> FileList:
    """Lists what lies in a folder, or all that lies below it."""
    root, path = await _place(bench, request.path)
    found, more = await asyncio.to_thread(lambda: files.entries(root, path, deep=request.deep))
    rows = [
        FileEntry(path=_shown(each.path), kind=each.kind, size=each.size, modified_at=iso(each.modified))
        for each in found
    ]
    return FileList(path=request.path, files=rows, more=more)


@command("files.read", OfPath, FileText)
async def read(bench: Workbench, request: OfPath) -> FileText:
    """Reads a text file of up to 5 MiB."""
    data = await _read(bench, request.path)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused(
            "no_text",
            f"{Path(request.path).name} is no UTF-8 text.",
            remedy="Open it with another program, or read it with: workbench call files.read_base64.",
            path=request.path,
        ) from error
    return FileText(path=request.path, text=text, size=len(data), digest=digest(data))


@command("files.write", WriteText, Written)
async def write(bench: Workbench, request: WriteText) -> Written:
    """Writes a text file of up to 5 MiB."""
    try:
        data = request.text.encode()
    except UnicodeEncodeError as error:
        raise _bad("text", "holds half of a character") from error
    return await _write(bench, request.path, data, request.base, request.instance)


@command("files.copy", CopyFile, Written)
async def copy(bench: Workbench, request: CopyFile) -> Written:
    """Copies a file of up to 5 MiB."""
    data = await _read(bench, request.path)
    return await _write(bench, request.to, data, None, request.instance)


@command("files.read_base64", OfPath, FileBytes)
async def read_base64(bench: Workbench, request: OfPath) -> FileBytes:
    """Reads any file of up to 5 MiB."""
    data = await _read(bench, request.path)
    return FileBytes(path=request.path, base64=base64.b64encode(data).decode(), size=len(data), digest=digest(data))


@command("files.write_base64", Attachment, Written)
async def write_base64(bench: Workbench, request: Attachment) -> Written:
    """Keeps a file that goes along with a prompt, in a folder of its own."""
    name = request.name
    if (
        name.startswith(".")
        or not name.isprintable()
        or {"/", "\\"} & set(name)
        or len(name.encode("utf-8", "replace")) > MAX_FILE_NAME
    ):
        raise _bad("name", "must be one file name that does not begin with a dot")
    folder = bench.home.root / "chats" / "attachments" / bench.clock.new_id()
    data = _bytes(request.base64)
    files.check_size(folder / name, data)
    await asyncio.to_thread(lambda: folder.mkdir(mode=0o700, parents=True))
    return await _write(bench, str(folder / name), data, None, None)


@command("files.save_raw", WriteBytes, Written)
async def save_raw(bench: Workbench, request: WriteBytes) -> Written:
    """Writes bytes as they are, up to 5 MiB of them."""
    return await _write(bench, request.path, _bytes(request.base64), request.base, request.instance)


async def _place(bench: Workbench, path: str) -> tuple[Path, Path]:
    roots = [bench.skills_path(), scratch_of(bench.home), bench.home.root / "chats" / "attachments"]
    return await asyncio.to_thread(lambda: files.place(roots, path, bench.home.root))


async def _read(bench: Workbench, path: str) -> bytes:
    root, found = await _place(bench, path)
    return await asyncio.to_thread(lambda: files.read(root, found))


async def _write(bench: Workbench, path: str, data: bytes, base: str | None, instance: str | None) -> Written:
    root, found = await _place(bench, path)
    files.check_size(found, data)
    files.check_target(found)
    skill = await asyncio.to_thread(lambda: bench.library.holding(found))
    if skill is not None:
        name, below = skill
        outcome = await asyncio.to_thread(
            lambda: bench.library.edit(
                name, lambda _: data, path=below, word="written", base=base, instance=instance, make=True
            )
        )
        return Written(path=path, size=len(data), digest=digest(data), commit=outcome.commit)
    if root == bench.skills_path():
        await asyncio.to_thread(lambda: bench.library.put(found, data, base))
    else:
        await asyncio.to_thread(lambda: _save(bench, root, found, data, base))
    return Written(path=path, size=len(data), digest=digest(data), commit=None)


def _save(bench: Workbench, root: Path, path: Path, data: bytes, base: str | None) -> None:
    """Writes a working file or an attachment, made in a parcel of the home: what a kill leaves is swept by the next."""
    incoming = Incoming(bench.home, bench.clock)
    incoming.sweep()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with incoming.open() as parcel:
            files.save(root, path, data, parcel.folder, base)
    except OSError as error:
        raise HomeUnusable(
            f"{path.name[:80]!r} could not be written: {error.strerror or error}.",
            remedy=f"See that {root} can be written and has space, and that the name is not too long.",
            path=str(path),
            errno=error.errno,
        ) from error


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad("base64", "is not base64") from error


def _bad(where: str, what: str) -> InvalidRequest:
    return InvalidRequest(
        f"The {where} {what}.", remedy="Nothing was written.", problems=[{"path": where, "message": what}]
    )


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
