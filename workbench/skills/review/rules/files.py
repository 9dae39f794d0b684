"""What a file is by its name, its mode and its first bytes, before a line of it is read."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from workbench.skills.review.rules.rule import Hit, Kind, Rule

_LOOK: Final = "Find out what it is for, or remove it."
BYTECODE: Final = Rule(
    "bytecode",
    "high",
    "high",
    "Compiled Python runs without its source, and no scanner reads it.",
    "Remove it.",
    "AST08",
)
BINARY: Final = Rule(
    "program", "high", "high", "A compiled program cannot be read.", "Build it from its source.", "AST08"
)
OPAQUE: Final = Rule("opaque", "low", "high", "The file is binary and of no kind that is known here.", _LOOK, "AST08")
ARCHIVE: Final = Rule(
    "archive", "medium", "high", "An archive was not looked into.", "Unpack it beside the skill and scan that.", "AST08"
)
DISGUISED: Final = Rule(
    "disguised", "high", "high", "The file is not what its name says, or carries a second one.", _LOOK, "AST08"
)
OFFICE: Final = Rule(
    "office", "low", "high", "An office document is an archive and was not looked into.", _LOOK, "AST08"
)
PICKLE: Final = Rule(
    "pickle", "medium", "medium", "Reading this format can run code that is in it.", "Use JSON or safetensors.", "AST05"
)
SCRIPTED: Final = Rule(
    "autorun",
    "medium",
    "medium",
    "The file is run by itself: when its folder is installed, tested or opened.",
    "Read it before you install, test or open anything here.",
    "AST02",
)
EXECUTABLE: Final = Rule("executable", "info", "high", "The file may be run as a program.", _LOOK, "AST03", limit=1)
LARGE: Final = Rule(
    "large", "low", "high", "The file is larger than 5 MB.", "Fetch it when it is needed, by its checksum.", "AST08"
)
LINK: Final = Rule(
    "link",
    "info",
    "high",
    "The file is a link within the skill.",
    "Put the file itself there: not every system has links.",
    "AST10",
)
ESCAPES: Final = Rule(
    "link-escapes", "high", "high", "The link leads out of the skill; it was not followed.", "Remove the link.", "AST03"
)
DEVICE: Final = Rule(
    "device", "medium", "high", "It is neither a file nor a folder; it was not opened.", "Remove it.", "AST03"
)
REPOSITORY: Final = Rule(
    "repository",
    "medium",
    "high",
    "A repository with its own configuration and hooks lies in the skill.",
    "Remove its .git.",
    "AST02",
)
CONFIGURES: Final = Rule(
    "brings-config",
    "medium",
    "high",
    "It brings configuration that agents obey.",
    "Read it before you trust the skill.",
    "AST03",
)
NAME: Final = Rule(
    "file-name", "high", "high", "The file's name holds characters that hide or turn it.", "Rename the file.", "AST04"
)
TWIN: Final = Rule(
    "twin-names",
    "medium",
    "high",
    "Two names differ only in case or composition: on some systems one hides the other.",
    "Rename one.",
    "AST10",
)
UTF16: Final = Rule(
    "utf-16", "low", "high", "The text is UTF-16, which many scanners pass over.", "Save it as UTF-8.", "AST08"
)
UNREADABLE: Final = Rule(
    "unreadable",
    "medium",
    "high",
    "The file could not be read, so nothing is known of it.",
    "Make it readable and scan again.",
    "AST08",
)
DEEP: Final = Rule(
    "deep", "medium", "high", "Folders are nested so deep that they were not entered.", "Flatten them.", "AST08"
)
RULES: Final = (
    BYTECODE, BINARY, OPAQUE, ARCHIVE, DISGUISED, PICKLE, SCRIPTED, OFFICE, EXECUTABLE, LARGE, LINK, ESCAPES, DEVICE, REPOSITORY, CONFIGURES, NAME, TWIN, UTF16, UNREADABLE, DEEP,
)  # fmt: skip

LARGEST: Final = 5 * 1024 * 1024
_PROGRAMS: Final = (
    b"\x7fELF",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
    b"\xfe\xed\xfa\xce",
    b"\xca\xfe\xba\xbe",
    b"\0asm",
)
_ARCHIVES: Final = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"!<arch>",
)
_NEVER_TEXT: Final = tuple(
    each for each in (*_PROGRAMS, *_ARCHIVES) if not (each.isascii() and each.decode().isprintable())
)
"""No text begins so; what text there is in such a file is looked for among its bytes."""
_OFFICE: Final = frozenset([".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".dotx", ".xltx", ".potx"])
_MEDIA: Final = frozenset(
    [".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".bmp", ".tif", ".tiff", ".pdf", ".ttf", ".otf", ".woff", ".woff2", ".eot",
     ".mp3", ".mp4", ".wav", ".ogg", ".m4a", ".webm", ".mov", ".avif", ".heic", ".parquet", ".npy", ".npz", ".safetensors", ".onnx"]
)  # fmt: skip
_BEGINS: Final[dict[str, tuple[bytes, ...]]] = {
    ".png": (b"\x89PNG",), ".jpg": (b"\xff\xd8",), ".jpeg": (b"\xff\xd8",), ".gif": (b"GIF8",), ".webp": (b"RIFF",), ".ico": (b"\0\0\1\0", b"\0\0\2\0", b"\x89PNG"),
    ".bmp": (b"BM",), ".tif": (b"II", b"MM"), ".tiff": (b"II", b"MM"), ".pdf": (b"%PDF",), ".ttf": (b"\0\1\0\0", b"true", b"ttcf", b"OTTO"),
    ".otf": (b"OTTO", b"\0\1\0\0"), ".woff": (b"wOFF",), ".woff2": (b"wOF2",), ".mp3": (b"ID3", b"\xff"), ".wav": (b"RIFF", b"RF64"), ".ogg": (b"OggS",),
    ".webm": (b"\x1aE\xdf\xa3",), ".parquet": (b"PAR1",), ".npy": (b"\x93NUMPY",), ".npz": (b"PK",),
}  # fmt: skip
"""How files of these names begin; one that does not is something else."""
_POINTER: Final = b"version https://git-lfs.github.com/"
TAIL: Final = 64 * 1024
"""So much of a file's end is looked at for a second file behind the first."""
_COMPILED: Final = range(0x0C00, 0x0F00)
"""The numbers with which compiled Python 3.6 to 3.15 begins, before CR LF."""
_PICKLES: Final = frozenset([".pkl", ".pickle", ".pt", ".pth.tar", ".joblib", ".dill"])
_FRONT_MATTER: Final = re.compile(r"(?:^|/)(?:skill\.md|(?:agents|commands)/[^/]{1,200}\.md)$", re.IGNORECASE)
_AUTORUN: Final = re.compile(
    r"(?:^|/)(?:sitecustomize\.py|usercustomize\.py|conftest\.py|[^/]+\.pth|[^/]+\.(?:lnk|url|desktop|inf))$",
    re.IGNORECASE,
)
_CODE: Final = frozenset(
    [".py", ".sh", ".bash", ".zsh", ".fish", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".ps1", ".bat", ".cmd", ".rb", ".pl", ".php",
     ".go", ".rs", ".java", ".kt", ".swift", ".c", ".cc", ".cpp", ".h", ".lua", ".r", ".sql", ".vbs", ".applescript", ".scpt", ".command",
     ".pyw", ".pyi", ".vba", ".toml", ".cfg", ".ini", ".mk", ".gradle"]
)  # fmt: skip
_DATA: Final = frozenset(
    [
        ".json",
        ".jsonl",
        ".yaml",
        ".yml",
        ".csv",
        ".tsv",
        ".xml",
        ".xsd",
        ".svg",
        ".html",
        ".htm",
        ".css",
        ".lock",
        ".env",
        ".ipynb",
    ]
)
_PROSE: Final = frozenset([".md", ".markdown", ".mdx", ".txt", ".rst", ".adoc", ""])
_CONFIG: Final = re.compile(
    r"(?:^|/)(?:\.claude/(?:settings(?:\.local)?\.json|hooks/[^/]+|commands/[^/]+|agents/[^/]+)|\.mcp\.json|hooks/hooks\.json|CLAUDE\.md|AGENTS\.md|GEMINI\.md"
    r"|\.githooks/[^/]+|\.cursorrules|\.vscode/(?:tasks|settings)\.json|\.npmrc|\.pypirc|\.gitmodules|\.gitattributes|\.envrc)$",
    re.IGNORECASE,
)


def kind_of(path: str) -> Kind | None:
    """What the file is for, by its name; None when the name does not say that it is text."""
    name = posixpath.basename(path)
    if name.lower() == "skill.md":
        return "skill"
    suffix = posixpath.splitext(name)[1].lower()
    if name.startswith(".env") or suffix in _DATA:
        return "data"
    if suffix in _CODE or name in ("Makefile", "Dockerfile", "Justfile"):
        return "code"
    return "document" if suffix in _PROSE else None


def has_front_matter(path: str) -> bool:
    """Whether clients obey its front matter: a SKILL.md anywhere, an agent's or a command's description."""
    return _FRONT_MATTER.search(path) is not None


def is_dotenv(path: str) -> bool:
    name = posixpath.basename(path).lower()
    return name.endswith(".env") or (
        name.startswith(".env.") and not name.endswith((".example", ".sample", ".template", ".dist"))
    )


def is_text(path: str, head: bytes) -> bool:
    """Whether it is read as text: a NUL hides nothing in a file that its name or first line calls text."""
    if head.startswith(_NEVER_TEXT):
        return False
    return b"\0" not in head or kind_of(path) is not None or head.startswith((b"#!", b"\xff\xfe", b"\xfe\xff"))


def of_name(path: str) -> Iterator[Hit]:
    """What the path alone says."""
    if any(unicodedata.category(each) in ("Cf", "Cc", "Cs", "Co") for each in path):
        yield Hit(NAME, 0, 0)
    if _CONFIG.search(path):
        yield Hit(CONFIGURES, 0, 0)
    if _AUTORUN.search(path):
        yield Hit(SCRIPTED, 0, 0)


def of_content(path: str, head: bytes, tail: bytes, size: int, *, executable: bool) -> Iterator[Hit]:
    """What its first and last bytes, size and mode say."""
    suffix = posixpath.splitext(path)[1].lower()
    if rule := _kind_by_bytes(path, suffix, head, tail):
        yield Hit(rule, 0, 0)
    elif executable and (head.startswith(b"#!") or suffix in _CODE or not suffix):
        yield Hit(EXECUTABLE, 0, 0)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and suffix not in _MEDIA:
        yield Hit(UTF16, 0, 0)
    if size > LARGEST:
        yield Hit(LARGE, 0, 0)


def _kind_by_bytes(path: str, suffix: str, head: bytes, tail: bytes) -> Rule | None:
    known = (
        (BYTECODE, suffix in (".pyc", ".pyo", ".pyd") or _is_compiled(head)),
        (BINARY, head.startswith(_PROGRAMS) and not (head.startswith(b"MZ") and b"\0" not in head)),
        (DISGUISED, suffix in _BEGINS and head and not head.startswith((*_BEGINS[suffix], _POINTER))),
        (DISGUISED, suffix in _BEGINS and suffix != ".npz" and b"PK\x05\x06" in tail),
        (OFFICE, suffix in _OFFICE),
        (PICKLE, suffix in _PICKLES or _is_pickle(head)),
        (ARCHIVE, head.startswith(_ARCHIVES) and suffix not in _MEDIA),
        (OPAQUE, not is_text(path, head) and suffix not in _MEDIA),
    )
    return next((rule for rule, holds in known if holds), None)


def _is_pickle(head: bytes) -> bool:
    return head[:1] == b"\x80" and head[1:2] in (b"\2", b"\3", b"\4", b"\5") and b"\0" in head


def _is_compiled(head: bytes) -> bool:
    """Whether it begins as compiled Python does: a number, CR LF, flags."""
    number = int.from_bytes(head[:2], "little")
    return head[2:4] == b"\r\n" and number in _COMPILED and b"\0" in head[4:16]
