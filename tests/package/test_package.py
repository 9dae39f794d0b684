"""What `pip install` puts on a machine: the extension, the server's part, the command; and what the texts promise."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import workbench

ROOT = Path(__file__).parents[2]
SHARE = "share/jupyter/labextensions/@jupyter-workbench/lab"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist and the wheel of this tree, with the front end that `make setup` has built."""
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return out


def without_node(tmp_path: Path) -> dict[str, str]:
    """An environment in which no Node is found."""
    tools = tmp_path / "tools"
    tools.mkdir()
    return {"PATH": f"{tools}:/usr/sbin:/sbin", "HOME": str(tmp_path), "WORKBENCH_HOME": str(tmp_path / "home")}


def installed(source: Path, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A venv that sees this one's libraries and has Workbench itself from `source` alone."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    site = next((venv / "lib").glob("python*")) / "site-packages"
    libraries = Path(sys.executable).parent.parent / "lib" / site.parent.name / "site-packages"
    environment = without_node(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install", "--quiet", "--no-deps",
         "--no-build-isolation", "--no-index", str(source)],
        capture_output=True, text=True, cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(libraries)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    # Not a .pth of that folder's own: it would make this tree importable as well.
    (site / "libraries.pth").write_text(f"{libraries}\n")
    return venv, environment


def ask(venv: Path, environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [str(venv / "bin" / "python"), "-m", *words],
        capture_output=True, text=True, cwd=environment["HOME"],
        env={**environment, "PATH": f"{venv / 'bin'}:{environment['PATH']}", "JUPYTER_PREFER_ENV_PATH": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)


@pytest.mark.slow
def test_a_wheel_holds_the_extension_once_the_widget_and_the_servers_configuration(built: Path):
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()

    assert any(name.endswith(f"{SHARE}/package.json") for name in names)
    assert any(name.endswith(f"{SHARE}/install.json") for name in names)
    assert any(name.endswith("etc/jupyter/jupyter_server_config.d/workbench.json") for name in names)
    assert {"workbench/hosts/static/widget.js", "workbench/hosts/static/charts.js"} <= set(names)
    assert "workbench/sidecar/recordings/tour.jsonl" in names
    assert "workbench/py.typed" in names
    assert not any(name.startswith("workbench/labextension/") for name in names)


@pytest.mark.slow
def test_a_wheel_holds_every_definition_prompt_and_recording_of_workflows(built: Path):
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())

    data = [
        path for path in (ROOT / "workbench" / "workflows").rglob("*") if path.is_file() and path.suffix[:3] != ".py"
    ]
    assert {path.name for path in data} >= {"workflow.toml", "research.md", "draft.md"}
    assert {path.relative_to(ROOT).as_posix() for path in data} <= names


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_an_installed_package_is_enabled_in_lab_and_server_without_node(built: Path, tmp_path: Path, kind: str):
    venv, environment = installed(next(built.glob(kind)), tmp_path)

    assert re.search(
        r"@jupyter-workbench/lab v\S+ enabled OK", ask(venv, environment, "jupyterlab.labextensions", "list")
    )
    assert re.search(r"workbench enabled", ask(venv, environment, "jupyter_server.extension.serverextension", "list"))
    assert str(venv) in ask(venv, environment, "workbench", "call", "dependencies.runtime")


@pytest.mark.slow
def test_an_sdist_holds_what_a_build_without_node_needs(built: Path):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = archive.getnames()

    assert any(name.endswith("/workbench/labextension/package.json") for name in names)
    assert any(name.endswith("/workbench/hosts/static/widget.js") for name in names)
    assert any(name.endswith("/workbench/hosts/static/charts.js") for name in names)
    assert not any("/node_modules/" in name for name in names)


def test_the_version_is_one():
    package = json.loads((ROOT / "extension" / "package.json").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert workbench.__version__ == package["version"] == project["version"]
    assert workbench.__version__ in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("text", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"])
def test_what_the_texts_link_to_is_there(text: str):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / text).read_text())

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_no_file_names_a_machine_or_a_registry_host():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    hosts = re.compile(rb"registry\.(npmjs|yarnpkg)\.|files\.pythonhosted\.|__archiveUrl")

    assert [
        name.decode() for name in listed.split(b"\0") if name and hosts.search((ROOT / os.fsdecode(name)).read_bytes())
    ] == ["tests/package/test_package.py"]
