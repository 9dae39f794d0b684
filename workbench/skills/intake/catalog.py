"""Catalogues: files in a source that list its plugins, in four dialects that say nearly the same.

Idea: each is read into the same entries; what an entry means for the tree it lies in is `offers`' to find out. Invariant:
an entry is either a folder below the root or an address elsewhere, and none is dropped: one that makes no sense is a
problem with a sentence.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from workbench.errors import WorkbenchError
from workbench.skills.review.rules.rule import escaped
from workbench.skills.tree import beneath

Dialect = Literal["claude", "agents", "copilot", "cursor", "index"]

LOCATIONS: Final[Mapping[str, Dialect]] = {
    ".claude-plugin/marketplace.json": "claude",
    ".agents/plugins/marketplace.json": "agents",
    ".github/plugin/marketplace.json": "copilot",
    ".cursor-plugin/marketplace.json": "cursor",
}
INDEX: Final = ".well-known/agent-skills/index.json"
PLUGINS: Final = (
    ".claude-plugin/plugin.json",
    ".codex-plugin/plugin.json",
    ".cursor-plugin/plugin.json",
    ".github/plugin/plugin.json",
    ".plugin/plugin.json",
    "plugin.json",
)
LARGEST: Final = 5 * 1024 * 1024
MOST: Final = 10_000
"""So many entries of one catalogue are read; the largest known one has 300."""
_DEEPEST: Final = 60
_NESTED: Final = re.compile(rb"[\[{]")
_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")
_SHOWN: Final = 200


@dataclass(frozen=True)
class Elsewhere:
    """A source that is not in this one. `address` is what to give to an import; a commit (`sha`) counts over a `ref`."""

    address: str
    reachable: bool = True
    """False for what cannot be imported from here: a package of another language, a kind that is not known."""


@dataclass(frozen=True)
class Entry:
    """A plugin, or a skill, as a catalogue lists it."""

    name: str
    source: str | Elsewhere
    """A path as it is written, from the root of the source; or elsewhere."""
    root: str = ""
    """What to put before the path when it does not exist as it is written."""
    skills: tuple[str, ...] = ()
    """Paths from the plugin's folder, each a skill or a folder of skills."""
    exhaustive: bool = False
    """These skills are all that it has, whatever else lies in its folder."""


@dataclass(frozen=True)
class Manifest:
    """One catalogue that was found, with what is wrong with it."""

    path: str
    dialect: Dialect
    name: str | None
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()


def read(root: Path) -> list[Manifest]:
    """The catalogues at the root of a source, in the order of their locations; a site's index where there are none."""
    found = ((path, dialect, _load(root, path)) for path, dialect in LOCATIONS.items())
    read = [_manifest(path, dialect, loaded) for path, dialect, loaded in found if loaded is not None]
    return read or [*_index(root)]


def _index(root: Path) -> Iterator[Manifest]:
    """What was fetched from a site lies beside its index, a folder a skill. An index that lies so otherwise is none."""
    loaded = _load(root, INDEX)
    listed = loaded.get("skills") if isinstance(loaded, dict) else None
    names = (
        [_text(each.get("name")) for each in listed[:MOST] if isinstance(each, dict)]
        if isinstance(listed, list)
        else []
    )
    entries = tuple(Entry(name, name) for name in names if name and "/" not in name)
    if any((root / entry.name).is_dir() for entry in entries):
        yield Manifest(INDEX, "index", None, entries)


def plugin_skills(root: Path, folder: str) -> tuple[str, ...]:
    """The skills that a plugin's own manifests name, as paths from its folder."""
    loaded = (_load(root, posixpath.join(folder, path)) for path in PLUGINS)
    return _unique(path for each in loaded if isinstance(each, dict) for path in _paths(each.get("skills")))


# -- reading


def _load(root: Path, path: str) -> dict[str, Any] | str | None:
    """A manifest's JSON; None when there is none, a sentence when it cannot be read."""
    if not os.path.lexists(root / path):
        return None
    try:
        return _parsed(beneath.read(root, root / path, limit=LARGEST).data)
    except WorkbenchError as error:
        return error.message


def _parsed(data: bytes) -> dict[str, Any] | str:
    try:
        text = data.decode("utf-8-sig")
        if len(_NESTED.findall(data)) > _DEEPEST and _depth(text) > _DEEPEST:
            return "It is nested deeper than any catalogue."
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"It is no JSON: {error}."[:_SHOWN]
    return loaded if isinstance(loaded, dict) else "It is no JSON object."


def _depth(text: str) -> int:
    """How deep brackets are nested at most; those in strings count too, which does no harm."""
    deepest = depth = 0
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        if found[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] in "]}":
            depth -= 1
    return deepest


def _manifest(path: str, dialect: Dialect, loaded: dict[str, Any] | str) -> Manifest:
    if isinstance(loaded, str):
        return Manifest(path, dialect, None, problems=(loaded,))
    plugins, name = loaded.get("plugins"), _name(loaded)
    if not isinstance(plugins, list):
        return Manifest(path, dialect, name, problems=("It has no list of plugins.",))
    entries: list[Entry] = []
    problems: list[str] = []
    metadata = loaded.get("metadata")
    prefix = (_text(metadata.get("pluginRoot")) if isinstance(metadata, dict) else None) or ""
    for number, plugin in enumerate(plugins[:MOST], 1):
        entry = _entry(plugin, prefix)
        if isinstance(entry, Entry):
            entries.append(entry)
        else:
            problems.append(f"Entry {number} {entry}")
    if len(plugins) > MOST:
        problems.append(f"Only the first {MOST:,} of its {len(plugins):,} entries were read.")
    return Manifest(path, dialect, name, tuple(entries), tuple(problems))


def _entry(plugin: Any, prefix: str) -> Entry | str:
    if not isinstance(plugin, dict):
        return "is no plugin."
    name = _name(plugin)
    source = _source(plugin.get("source"))
    if source is None:
        if name is None or "source" in plugin:
            return f"({name or 'without a name'}) does not say where it lies."
        source = str(plugin["name"])
    skills = _unique(_paths(plugin.get("skills")))
    shown = name or (source if isinstance(source, str) else source.address)
    return Entry(shown, source, prefix, skills, exhaustive=plugin.get("strict") is False and bool(skills))


def _source(source: Any) -> str | Elsewhere | None:
    if isinstance(source, str):
        return Elsewhere(source) if "://" in source or source.startswith("git@") else source or None
    if not isinstance(source, dict):
        return None
    kind = _text(source.get("source")) or _text(source.get("type")) or ""
    return _here(source, kind) or _elsewhere(source, kind)


def _here(source: dict[str, Any], kind: str) -> str | None:
    """A path in this source, in one of the ways in which it is written as an object."""
    path, url = _text(source.get("path")), _text(source.get("url"))
    if kind in ("local", "directory", "file", "relative"):
        return path
    if kind == "." or kind.startswith("./"):
        return kind
    if kind == "url" and url is not None and (url == "." or url.startswith(("./", "../"))):
        return posixpath.join(url, path) if path else url
    return None


def _elsewhere(source: dict[str, Any], kind: str) -> Elsewhere | None:
    if kind in ("npm", "pip", "pypi"):
        version = _text(source.get("version"))
        package = f"{kind}:{_text(source.get('package')) or '?'}"
        return Elsewhere(f"{package}@{version}" if version else package, reachable=False)
    where = _text(source.get("repo")) or _text(source.get("url"))
    if where is None:
        return None
    at = _text(source.get("sha")) or _text(source.get("commit")) or _text(source.get("ref"))
    address, takes = _address(where, at, _text(source.get("path")))
    return Elsewhere(address, takes and kind in ("github", "url", "git", "git-subdir"))


def _address(where: str, at: str | None, path: str | None) -> tuple[str, bool]:
    """One text that says where, which version and which folder, and whether an import takes it."""
    on_github = where.removeprefix("https://github.com/").removesuffix("/").removesuffix(".git")
    below = quote(posixpath.normpath(path).strip("/"), errors="replace") if path else "."
    version = f"#{at}" if at else ""
    if _REPOSITORY.fullmatch(on_github):
        if below != ".":
            return f"https://github.com/{on_github}/tree/{at or 'HEAD'}/{below}", True
        return on_github + version, True
    if below == ".":
        return where + version, True
    if where.startswith("https://"):
        return f"{where.removesuffix('/').removesuffix('.git')}/-/tree/{at or 'HEAD'}/{below}", True
    return f"{where}{version} ({below})", False


def _paths(value: Any) -> list[str]:
    """Paths that are given as one text, or several; a map of one path each, as some write them."""
    if isinstance(value, str):
        return [value] if value else []
    if not isinstance(value, list):
        return []
    return [found for each in value[:MOST] if (found := _text(each.get("path") if isinstance(each, dict) else each))]


def _unique(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paths))


def _name(of: dict[str, Any]) -> str | None:
    """A name as it can be shown anywhere."""
    found = _text(of.get("name"))
    return escaped(found[:_SHOWN]) if found else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value and "\0" not in value else None
