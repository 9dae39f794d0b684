"""What the disk says about each kind of change, and what follows from it for git and the rows.

Each function is the second half of a change and the repair of one that was cut short; it decides from what lies where,
never from what was meant. All are idempotent: git and rows are told how things are, not what to do.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import apsw

from workbench.skills import runs_table, table
from workbench.skills.changes import Follow, Outcome, Settle, Site, stays
from workbench.skills.drift import completed
from workbench.skills.intake import origins_table
from workbench.skills.skill import FILE, parse
from workbench.skills.table import Intent
from workbench.skills.tree import beneath
from workbench.skills.tree.beneath import blob, blobs
from workbench.skills.tree.digest import digest
from workbench.skills.tree.disk import permissions, write
from workbench.skills.tree.folder import LINK_MODE, SCRIPT_MODE, Blob
from workbench.skills.versions.goback import IGNORES, is_link, version_of
from workbench.skills.versions.repository import ASIDE, Entry


def created(site: Site, intent: Intent) -> Outcome:
    """It has happened when the folder has left its staging place."""
    name, facts = intent.name, intent.facts
    if os.path.lexists(site.staging(intent) / name) or not site.folder(name).is_dir():
        return Outcome()
    (site.scratch / name / "context").mkdir(parents=True, exist_ok=True)
    commit = site.repository.commit(f"{name}: {facts['word']}", everything(site, name))

    def rows(connection: apsw.Connection) -> None:
        if table.find(connection, name) is None:
            skill = table.add(connection, name, facts["source"], site.now, purpose=facts["purpose"])
            table.set_tags(connection, skill, facts["tags"])
            if facts["source"] == "skill-builder":
                runs_table.start_run(connection, skill, site.now, **facts.get("run", {}))

    return Outcome(rows, commit, happened=True)


def edited(site: Site, intent: Intent) -> Outcome:
    """One file was put in place of another, or it was not: git is told what is there."""
    if any(site.staging(intent).glob("*")):
        return Outcome()
    path = intent.facts["path"]
    commit = site.repository.commit(intent.facts["message"], {path: blob(site.root, site.root / path)})
    return Outcome(lambda connection: table.touch(connection, intent.name, site.now), commit, happened=True)


def put(site: Site, intent: Intent) -> Outcome:
    """A file that is no skill's: git and the rows know nothing of it."""
    return Outcome(happened=not any(site.staging(intent).glob("*")))


def renamed(site: Site, intent: Intent, follow: Follow = stays) -> Outcome:
    """It has happened when the old folder is gone and the new one is there; then the name in it follows, and so does
    what others keep under the old name.
    """
    old, new = intent.name, intent.facts["new"]
    if os.path.lexists(site.folder(old)) or not site.folder(new).is_dir():
        return Outcome()
    file = site.folder(new) / FILE
    changes: dict[str, Blob | None] = {}
    found = blob(site.root, file)
    if found is not None and found.mode != LINK_MODE:
        document = parse(found.data, folder=new)
        after = document.set("name", new)
        if after is not document:
            staging = site.staging(intent)
            staging.mkdir(exist_ok=True)
            (staging / "file").unlink(missing_ok=True)
            write(staging / "file", after.to_bytes(), permissions(file))
            beneath.lay(site.root, file, staging / "file")
        changes[f"{new}/{FILE}"] = blob(site.root, file)
    commit = site.repository.commit(f"{new}: renamed from {old}", changes, renames={old: new})
    scratch = site.scratch / old
    if scratch.is_dir() and not (site.scratch / new).exists():
        scratch.rename(site.scratch / new)

    made = digest(site.folder(new)) if intent.facts.get("as_it_came") else None

    def rows(connection: apsw.Connection) -> None:
        table.rename(connection, old, new, site.now)
        if made is not None:
            origins_table.renamed(connection, new, made)
        follow(connection, old, new)

    return Outcome(rows, commit, happened=True)


def deleted(site: Site, intent: Intent) -> Outcome:
    """It has happened when the folder lies in the trash, or was not there to begin with."""
    name, entry = intent.name, intent.facts["trash"]
    if os.path.lexists(site.folder(name)):
        _remove_empty(site, entry)
        return Outcome()
    lies = entry if site.trash(entry).exists() else None
    if (site.scratch / name).is_dir():
        (site.scratch / ASIDE).mkdir(exist_ok=True)
        (site.scratch / name).rename(site.scratch / ASIDE / entry)
    gone: dict[str, Blob | None] = dict.fromkeys(site.repository.known(name))
    commit = site.repository.commit(f"{name}: {intent.facts['word']}", gone)
    return Outcome(lambda connection: table.discard(connection, name, lies, site.now), commit, happened=True)


def brought_back(site: Site, intent: Intent) -> Outcome:
    """It has happened when the folder has left the trash, or was not there to begin with."""
    name, entry, facts = intent.name, intent.facts["trash"], intent.facts
    if not os.path.lexists(site.folder(name)) or (entry and os.path.lexists(site.trash(entry) / name)):
        return Outcome()
    if entry is not None:
        _remove_empty(site, entry)
        if (site.scratch / ASIDE / entry).is_dir() and not (site.scratch / name).exists():
            (site.scratch / ASIDE / entry).rename(site.scratch / name)
    commit = site.repository.commit(f"{name}: restored from the trash", everything(site, name))
    is_skill = not facts.get("folder") or (site.folder(name) / FILE).is_file()

    def rows(connection: apsw.Connection) -> None:
        if is_skill:
            table.bring_back(connection, facts["skill"], site.now)
        else:
            table.forget(connection, facts["skill"])  # it was a folder that is none, and is one again

    return Outcome(rows, commit, happened=True)


def restored(site: Site, intent: Intent) -> Outcome:
    """A version is laid out file by file, over and over until it is there; which files it takes away was decided before.
    What it would write over and no version has, whether it was changed before this began or after it was cut short,
    becomes a version first. What says which files git is to leave alone comes last, so that it is the same all the while.
    """
    name, facts = intent.name, intent.facts
    folder = site.folder(name)
    if folder.is_symlink():
        raise is_link(folder)
    wanted = version_of(site.repository, facts["version"], facts["path"])
    found = blobs(folder)
    lost = {path: None for path in facts.get("drops", ()) if path not in wanted}
    changes = {path: each for path, each in {**lost, **wanted}.items() if found.get(path) != each}
    save_unknown(site, name, {path: found[path] for path in changes if path in found})
    staging = site.staging(intent)
    staging.mkdir(exist_ok=True)
    for path in sorted(changes, key=lambda path: (path.endswith(IGNORES), path in wanted, path)):
        lay(site, folder / path, changes[path], staging)
    kept = wanted.keys() | (found.keys() - lost.keys())
    gone = [path for path in site.repository.known(name) if path[len(name) + 1 :] not in kept]
    laid = {f"{name}/{path}": each for path, each in wanted.items()}
    commit = site.repository.commit(facts["message"], {**dict.fromkeys(gone), **laid})
    return Outcome(lambda connection: table.touch(connection, name, site.now), commit, happened=True)


def save_unknown(site: Site, name: str, files: Mapping[str, Blob]) -> str | None:
    """A version of what was changed behind Workbench's back, of these files of a skill."""
    known = site.repository.entries(name)
    length = len(next(iter(known.values())).sha) if known else 40
    unknown = {
        f"{name}/{path}": each
        for path, each in files.items()
        if known.get(f"{name}/{path}") != Entry(each.mode, each.sha(length))
    }
    return site.repository.commit(f"{name}: changed outside of Workbench", unknown) if unknown else None


def set_aside(site: Site, intent: Intent) -> Outcome:
    """An unknown folder: it has happened when it lies in the trash."""
    name, entry = intent.name, intent.facts["trash"]
    if not os.path.lexists(site.trash(entry) / name):
        _remove_empty(site, entry)
        return Outcome()
    gone: dict[str, Blob | None] = dict.fromkeys(site.repository.known(name))
    commit = site.repository.commit(f"{name}: moved to the trash", gone)
    return Outcome(lambda connection: table.discarded(connection, name, entry, site.now), commit, happened=True)


def adopted(site: Site, intent: Intent) -> Outcome:
    """A folder that was found becomes a skill. What a person has in git already is left to them."""
    name, facts = intent.name, intent.facts
    if not (site.folder(name) / FILE).is_file():
        return Outcome()
    commit = None if facts["known"] else site.repository.commit(f"{name}: added to the library", everything(site, name))

    def rows(connection: apsw.Connection) -> None:
        if table.find(connection, name) is None:
            skill = table.add_again(connection, name, facts["source"], site.now)
            if facts["finished"]:
                runs_table.set_run(connection, skill, completed(), site.now)

    return Outcome(rows, commit, happened=True)


KINDS: Final[dict[str, Settle]] = {
    "create": created,
    "edit": edited,
    "put": put,
    "rename": renamed,
    "delete": deleted,
    "bring_back": brought_back,
    "restore": restored,
    "set_aside": set_aside,
    "adopt": adopted,
}


def everything(site: Site, name: str) -> dict[str, Blob | None]:
    """A skill's folder as it lies there, for a commit of all of it: what git knew and is gone is gone."""
    found = {f"{name}/{path}": each for path, each in blobs(site.folder(name)).items()}
    return {**dict.fromkeys(path for path in site.repository.known(name) if path not in found), **found}


def lay(site: Site, path: Path, wanted: Blob | None, staging: Path) -> None:
    """A file with this content and mode, or none."""
    if wanted is None:
        beneath.remove(site.root, path)
        return
    made = staging / "file"
    made.unlink(missing_ok=True)
    if wanted.mode == LINK_MODE:
        made.symlink_to(os.fsdecode(wanted.data))
    else:
        write(made, wanted.data, 0o755 if wanted.mode == SCRIPT_MODE else 0o644)
    beneath.lay(site.root, path, made)


def _remove_empty(site: Site, entry: str) -> None:
    if site.trash(entry).is_dir() and not any(site.trash(entry).iterdir()):
        shutil.rmtree(site.trash(entry), ignore_errors=True)
