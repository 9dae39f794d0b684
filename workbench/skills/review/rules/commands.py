"""Shell commands that run what nobody has read, delete what nobody has offered, or open a door."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from workbench.skills.review.rules.rule import Hit, Kind, Pattern, Rule, matches

_FETCHED: Final = "Download the file, read it, then run it; or install from a pinned package."
PIPE: Final = Rule("pipe-to-shell", "high", "high", "What is fetched is run unread.", _FETCHED, "AST02")
FETCHED: Final = Rule(
    "download-then-run", "medium", "medium", "A file is downloaded and run in one breath.", _FETCHED, "AST02"
)
_DECODED: Final = Rule(
    "decode-to-shell", "critical", "high", "What is run is hidden in an encoding.", "Decode it and read it.", "AST01"
)
_REVERSE: Final = Rule(
    "reverse-shell", "critical", "high", "It opens a shell to another machine.", "Do not run it.", "AST01"
)
_DESTROY: Final = Rule(
    "destructive",
    "high",
    "medium",
    "It deletes or overwrites a whole home, system or disk.",
    "Check what the path is when it runs.",
    "AST03",
)
_TRACES: Final = Rule(
    "covers-traces", "high", "medium", "It removes the traces of what was run.", "Do not run it.", "AST01"
)
_RIGHTS: Final = Rule(
    "takes-rights",
    "high",
    "medium",
    "It opens the system to everybody, or takes rights for good.",
    "Make the change yourself if you want it.",
    "AST03",
)
_UNPINNED: Final = Rule(
    "unpinned-install",
    "info",
    "medium",
    "A package is installed in whatever version there is that day.",
    "Name the version, as in name==1.2.3 or name@1.2.3.",
    "AST07",
    limit=1,
)

_SHELL: Final = (
    r"(?:xargs\s+(?:-\S+\s+){0,3})?(?:sudo\s+(?:-\S+\s+)?)?(?:(?:/usr)?/bin/)?(?:env\s+)?(?:ba|z|da|k|fi)?sh\b(?!\s*=)"
)
_RUNS: Final = (
    r"(?:"
    + _SHELL
    + r"|(?:sudo\s+)?(?:python3?|node|perl|ruby|php)\b(?=\s{0,3}(?:-(?![\w-])|-[suxB]\b|/dev/stdin|[\n\"'`;|&)]|\Z))|iex\b|Invoke-Expression\b)"
)
_FETCH: Final = r"(?:curl|wget|iwr|irm|fetch|Invoke-WebRequest|Invoke-RestMethod)"
_DESTROYED: Final = r"(?:/(?:etc|usr|var|home|boot|bin|lib|root|Users|System|Library)?|~|\$\{?HOME\}?)"
_FLAGS: Final = r"(?:\s+(?:-[a-zA-Z]{1,6}|--[a-z-]{3,20})){1,4}\s+"
PATTERNS: Final = (
    Pattern(
        PIPE,
        ("curl", "wget", "iwr", "irm", "fetch ", "invoke-webrequest", "invoke-restmethod", "downloadstring", "mshta", "certutil", "bitsadmin"),
        re.compile(
            r"\b" + _FETCH + r"\b[^\n|;&]{1,300}(?:\|[^\n|;&]{1,80}){0,2}\|\s{0,4}(?:\\\n\s{0,20})?"
            + _RUNS
            + r"|\b" + _FETCH + r"\b[^\n|]{0,160}[\"']https?://[^\"'\n]{1,300}[\"']\s{0,4}\|\s{0,4}" + _RUNS
            + r"|\b(?:(?:ba|z|da)?sh\s+(?:-c\s+)?|(?:python3?|node|perl|ruby)\s+-[ce]\s+)[\"']?(?:<\(|\$\(|`)\s{0,4}(?:curl|wget)\b[^\n|)`]{0,300}"
            r"|\beval\s+[\"']?(?:\$\(|`)\s{0,4}(?:curl|wget)\b[^\n|)`]{0,300}"
            r"|\b(?:source|\.)\s+<\(\s{0,4}(?:curl|wget)\b[^\n|)`]{0,300}|\biex[\s(][^\n]{0,100}(?:irm|iwr|DownloadString|Invoke-WebRequest)\b"
            r"|\bmshta\s+[\"']?(?:https?|vbscript|javascript):|\bcertutil\b[^\n]{0,40}-urlcache\b|\bbitsadmin\s+/transfer\b",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _DECODED,
        ("base64", "xxd", "openssl", "-enc", " -e ", "-ec ", "rev "),
        re.compile(
            r"\bbase64\s+(?:-d|-D|--decode|-di)\b[^\n|]{0,100}\|\s{0,4}(?:\w+\s+-\w+\s{0,4}\|\s{0,4})?"
            + _RUNS
            + r"|\bxxd\s+-r\b[^\n|]{0,60}\|\s{0,4}" + _SHELL
            + r"|\bopenssl\s+(?:enc|base64|aes\S{0,20})\b[^\n|]{0,100}\|\s{0,4}" + _SHELL
            + r"|\brev\b[^\n|)]{0,60}\|\s{0,4}" + _SHELL
            + r"|(?:\beval|\bsh\s+-c)\s+[\"']?\$\([^\n)]{0,400}base64\s+(?:-d|-D|--decode)|\$\(\s?rev\s?<<<"
            r"|(?:iex|Invoke-Expression)[^\n]{0,120}FromBase64String|(?:powershell|pwsh)\S{0,4}\s[^\n]{0,120}-e(?:c|nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{30}"
            r"|\s-(?:enc|EncodedCommand)\s+[A-Za-z0-9+/=]{40}",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _REVERSE,
        ("/dev/tcp", "/dev/udp", "nc ", "nc\t", "ncat", "mkfifo", "dup2", "socat"),
        re.compile(
            r"/dev/(?:tcp|udp)/|\bn(?:c|cat)\s[^\n]{0,60}-[a-z]{0,3}e[a-z]{0,2}\s{1,4}\S{0,10}/?(?:ba)?sh\b|\bmkfifo\b[^\n]{0,120}\bnc\b"
            r"|os\.dup2\(\s{0,3}(?!sys\b)\w{1,30}\.fileno\(\)\s{0,3},\s{0,3}[012]\b|\bsocat\b[^\n]{0,80}EXEC:",
            re.IGNORECASE,
        ),
        kinds=("skill", "document", "code"),
    ),
    Pattern(
        _DESTROY,
        ("rm ", "rm\t", "mkfs", "dd ", "dd\t", "format ", ":(){", ":() {", "-delete", "-exec rm", "/dev/sd", "/dev/nvme", "/dev/disk", "/dev/null",
         "remove-item", "del ", "rmtree"),
        re.compile(
            r"\brm" + _FLAGS + r"[\"']?" + _DESTROYED + r"[\"']?/?\*?(?=[\s;&|\"'`)]|$)"
            r"|\bmkfs\.\w{2,5}\s+/dev/|\bdd\s[^\n]{0,80}\bof=/dev/(?:sd|nvme|disk)|:\(\)\s?\{\s?:\s?\|\s?:\s?&\s?\}\s?;\s?:"
            r"|\bfind\s+[\"']?" + _DESTROYED + r"[\"']?/?\s[^\n]{0,80}(?:-delete\b|-exec\s+rm\b)|>\s?/dev/(?:sd|nvme|disk)\w"
            r"|\bmv\s+[\"']?" + _DESTROYED + r"[\"']?/?\s+/dev/null"
            r"|\bRemove-Item\b[^\n]{0,60}\s[\"']?(?:[A-Za-z]:[\\/]?|~|\$HOME|\$env:USERPROFILE)[\"']?(?=[\s;]|$)|\bdel\s+(?:/[a-z]\s+){1,4}[A-Za-z]:\\(?=[\s*]|$)"
            r"|^[\s>@]{0,4}format\s+[A-Za-z]:|\brmtree\(\s?(?:[\"'](?:/|~)[\"']|Path\.home\(\)|os\.path\.expanduser\([\"']~[\"']\))\s?[,)]",
            re.MULTILINE | re.IGNORECASE,
        ),
    ),
    Pattern(
        _TRACES,
        ("histfile", "history -c", ".bash_history", ".zsh_history"),
        re.compile(
            r"\bunset\s+HISTFILE\b|\bHISTFILE=/dev/null|\bhistory\s+-c\b|(?:\brm\s[^\n]{0,40}|>\s?)[^\s]{0,40}\.(?:bash|zsh)_history\b"
        ),
    ),
    Pattern(
        _RIGHTS,
        ("chmod", "nopasswd", "sudoers", "iptables", "useradd", "ld_preload", "/etc/hosts", "setcap", "ufw disable"),
        re.compile(
            r"\bchmod\s+(?:-R\s+)?(?:0?777|a\+rwx)\s+[\"']?" + _DESTROYED + r"[\"']?/?(?=[\s;&|\"'`)]|$)|\bNOPASSWD\s?:|>>?\s?/etc/sudoers"
            r"|\btee\s+(?:-a\s+)?/etc/(?:hosts|sudoers)\S{0,40}|>>?\s?/etc/hosts\b|\biptables\s+-F\b|\bufw\s+disable\b|\buseradd\s+\S|\bLD_PRELOAD=\S"
            r"|\bsetcap\s+\S{0,20}cap_",
            re.MULTILINE,
        ),
        kinds=("skill", "document", "code"),
    ),
    Pattern(
        _UNPINNED,
        ("pip install", "pip3 install", "npm install", "npm i ", "npx ", "uvx ", "gem install", "go install", "cargo install", "pipx install",
         "bunx ", "pnpm dlx"),
        re.compile(
            r"\bpip3?\s+install\s+(?:(?:-U|--upgrade|--user|-q|--quiet|--break-system-packages)\s+){0,3}(?![-.\"'<{$\[])[A-Za-z][\w.-]{1,60}(?:\[[\w,]{1,40}\])?"
            r"(?![\w.\[-]|\s{0,2}[=<>~@])|(?<!\()\bnpm\s+(?:install|i)\s+(?:-g|--global)\s+(?:@[\w.-]{1,40}/)?[\w.-]{1,60}(?![\w.-]|@[\d^~v])"
            r"|(?<!\()\b(?:npx|uvx|bunx|pnpm\s+dlx)\s+(?:-y\s+|--yes\s+)?(?![-<{$])(?:@[\w.-]{1,40}/)?[\w.-]{2,60}(?![\w./-]|[@=]{1,2}[\d^~v])"
            r"|\bpipx\s+install\s+(?![-.\"'<{$\[])[A-Za-z][\w.-]{1,60}(?![\w.-]|[=<>~@])|\bgem\s+install\s+(?![-<{$])[\w-]{2,60}(?![\w./-]|[^\n]{0,40}\s-v\s|[^\n]{0,40}--version)"
            r"|\bcargo\s+install\s+(?![-<{$])[\w-]{2,60}(?![\w/@-]|[^\n]{0,60}--(?:version|locked|git|path))|\bgo\s+install\s+[\w./-]{3,120}@latest\b",
        ),
        kinds=("skill", "code"),
    ),
)  # fmt: skip
RULES: Final = (FETCHED, *dict.fromkeys(pattern.rule for pattern in PATTERNS))

_PATH: Final = r"(?:/[\w.-]{1,100}){0,8}/?"
_KNOWN: Final = re.compile(
    r"https://(?:(?:sh\.rustup\.rs|astral\.sh|bun\.sh|fnm\.vercel\.app|get\.docker\.com|get\.sdkman\.io|mise\.run|starship\.rs)" + _PATH
    + r"|(?:claude\.ai|ollama\.com)/install(?:\.sh|\.ps1)?|deno\.land/(?:x/install/)?install\.sh"
    r"|raw\.githubusercontent\.com/(?:nvm-sh/nvm|Homebrew/install)" + _PATH + r")"
)  # fmt: skip
_FLAG: Final = re.compile(r"-[fsSLqO]*-?|--(?:proto|tlsv1\.[23]|location|silent|fail|show-error|quiet)|=https")
_FETCHER: Final = re.compile(r"\b" + _FETCH + r"\b", re.IGNORECASE)
_DOWNLOAD: Final = re.compile(r"\b(?:curl|wget)\s[^\n]{1,300}")
_TARGET: Final = re.compile(r"(?:\s-\w{0,6}[oO]|--output|--output-document|>)[\s=]{0,3}[\"']?([\w./~$-]{1,80})")
_LAST: Final = re.compile(r"https?://[^\s\"'`]{1,200}/([\w.-]{1,80})(?=[\s\"'`;&)]|$)")
_STARTED: Final = re.compile(
    r"(?:^|[\s;&|`(])(?:(?:(?:ba|z|da)?sh|source|\.|chmod\s+(?:[augo]*\+\w*x|0?[57]\d\d)|python3?|perl|ruby|node)\s+|(?=\./|/tmp/))[\"']?([\w./~$-]{1,80})",
    re.MULTILINE,
)
_SOON: Final = 300


def find(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    """Commands; of the pipes to a shell, those of well-known installers weigh little."""
    for hit in matches(PATTERNS, text, lower, kind):
        if hit.rule is PIPE and _is_known(text[hit.at : hit.end]):
            yield replace(hit, severity="low", note="The address is a well-known installer's.")
        else:
            yield hit
    if "curl" in lower or "wget" in lower:
        yield from _downloads(text, kind)


def _is_known(command: str) -> bool:
    """Whether nothing is fetched but one address of a known maker's, in the usual way."""
    begin = _FETCHER.search(command)
    words = [word.strip("\"'") for word in re.split(r"[|)`]", command[begin.end() :] if begin else "")[0].split()]
    fetched = [word for word in words if word and not _FLAG.fullmatch(word)]
    return len(fetched) == 1 and ".." not in fetched[0] and _KNOWN.fullmatch(fetched[0]) is not None


def _downloads(text: str, kind: Kind) -> Iterator[Hit]:
    """Downloads whose file is started, or made startable, right after."""
    for found in _DOWNLOAD.finditer(text):
        names = {posixpath.basename(each) for each in (*_TARGET.findall(found[0]), *_LAST.findall(found[0]))} - {
            "",
            "-",
        }
        started = _STARTED.finditer(text, found.start() + 4, min(len(text), found.end() + _SOON)) if names else ()
        if last := next((each for each in started if posixpath.basename(each[1]) in names), None):
            yield Hit(FETCHED, found.start(), max(found.end(), last.end()), "low" if kind == "document" else None)
