"""Catalogues as the clients' marketplaces read them: one plugin a skill, in the dialects of Claude, Codex and Copilot.

Idea: all three say the same of the same tree, `plugins/<name>/skills/<name>`; a dialect is where its manifests lie and what
they are called in. So several can lie in one folder. Invariant: a catalogue is made of the skills' names and front matter alone,
and of who it is: that is settled when it is new, so whoever makes it again of the same skills makes the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.skills.document.entries import Unfit, read_whole
from workbench.skills.document.lint import suggested
from workbench.skills.skill import SkillDocument

_VERSION: Final = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_TRUE: Final = frozenset(["true", "yes", "on", "1"])
_POLICY: Final = "agents/openai.yaml"
_IMPLICIT: Final = "allow_implicit_invocation"


PLUGINS: Final = "plugins"
"""The folder in a catalogue that its plugins lie in."""


@dataclass(frozen=True)
class Plugin:
    """A skill as a catalogue lists it."""

    skill: str
    name: str
    description: str
    version: str | None
    license: str | None

    @classmethod
    def of(cls, skill: str, document: SkillDocument) -> Plugin:
        fields = document.fields
        metadata = fields.get("metadata")
        versions = [fields.get("version"), metadata.get("version") if isinstance(metadata, dict) else None]
        version = next((each for each in versions if isinstance(each, str) and _VERSION.fullmatch(each)), None)
        said = fields.get("license")
        description = " ".join((document.description or skill).split())
        return cls(skill, plugin_name(skill), description, version, said if isinstance(said, str) else None)

    @property
    def source(self) -> str:
        return f"./{plugin_folder(self.skill)}"

    def facts(self, *more: str) -> dict[str, Any]:
        """What a manifest says of it; `more` names what not every one says."""
        told = {"name": self.name, "description": self.description}
        return told | {key: value for key in ("version", *more) if (value := getattr(self, key)) is not None}


@dataclass(frozen=True)
class Identity:
    """Who a catalogue is to those that have subscribed to it."""

    name: str
    owner: Mapping[str, Any]

    @classmethod
    def new(cls, target: Path, owner: str) -> Identity:
        """Of a catalogue that shall lie in this folder."""
        return cls(suggested(target.name) or "skills", {"name": owner})

    def kept(self, catalogue: bytes) -> Identity:
        """The one that a catalogue has already, as far as it can be read."""
        try:
            told = json.loads(catalogue)
        except (ValueError, RecursionError):
            return self
        if not isinstance(told, dict):
            return self
        name, owner = told.get("name"), told.get("owner")
        if not (isinstance(owner, dict) and isinstance(owner.get("name"), str) and owner["name"]):
            owner = self.owner
        return Identity(name if isinstance(name, str) and name else self.name, owner)


@dataclass(frozen=True)
class Dialect:
    """What one client's marketplace reads: where its list lies, where a plugin's manifest does, and what they say."""

    catalogue: str
    manifest: str
    listing: Callable[[Identity, Sequence[Plugin]], dict[str, Any]]
    plugin: Callable[[Plugin], dict[str, Any]]
    policy: str = _POLICY
    maps_policy: bool = False

    def files(self, identity: Identity, plugins: Sequence[Plugin]) -> dict[str, bytes]:
        """The manifests, by their path below the catalogue's folder."""
        each = {f"{plugin_folder(one.skill)}/{self.manifest}": _json(self.plugin(one)) for one in plugins}
        return {**each, self.catalogue: _json(self.listing(identity, plugins))}

    def inside(self, document: SkillDocument, policy: bytes | None) -> dict[str, bytes]:
        """Files to put into the skill itself: what its front matter tells one client and this one reads elsewhere."""
        if not self.maps_policy or not _only_asked(document):
            return {}
        made = with_policy(policy)
        return {} if made is None else {self.policy: made}


def plugin_name(skill: str) -> str:
    """What a skill is called as a plugin."""
    return suggested(skill) or "skill"


def plugin_folder(skill: str) -> str:
    """Where the plugin of a skill lies in a catalogue."""
    return f"{PLUGINS}/{skill}"


def folder_of(skill: str) -> str:
    """Where a skill lies in a catalogue."""
    return f"{plugin_folder(skill)}/skills/{skill}"


def with_policy(found: bytes | None) -> bytes | None:
    """A skill's settings for Codex that let it be used only when it is asked for; None where they speak for themselves."""
    if found is None:
        return f"policy:\n  {_IMPLICIT}: false\n".encode()
    text = found.decode("utf-8", "surrogateescape")
    try:
        entries = read_whole(text, 0, len(text)).entries
    except Unfit:
        return None
    policy = next((entry for entry in entries if entry.key == "policy"), None)
    if policy is None:
        made = text + ("" if not text or text.endswith("\n") else "\n") + f"policy:\n  {_IMPLICIT}: false\n"
    elif policy.style == "block-map" and not any(each.key == _IMPLICIT for each in policy.children):
        first = policy.children[0]
        made = f"{text[: first.line_begin]}{' ' * first.column}{_IMPLICIT}: false\n{text[first.line_begin :]}"
    else:
        return None
    return made.encode("utf-8", "surrogateescape")


def _only_asked(document: SkillDocument) -> bool:
    said = document.fields.get("disable-model-invocation")
    return isinstance(said, str) and said.strip().lower() in _TRUE


# -- the dialects


def _claude(identity: Identity, plugins: Sequence[Plugin]) -> dict[str, Any]:
    return {
        "name": identity.name,
        "owner": identity.owner,
        "plugins": [{**one.facts(), "source": one.source} for one in plugins],
    }


def _codex(identity: Identity, plugins: Sequence[Plugin]) -> dict[str, Any]:
    return {
        "name": identity.name,
        "interface": {"displayName": _title(identity.name)},
        "plugins": [
            {
                "name": one.name,
                "source": {"source": "local", "path": one.source},
                "policy": {"installation": "AVAILABLE", "authentication": "ON_INSTALL"},
                "category": "Productivity",
            }
            for one in plugins
        ],
    }


def _copilot(identity: Identity, plugins: Sequence[Plugin]) -> dict[str, Any]:
    return {
        "name": identity.name,
        "metadata": {"description": f"Skills of {identity.owner['name']}"},
        "owner": identity.owner,
        "plugins": [{**one.facts(), "source": one.source} for one in plugins],
    }


def _codex_plugin(one: Plugin) -> dict[str, Any]:
    interface = {"displayName": _title(one.name), "shortDescription": one.description}
    return {"version": "0.0.0", **one.facts("license"), "skills": "./skills/", "interface": interface}


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


DIALECTS: Final[Mapping[str, Dialect]] = {
    "claude": Dialect(
        ".claude-plugin/marketplace.json",
        ".claude-plugin/plugin.json",
        _claude,
        lambda one: one.facts("license"),
    ),
    "codex": Dialect(
        ".agents/plugins/marketplace.json", ".codex-plugin/plugin.json", _codex, _codex_plugin, maps_policy=True
    ),
    "copilot": Dialect(
        ".github/plugin/marketplace.json",
        ".github/plugin/plugin.json",
        _copilot,
        lambda one: {**one.facts("license"), "skills": [f"./skills/{one.skill}"]},
    ),
}
