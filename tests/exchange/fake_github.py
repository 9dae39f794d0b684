"""A GitHub on 127.0.0.1: its API, its sign-in by device code, and its repositories over git's own protocol.

    with running(FakeGitHub(tmp_path / "github")) as github:
        repo = github.repo("octo/skills", {"charts/SKILL.md": "..."})
        repo.commit({"charts/SKILL.md": "..."}, branch="fix/colours")
        github.limit(remaining=0)                                  # every API call is now a 403, until limit() is lifted

`github.url` is where its pages and repositories are (https://github.com), `github.api` where its API is, `github.raw` where
its raw files are. A private repository answers as GitHub does: 404 from the API, 401 from git.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from sites import CHUNK, Json, Site

FILE, SCRIPT, LINK, SUBMODULE = "100644", "100755", "120000", "160000"
WHEN: Final = "Tester <tester@example.invalid> 1750000000 +0000"
Content = bytes | str | tuple[str, bytes | str]
"""A file's content; with another mode (SCRIPT, LINK, SUBMODULE), that and its content, target or commit."""


@dataclass
class Repo:
    """A bare repository, and how its server behaves."""

    full_name: str
    path: Path
    private: bool = False
    description: str | None = None
    stars: int = 0
    stall: str | None = None
    """`refs` or `pack`: what is asked for and never comes."""
    pause_s: float = 0
    """Between two pieces of a pack, each of 16 KiB."""
    issues: list[Json] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    closed_labels: bool = False
    """Who asks may make no labels, and those that there are not are left off their issues."""

    def commit(self, files: Mapping[str, Content], *, branch: str = "main", message: str = "Skills") -> str:
        """Makes a branch hold these files and no others; returns the commit."""
        ref = f"refs/heads/{branch}"
        known = self.git("for-each-ref", ref) != ""
        parts = [f"commit {ref}\ncommitter {WHEN}\n".encode(), _data(message.encode())]
        parts.append(f"from {ref}^0\n".encode() if known else b"")
        parts.append(b"deleteall\n")
        for name, content in files.items():
            mode, told = content if isinstance(content, tuple) else (FILE, content)
            data = told.encode() if isinstance(told, str) else told
            if mode == SUBMODULE:
                parts.append(b"M %s %s %s\n" % (mode.encode(), data, _path(name)))
            else:
                parts.append(b"M %s inline %s\n" % (mode.encode(), _path(name)) + _data(data))
        self.git("fast-import", "--quiet", "--force", given=b"".join(parts))
        return self.git("rev-parse", ref)

    def tag(self, name: str, of: str = "main") -> None:
        self.git("tag", name, of)

    def default(self, branch: str) -> None:
        """Which branch the repository's HEAD names."""
        self.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    @property
    def default_branch(self) -> str:
        return self.git("symbolic-ref", "--short", "HEAD")

    def git(self, *words: str, given: bytes = b"") -> str:
        return self.raw(*words, given=given).decode().strip()

    def raw(self, *words: str, given: bytes = b"") -> bytes:
        ran = subprocess.run(
            ["git", "-C", str(self.path), *_NAMED, *words], input=given, capture_output=True, check=True, env=_ENV
        )
        return ran.stdout

    def about(self, base: str) -> Json:
        """What the API says of it."""
        owner, name = self.full_name.split("/")
        return {
            "id": abs(hash(self.full_name)) % 10**9,
            "name": name,
            "full_name": self.full_name,
            "owner": {"login": owner, "avatar_url": f"{base}/avatars/{owner}", "type": "Organization"},
            "private": self.private,
            "description": self.description,
            "default_branch": self.default_branch,
            "html_url": f"{base}/{self.full_name}",
            "clone_url": f"{base}/{self.full_name}.git",
            "stargazers_count": self.stars,
            "size": 1,
            "archived": False,
            "pushed_at": "2026-11-01T00:00:00Z",
            "updated_at": "2026-11-01T00:00:00Z",
        }


_NAMED: Final = ("-c", "user.name=Tester", "-c", "user.email=tester@example.invalid")
_ENV: Final = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


def _path(name: str) -> bytes:
    """A path as fast-import reads it, whatever is in it."""
    escaped = os.fsencode(name).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


@dataclass
class Limit:
    """What is left of the calls of this hour; `status` and `retry_after` say how the refusal looks."""

    limit: int = 60
    remaining: int = 60
    reset: int = 0
    status: int = 403
    retry_after: int | None = None
    secondary: bool = False


@dataclass
class Device:
    """A sign-in by device code: a person types `user_code`; a program polls with the device code."""

    code: str
    user_code: str
    login: str | None = None
    error: str = "authorization_pending"
    scope: str = ""
    polls: int = 0


class FakeGitHub(Site):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.repos: dict[str, Repo] = {}
        self.moved: dict[str, str] = {}
        """Repositories that have got another name, by the old one."""
        self.tokens: dict[str, str] = {}
        """Who is signed in with which token."""
        self.limits = Limit()
        self.devices: dict[str, Device] = {}
        self.interval = 5
        """So many seconds to wait between two polls of a sign-in."""
        self.client_id = "Iv1.0123456789abcdef"
        """Of the one app that people may sign in with."""
        self.faults: list[tuple[re.Pattern[str], int, Json, dict[str, str]]] = []

    # -- for tests to arrange

    @property
    def api(self) -> str:
        return f"{self.url}/api/v3"

    @property
    def raw(self) -> str:
        return f"{self.url}/raw"

    def repo(self, full_name: str, files: Mapping[str, Content] | None = None, **about: Any) -> Repo:
        """A repository with these files on `main`; without any, an empty one."""
        path = self.folder / f"{full_name}.git"
        path.mkdir(parents=True)
        repo = Repo(full_name, path, **about)
        repo.git("init", "--quiet", "--bare", "--initial-branch=main")
        repo.git("config", "uploadpack.allowFilter", "true")
        self.repos[full_name] = repo
        if files is not None:
            repo.commit(files)
        return repo

    def token(self, login: str, token: str = "gho_0123456789abcdefghijklmnopqrstuvwxyz") -> str:
        """A token that this person has signed in with."""
        self.tokens[token] = login
        return token

    def limit(self, **how: Any) -> None:
        """Sets what is left of the rate limit; without arguments, all of it."""
        self.limits = Limit(**{"reset": int(time.time()) + 1800, **how})

    def fail(self, pattern: str, status: int, body: Json | None = None, **headers: str) -> None:
        """Makes every API path that matches answer so."""
        self.faults.append((re.compile(pattern), status, body or {"message": "Server Error"}, headers))

    def approve(self, login: str) -> str:
        """The person types the code of every sign-in that waits; the token that the program will get."""
        token = self.token(login)
        for device in self.devices.values():
            device.login = login
        return token

    def answer_polls(self, error: str) -> None:
        """What polls hear from now on: slow_down, expired_token, access_denied, authorization_pending."""
        for device in self.devices.values():
            device.error = error

    # -- answers

    def routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/login/device/code", self._device)
        router.add_post("/login/oauth/access_token", self._access)
        api = {
            ("GET", "/rate_limit"): self._rate,
            ("GET", "/user"): self._user,
            ("GET", "/user/emails"): self._emails,
            ("GET", "/user/repos"): self._mine,
            ("GET", "/search/repositories"): self._search,
            ("GET", "/repos/{owner}/{repo}"): self._about,
            ("GET", "/repos/{owner}/{repo}/branches"): self._branches,
            ("GET", "/repos/{owner}/{repo}/commits/{ref:.+}"): self._commit,
            ("GET", "/repos/{owner}/{repo}/contents/{path:.*}"): self._contents,
            ("GET", "/repos/{owner}/{repo}/git/trees/{ref:.+}"): self._tree,
            ("GET", "/repos/{owner}/{repo}/git/matching-refs/{prefix:.+}"): self._refs,
            ("GET", "/repos/{owner}/{repo}/labels"): self._labels,
            ("POST", "/repos/{owner}/{repo}/labels"): self._label,
            ("GET", "/repos/{owner}/{repo}/issues"): self._issues,
            ("POST", "/repos/{owner}/{repo}/issues"): self._issue,
        }
        for (method, path), answer in api.items():
            router.add_route(method, f"/api/v3{path}", self._guarded(answer))
        router.add_route("*", "/api/v3/{path:.*}", self._guarded(self._nothing))
        router.add_get("/raw/{owner}/{repo}/{rest:.+}", self._raw)
        router.add_get("/{owner}/{repo}/archive/{ref:.+}", self._archive)
        router.add_route("*", "/{owner}/{repo}/{rest:info/refs|git-upload-pack|git-receive-pack}", self._git)

    def _guarded(self, answer: Any) -> Any:
        async def guarded(request: web.Request) -> web.StreamResponse:
            path = request.path.removeprefix("/api/v3")
            headers = self._headers()
            for pattern, status, body, more in self.faults:
                if pattern.search(path):
                    return web.json_response(body, status=status, headers={**headers, **more})
            told = request.headers.get("Authorization")
            if told and self._login(request) is None:
                return web.json_response({"message": "Bad credentials"}, status=401, headers=headers)
            if path != "/rate_limit" and self.limits.remaining <= 0:
                return self._limited(headers)
            self.limits.remaining -= 1
            response = await answer(request)
            response.headers.update(self._headers())
            return response

        return guarded

    def _headers(self) -> dict[str, str]:
        limits = self.limits
        return {
            "X-RateLimit-Limit": str(limits.limit),
            "X-RateLimit-Remaining": str(max(0, limits.remaining)),
            "X-RateLimit-Used": str(limits.limit - max(0, limits.remaining)),
            "X-RateLimit-Reset": str(limits.reset),
            "X-RateLimit-Resource": "core",
        }

    def _limited(self, headers: dict[str, str]) -> web.Response:
        if self.limits.retry_after is not None:
            headers["Retry-After"] = str(self.limits.retry_after)
        said = "API rate limit exceeded for 127.0.0.1."
        if self.limits.secondary:
            said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        return web.json_response({"message": said}, status=self.limits.status, headers=headers)

    def _login(self, request: web.Request) -> str | None:
        kind, _, rest = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "basic":
            with contextlib.suppress(ValueError):
                rest = base64.b64decode(rest).decode().partition(":")[2]
        return self.tokens.get(rest)

    def _repo(self, request: web.Request) -> Repo:
        name = f"{request.match_info['owner']}/{request.match_info['repo'].removesuffix('.git')}"
        if name in self.moved:
            raise web.HTTPMovedPermanently(request.path_qs.replace(name, self.moved[name], 1))
        repo = self.repos.get(name)
        if repo is None or (repo.private and self._login(request) is None):
            raise web.HTTPNotFound(text='{"message": "Not Found"}', content_type="application/json")
        return repo

    async def _nothing(self, request: web.Request) -> web.Response:
        return web.json_response({"message": "Not Found"}, status=404)

    async def _rate(self, request: web.Request) -> web.Response:
        limits = self.limits
        core = {"limit": limits.limit, "remaining": max(0, limits.remaining), "reset": limits.reset, "used": 0}
        return web.json_response({"resources": {"core": core, "search": core}, "rate": core})

    async def _user(self, request: web.Request) -> web.Response:
        login = self._login(request)
        if login is None:
            return web.json_response({"message": "Requires authentication"}, status=401)
        about = {"login": login, "name": login.title(), "avatar_url": f"{self.url}/avatars/{login}", "email": None}
        return web.json_response(about, headers={"X-OAuth-Scopes": "repo, read:user"})

    async def _emails(self, request: web.Request) -> web.Response:
        email = f"{self._login(request)}@example.invalid"
        return web.json_response([{"email": email, "primary": True, "verified": True}])

    async def _mine(self, request: web.Request) -> web.Response:
        if self._login(request) is None:
            return web.json_response({"message": "Requires authentication"}, status=401)
        return web.json_response([repo.about(self.url) for repo in self.repos.values()])

    async def _search(self, request: web.Request) -> web.Response:
        wanted = request.query.get("q", "").split(" ")[0].lower()
        found = [repo.about(self.url) for repo in self.repos.values() if wanted in repo.full_name and not repo.private]
        return web.json_response({"total_count": len(found), "incomplete_results": False, "items": found})

    async def _about(self, request: web.Request) -> web.Response:
        return web.json_response(self._repo(request).about(self.url))

    async def _branches(self, request: web.Request) -> web.Response:
        said = self._repo(request).git("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads")
        rows = [line.split(" ", 1) for line in said.splitlines()]
        return web.json_response([{"name": name, "commit": {"sha": sha}, "protected": False} for sha, name in rows])

    async def _refs(self, request: web.Request) -> web.Response:
        prefix = f"refs/{request.match_info['prefix']}"
        said = self._repo(request).git("for-each-ref", "--format=%(objectname) %(refname)")
        rows = [line.split(" ", 1) for line in said.splitlines()]
        return web.json_response(
            [{"ref": ref, "object": {"sha": sha, "type": "commit"}} for sha, ref in rows if ref.startswith(prefix)]
        )

    async def _commit(self, request: web.Request) -> web.Response:
        repo, ref = self._repo(request), request.match_info["ref"]
        sha = _revision(repo, ref)
        if request.headers.get("Accept") == "application/vnd.github.sha":
            return web.Response(text=sha)
        return web.json_response({"sha": sha, "commit": {"message": repo.git("log", "-1", "--format=%s", sha)}})

    async def _contents(self, request: web.Request) -> web.Response:
        repo, path = self._repo(request), request.match_info["path"].strip("/")
        sha = _revision(repo, request.query.get("ref") or "HEAD")
        entries = _listed(repo, sha, f"{path}/" if path else "")
        base = f"{self.api}/repos/{repo.full_name}/contents"
        if entries:
            return web.json_response([{**each, "url": f"{base}/{each['path']}"} for each in entries])
        one = [each for each in _listed(repo, sha, path) if each["path"] == path]
        if not one:
            raise web.HTTPNotFound(text='{"message": "Not Found"}', content_type="application/json")
        blob = repo.raw("cat-file", "blob", one[0]["sha"])
        if "raw" in request.headers.get("Accept", ""):
            return web.Response(body=blob)
        content = base64.encodebytes(blob).decode()
        return web.json_response({**one[0], "encoding": "base64", "content": content, "url": f"{base}/{path}"})

    async def _tree(self, request: web.Request) -> web.Response:
        repo = self._repo(request)
        sha = _revision(repo, request.match_info["ref"])
        entries = _listed(repo, sha, "", recursive=bool(request.query.get("recursive")))
        kinds = {"file": "blob", "symlink": "blob", "dir": "tree", "submodule": "commit"}
        tree = [{**each, "type": kinds[each["type"]]} for each in entries]
        return web.json_response({"sha": sha, "tree": tree, "truncated": False})

    async def _labels(self, request: web.Request) -> web.Response:
        return web.json_response([{"name": name} for name in self._repo(request).labels])

    async def _label(self, request: web.Request) -> web.Response:
        repo, name = self._repo(request), (await request.json())["name"]
        if repo.closed_labels:
            return web.json_response({"message": "Must have push access"}, status=403)
        if name in repo.labels:
            return web.json_response({"message": "Validation Failed"}, status=422)
        repo.labels.append(name)
        return web.json_response({"name": name}, status=201)

    async def _issues(self, request: web.Request) -> web.Response:
        return web.json_response(self._repo(request).issues)

    async def _issue(self, request: web.Request) -> web.Response:
        repo = self._repo(request)
        if self._login(request) is None:
            return web.json_response({"message": "Requires authentication"}, status=401)
        number = len(repo.issues) + 1
        told = await request.json()
        labels = [{"name": name} for name in told.get("labels", []) if name in repo.labels]
        issue = {**told, "labels": labels, "number": number, "html_url": f"{self.url}/{repo.full_name}/issues/{number}"}
        repo.issues.append(issue)
        return web.json_response(issue, status=201)

    # -- signing in

    async def _device(self, request: web.Request) -> web.Response:
        posted = await request.post()
        if posted.get("client_id") != self.client_id:
            return web.json_response({"error": "Not Found"}, status=404)
        number = len(self.devices) + 1
        device = Device(f"device-{number:04}", f"ABCD-{number:04}", scope=str(posted.get("scope", "")))
        self.devices[device.code] = device
        return web.json_response(
            {
                "device_code": device.code,
                "user_code": device.user_code,
                "verification_uri": f"{self.url}/login/device",
                "expires_in": 899,
                "interval": self.interval,
            }
        )

    async def _access(self, request: web.Request) -> web.Response:
        posted = await request.json() if request.content_type == "application/json" else await request.post()
        device = self.devices.get(str(posted.get("device_code")))
        if posted.get("client_id") != self.client_id:
            return web.json_response({"error": "incorrect_client_credentials"})
        if posted.get("grant_type") != "urn:ietf:params:oauth:grant-type:device_code":
            return web.json_response({"error": "unsupported_grant_type"})
        if device is None:
            return web.json_response({"error": "incorrect_device_code"})
        device.polls += 1
        if device.login is None:
            more = {"interval": 10} if device.error == "slow_down" else {}
            return web.json_response({"error": device.error, "error_description": "not yet", **more})
        token = next(token for token, login in self.tokens.items() if login == device.login)
        return web.json_response({"access_token": token, "token_type": "bearer", "scope": "repo,read:user"})

    # -- files and git

    async def _raw(self, request: web.Request) -> web.Response:
        repo, rest = self._repo(request), request.match_info["rest"].split("/")
        for cut in range(len(rest) - 1, 0, -1):
            with contextlib.suppress(subprocess.CalledProcessError):
                return web.Response(body=repo.raw("cat-file", "blob", f"{'/'.join(rest[:cut])}:{'/'.join(rest[cut:])}"))
        raise web.HTTPNotFound

    async def _archive(self, request: web.Request) -> web.Response:
        repo, ref = self._repo(request), request.match_info["ref"]
        name, kind = (ref[:-4], "zip") if ref.endswith(".zip") else (ref.removesuffix(".tar.gz"), "tar.gz")
        prefix = f"{repo.full_name.split('/')[1]}-{name.rsplit('/', 1)[-1]}/"
        return web.Response(body=repo.raw("archive", f"--format={kind}", f"--prefix={prefix}", _revision(repo, name)))

    async def _git(self, request: web.Request) -> web.StreamResponse:
        name = f"{request.match_info['owner']}/{request.match_info['repo'].removesuffix('.git')}"
        if name in self.moved:
            raise web.HTTPMovedPermanently(request.path_qs.replace(name, self.moved[name], 1))
        repo = self.repos.get(name)
        if repo is None or (repo.private and self._login(request) is None):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="GitHub"'})
        rest = request.match_info["rest"]
        if repo.stall == ("refs" if rest == "info/refs" else "pack"):
            await self.stop.wait()
            return web.Response(status=503)
        return await self._backend(request, repo, rest)

    async def _backend(self, request: web.Request, repo: Repo, rest: str) -> web.StreamResponse:
        body = await request.read()
        env = {
            **_ENV,
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{repo.full_name}.git/{rest}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.query_string,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        }
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec("git", "http-backend", stdin=pipe, stdout=pipe, env=env)
        assert process.stdin
        assert process.stdout
        try:
            with contextlib.suppress(ConnectionError):  # it may end without reading what it need not
                process.stdin.write(body)
                await process.stdin.drain()
            process.stdin.close()
            head = await process.stdout.readuntil(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            response = web.StreamResponse(status=int(headers.pop("Status", "200").split(" ")[0]), headers=headers)
            await response.prepare(request)
            while piece := await process.stdout.read(CHUNK):
                await response.write(piece)
                if self.stop.is_set():
                    break
                if repo.pause_s:
                    await asyncio.sleep(repo.pause_s)
            await response.write_eof()
            return response
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)  # by its number: the loop's watcher reaps it, and nobody else
            await process.communicate()


def _revision(repo: Repo, ref: str) -> str:
    try:
        return repo.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    except subprocess.CalledProcessError:
        raise web.HTTPNotFound(text='{"message": "Not Found"}', content_type="application/json") from None


def _listed(repo: Repo, sha: str, path: str, *, recursive: bool = False) -> list[Json]:
    words = ["-r", "-t"] if recursive else []
    said = repo.git("ls-tree", "-z", "--long", *words, sha, *([path] if path else []))
    kinds = {"040000": "dir", LINK: "symlink", SUBMODULE: "submodule"}
    rows = []
    for line in filter(None, said.split("\0")):
        about, name = line.split("\t", 1)
        mode, _, blob, size = about.split()
        kind = kinds.get(mode, "file")
        rows.append(
            {
                "name": name.rsplit("/", 1)[-1],
                "path": name,
                "type": kind,
                "mode": mode,
                "sha": blob,
                "size": int(size) if size != "-" else 0,
            }
        )
    return rows


def marketplace(*plugins: str, name: str = "shop", skills: int = 1) -> dict[str, Content]:
    """The files of a repository that is a marketplace of plugins, each with so many skills."""
    entries = [{"name": each, "source": f"./plugins/{each}", "version": "1.0.0"} for each in plugins]
    files: dict[str, Content] = {
        ".claude-plugin/marketplace.json": json.dumps({"name": name, "owner": {"name": "Octo"}, "plugins": entries}),
    }
    for each in plugins:
        for number in range(skills):
            skill = each if number == 0 else f"{each}-{number + 1}"
            text = (
                f"---\nname: {skill}\ndescription: Does {skill}. Use when needed.\nversion: 1.0.0\n---\n\n# {skill}\n"
            )
            files[f"plugins/{each}/skills/{skill}/SKILL.md"] = text
    return files
