"""What a file is by its name, its mode and its first bytes, before a line of it is read."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from workbench.skills.rules.rule import Hit, Kind, Rule

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
OFFICE: Final = Rule(
    "office", "low", "high", "An office document is an archive and was not looked into.", _LOOK, "AST08"
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
    BYTECODE, BINARY, OPAQUE, ARCHIVE, OFFICE, EXECUTABLE, LARGE, LINK, ESCAPES, DEVICE, REPOSITORY, CONFIGURES, NAME, TWIN, UTF16, UNREADABLE, DEEP,
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
_OFFICE: Final = frozenset([".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".dotx", ".xltx", ".potx"])
_MEDIA: Final = frozenset(
    [".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".bmp", ".tif", ".tiff", ".pdf", ".ttf", ".otf", ".woff", ".woff2", ".eot",
     ".mp3", ".mp4", ".wav", ".ogg", ".m4a", ".webm", ".mov", ".avif", ".heic", ".parquet", ".npy", ".npz", ".safetensors", ".onnx"]
)  # fmt: skip
_CODE: Final = frozenset(
    [".py", ".sh", ".bash", ".zsh", ".fish", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".ps1", ".bat", ".cmd", ".rb", ".pl", ".php",
     ".go", ".rs", ".java", ".kt", ".swift", ".c", ".cc", ".cpp", ".h", ".lua", ".r", ".sql", ".vbs", ".applescript", ".scpt", ".command",
     ".pyw", ".toml", ".cfg", ".ini", ".mk", ".gradle"]
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
    ]
)
_PROSE: Final = frozenset([".md", ".markdown", ".mdx", ".txt", ".rst", ".adoc", ""])
_CONFIG: Final = re.compile(
    r"(?:^|/)(?:\.claude/(?:settings(?:\.local)?\.json|hooks/[^/]+|commands/[^/]+|agents/[^/]+)|\.mcp\.json|hooks/hooks\.json|CLAUDE\.md|AGENTS\.md"
    r"|\.cursorrules|\.vscode/(?:tasks|settings)\.json|\.npmrc|\.pypirc|\.gitmodules|\.gitattributes|\.envrc)$",
    re.IGNORECASE,
)


def kind_of(path: str) -> Kind | None:
    """What the file is for, by its name; None when the name does not say that it is text."""
    name = posixpath.basename(path)
    if path.lower() == "skill.md":
        return "skill"
    suffix = posixpath.splitext(name)[1].lower()
    if name.startswith(".env") or suffix in _DATA:
        return "data"
    if suffix in _CODE or name in ("Makefile", "Dockerfile", "Justfile"):
        return "code"
    return "document" if suffix in _PROSE else None


def is_dotenv(path: str) -> bool:
    name = posixpath.basename(path).lower()
    return name == ".env" or (
        name.startswith(".env.") and not name.endswith((".example", ".sample", ".template", ".dist"))
    )


def is_text(path: str, head: bytes) -> bool:
    """Whether it is read as text: a NUL hides nothing in a file that its name or first line calls text."""
    return b"\0" not in head or kind_of(path) is not None or head.startswith((b"#!", b"\xff\xfe", b"\xfe\xff"))


def of_name(path: str) -> Iterator[Hit]:
    """What the path alone says."""
    if any(unicodedata.category(each) in ("Cf", "Cc", "Cs", "Co") for each in path):
        yield Hit(NAME, 0, 0)
    if _CONFIG.search(path):
        yield Hit(CONFIGURES, 0, 0)


def of_content(path: str, head: bytes, size: int, *, executable: bool) -> Iterator[Hit]:
    """What its first bytes, size and mode say."""
    suffix = posixpath.splitext(path)[1].lower()
    if suffix in (".pyc", ".pyo", ".pyd"):
        yield Hit(BYTECODE, 0, 0)
    elif head.startswith(_PROGRAMS) and not (head.startswith(b"MZ") and b"\0" not in head):
        yield Hit(BINARY, 0, 0)
    elif suffix in _OFFICE:
        yield Hit(OFFICE, 0, 0)
    elif head.startswith(_ARCHIVES) and suffix not in _MEDIA:
        yield Hit(ARCHIVE, 0, 0)
    elif not is_text(path, head) and suffix not in _MEDIA:
        yield Hit(OPAQUE, 0, 0)
    elif executable and (head.startswith(b"#!") or suffix in _CODE):
        yield Hit(EXECUTABLE, 0, 0)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield Hit(UTF16, 0, 0)
    if size > LARGEST:
        yield Hit(LARGE, 0, 0)
