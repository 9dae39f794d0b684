"""Shell commands and addresses that fetch what nobody has read, or send away what nobody has offered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from workbench.skills.rules.rule import Hit, Kind, Pattern, Rule, matches

_FETCHED: Final = "Download the file, read it, then run it; or install from a pinned package."
PIPE: Final = Rule("pipe-to-shell", "high", "high", "What is fetched is run unread.", _FETCHED, "AST02")
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
_LEAK: Final = Rule(
    "send-environment",
    "critical",
    "medium",
    "It sends the environment or a file to another machine.",
    "Do not run it.",
    "AST01",
)
_DROP: Final = Rule(
    "drop-site",
    "high",
    "medium",
    "The address is one at which data is dropped without a name.",
    "Check what is sent there.",
    "AST01",
)
_SHORT: Final = Rule(
    "short-link", "medium", "medium", "A shortened address hides where it leads.", "Write the full address.", "AST02"
)
_RAW_IP: Final = Rule(
    "raw-ip",
    "medium",
    "medium",
    "The address is a bare number: nobody's name stands behind it.",
    "Find out whose it is.",
    "AST02",
)
_REDIRECT: Final = Rule(
    "registry-redirect",
    "medium",
    "medium",
    "Packages are taken from another place than the usual one.",
    "Check that the place is yours.",
    "AST02",
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
_BEACON: Final = Rule(
    "image-beacon",
    "high",
    "medium",
    "An image address with room for data sends it when the image is shown.",
    "Remove the image.",
    "AST01",
)

_SHELL: Final = r"(?:sudo\s+(?:-\S+\s+)?)?(?:(?:/usr)?/bin/)?(?:env\s+)?(?:ba|z|da|k|fi)?sh\b"
_RUNS: Final = (
    r"(?:"
    + _SHELL
    + r"|(?:sudo\s+)?(?:python3?|node|perl|ruby|php)\b(?!\s+(?:-m\s+json|-c))|iex\b|Invoke-Expression\b)"
)
_KNOWN: Final = re.compile(
    r"https://(?:sh\.rustup\.rs|astral\.sh/|bun\.sh/|deno\.land/|fnm\.vercel\.app/|get\.docker\.com|get\.sdkman\.io"
    r"|raw\.githubusercontent\.com/(?:nvm-sh/nvm|Homebrew/install)/|claude\.ai/install|mise\.run|starship\.rs|ollama\.com/install)"
)
PATTERNS: Final = (
    Pattern(
        PIPE,
        ("curl", "wget", "iwr", "irm", "invoke-webrequest", "invoke-restmethod", "downloadstring"),
        re.compile(
            r"\b(?:curl|wget|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b[^\n|;&]{1,300}\|\s{0,4}(?:\\\n\s{0,20})?"
            + _RUNS
            + r"|\b(?:ba|z|da)?sh\s+(?:-c\s+)?[\"']?(?:<\(|\$\(|`)\s{0,4}(?:curl|wget)\b|\beval\s+[\"']?(?:\$\(|`)\s{0,4}(?:curl|wget)\b"
            r"|\b(?:source|\.)\s+<\(\s{0,4}(?:curl|wget)\b|\biex[\s(][^\n]{0,100}(?:irm|iwr|DownloadString|Invoke-WebRequest)\b",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _DECODED,
        ("base64", "xxd", "fromBase64String".lower(), "openssl"),
        re.compile(
            r"\bbase64\s+(?:-d|-D|--decode|-di)\b[^\n|]{0,100}\|\s{0,4}(?:\w+\s+-\w+\s{0,4}\|\s{0,4})?"
            + _RUNS
            + r"|\bxxd\s+-r\b[^\n|]{0,60}\|\s{0,4}"
            + _SHELL
            + r"|(?:eval|sh\s+-c)\s+[\"']?\$\([^\n)]{0,400}base64\s+(?:-d|-D|--decode)"
            r"|(?:iex|Invoke-Expression)[^\n]{0,120}FromBase64String|-(?:enc|EncodedCommand)\s+[A-Za-z0-9+/=]{40}",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _REVERSE,
        ("/dev/tcp", "nc ", "ncat", "mkfifo", "dup2", "socat"),
        re.compile(
            r"/dev/(?:tcp|udp)/|\bn(?:c|cat)\b[^\n]{0,60}\s-[a-z]{0,3}e[a-z]{0,2}\s{1,4}\S{0,10}/?(?:ba)?sh\b|\bmkfifo\b[^\n]{0,120}\bnc\b"
            r"|os\.dup2\(\s{0,3}(?!sys\b)\w{1,30}\.fileno\(\)\s{0,3},\s{0,3}[012]\b|\bsocat\b[^\n]{0,80}EXEC:",
            re.IGNORECASE,
        ),
        kinds=("skill", "document", "code"),
    ),
    Pattern(
        _DESTROY,
        ("rm ", "mkfs", "dd ", "format c:", ":(){"),
        re.compile(
            r"\brm\s+(?:-[a-zA-Z]{1,4}\s+){1,3}(?:--no-preserve-root\s+)?[\"']?(?:/|~|\$\{?HOME\}?)[\"']?/?\*?(?=[\s;&|\"']|$)"
            r"|\bmkfs\.\w{2,5}\s+/dev/|\bdd\b[^\n]{0,80}\bof=/dev/(?:sd|nvme|disk)|:\(\)\{\s?:\|:&\s?\};:",
            re.MULTILINE,
        ),
    ),
    Pattern(
        _LEAK,
        ("curl", "wget", "nc "),
        re.compile(
            r"\b(?:env|printenv|export\s+-p)\b\s{0,3}\|[^\n]{0,80}\b(?:curl|wget|nc)\b"
            r"|\bcurl\b[^\n]{0,200}(?:\$\((?:env|printenv|cat\s+[^\n)]{0,60}(?:\.env|\.ssh|credentials|id_rsa))|(?:-d|--data\S{0,8}|-F|-T)\s{0,2}[\"']?(?:\w{1,20}=)?@"
            r"[\"']?(?:~|\$HOME|/etc/|/home/|\.env))",
        ),
    ),
    Pattern(
        _DROP,
        (
            "webhook.site",
            "requestbin",
            "pipedream.net",
            "ngrok",
            "burpcollaborator",
            "oast.",
            "interact.sh",
            "pastebin.com",
            "hastebin",
            "transfer.sh",
            "file.io",
            "api/webhooks",
            "api.telegram.org/bot",
            "trycloudflare.com",
            "glot.io",
            "rentry.co",
            "beeceptor.com",
        ),
        re.compile(
            r"https?://[\w.-]{0,60}(?:webhook\.site|requestbin\.\w+|pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|burpcollaborator\.net"
            r"|oast\.\w+|interact\.sh|pastebin\.com|hastebin\.com|transfer\.sh|file\.io|trycloudflare\.com|glot\.io|rentry\.co|beeceptor\.com)"
            r"|https?://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d|https?://api\.telegram\.org/bot\d",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _SHORT,
        ("bit.ly", "tinyurl", "goo.gl", "is.gd", "cutt.ly", "rb.gy", "shorturl", "//t.co/", "ow.ly"),
        re.compile(
            r"https?://(?:www\.)?(?:bit\.ly|tinyurl\.com|goo\.gl|is\.gd|cutt\.ly|rb\.gy|shorturl\.at|t\.co|ow\.ly)/\w",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _RAW_IP,
        ("://",),
        re.compile(
            r"\b(?:https?|ftp|wss?)://(?!127\.|10\.|0\.0\.0\.0|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\."
            r"|1\.1\.1\.1|8\.8\.[48]\.|1\.2\.3\.4|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"
            r"|\bhttps?://(?:0x[0-9a-fA-F]{8}|\d{8,10})(?=[/:\s\"'])",
        ),
    ),
    Pattern(
        _REDIRECT,
        ("index-url", "--registry", "trusted-host", "goproxy"),
        re.compile(
            r"--(?:extra-)?index-url[= ]\s{0,3}[\"']?http\S{1,100}|--trusted-host[= ]\S{1,80}|--registry[= ]\s{0,3}[\"']?http\S{1,100}|\bGOPROXY=http\S{1,80}",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _UNPINNED,
        ("pip install", "npm install", "npm i ", "npx ", "uvx ", "gem install", "go install", "cargo install"),
        re.compile(
            r"\bpip3?\s+install\s+(?:(?:-U|--upgrade|--user|-q|--quiet|--break-system-packages)\s+){0,3}(?![-.\"'<{$\[])[A-Za-z][\w.-]{1,60}(?:\[[\w,]{1,40}\])?"
            r"(?![\w.\[-]|\s{0,2}[=<>~@])|(?<!\()\bnpm\s+(?:install|i)\s+(?:-g|--global)\s+(?:@[\w.-]{1,40}/)?[\w.-]{1,60}(?![\w.-]|@[\d^~v])"
            r"|(?<!\()\b(?:npx|uvx)\s+(?:-y\s+|--yes\s+)?(?![-<{$])(?:@[\w.-]{1,40}/)?[\w.-]{2,60}(?![\w./-]|[@=]{1,2}[\d^~v])",
        ),
        kinds=("skill", "code"),
    ),
    Pattern(
        _BEACON,
        ("](http", "<img"),
        re.compile(
            r"!\[[^\]\n]{0,100}\]\(https?://[^\s)]{1,200}[?&][^\s)]{0,80}=(?:\{|\$|<|%7B)|<img\b[^>\n]{0,200}src=[\"']https?://[^\"'\n]{1,200}=(?:\{|\$|<)",
            re.IGNORECASE,
        ),
        kinds=("skill", "document"),
    ),
)
RULES: Final = tuple(dict.fromkeys(pattern.rule for pattern in PATTERNS))


def find(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    """Commands and addresses; of the pipes to a shell, those of well-known installers weigh little."""
    for hit in matches(PATTERNS, text, lower, kind):
        if hit.rule is PIPE and _KNOWN.search(text, hit.at, hit.end):
            yield replace(hit, severity="low", note="The address is a well-known installer's.")
        else:
            yield hit
