"""Addresses: where data could go, where packages could come from, and what a name does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.skills.review.rules.rule import Hit, Kind, Pattern, Rule, matches

_LEAK: Final = Rule(
    "send-environment",
    "critical",
    "medium",
    "It sends the environment or a file to another machine.",
    "Do not run it.",
    "AST01",
)
_TELLS: Final = Rule(
    "send-machine",
    "high",
    "medium",
    "What a command says about this machine becomes part of an address or is copied to another one.",
    "Find out who is told, and why.",
    "AST01",
)
_SENDS: Final = Rule(
    "send-to-address",
    "medium",
    "medium",
    "It asks to send what was read or written to an address.",
    "Check whose address it is, and what is sent there.",
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
_BEACON: Final = Rule(
    "image-beacon",
    "high",
    "medium",
    "An image address with room for data sends it when the image is shown.",
    "Remove the image.",
    "AST01",
)

_OWN: Final = (
    r"(?!127\.|10\.|0\.0\.0\.0|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\."
    r"|1\.1\.1\.1|8\.8\.[48]\.|1\.2\.3\.4|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)"
)
_NUMBER: Final = _OWN + r"(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"
_SITE: Final = (
    r"(?:webhook\.site|requestbin\.\w+|requestcatcher\.com|hookbin\.com|pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|burpcollaborator\.net"
    r"|oast\.\w+|interact\.sh|pastebin\.com(?=/\w)|paste\.ee|hastebin\.com|dpaste\.(?:org|com)|0x0\.st|ix\.io|termbin\.com|transfer\.sh|file\.io"
    r"|gofile\.io|anonfiles\.com|tmpfiles\.org|catbox\.moe|trycloudflare\.com|serveo\.net|glot\.io|rentry\.co|beeceptor\.com|telegra\.ph"
    r"|[a-z2-7]{1,56}\.onion)"
)
PATTERNS: Final = (
    Pattern(
        _LEAK,
        ("curl", "wget", "nc "),
        re.compile(
            r"\b(?:env|printenv|export\s+-p)\b\s{0,3}\|[^\n]{0,80}\b(?:curl|wget|nc)\b"
            r"|\bcurl\b[^\n]{0,200}(?:\$\((?:env|printenv|cat\s+[^\n)]{0,60}(?:\.env|\.ssh|credentials|id_rsa|/etc/passwd))"
            r"|(?:-d|--data\S{0,8}|-F|-T)\s{0,2}[\"']?(?:\w{1,20}=)?@[\"']?(?:~|\$HOME|/etc/|/home/|\.env))"
            r"|\bwget\b[^\n]{0,100}--(?:post|body)-file[= ][\"']?(?:~|\$HOME|/etc/|/home/|\.env)",
        ),
    ),
    Pattern(
        _TELLS,
        ("$(", "rsync", "scp "),
        re.compile(
            r"\b(?:curl|wget)\s[^\n]{0,160}https?://[^\s\"']{0,160}[?&/=.]\$\((?:whoami|hostname|id|uname|cat|env|printenv|pwd|ls|base64)\b"
            r"|\b(?:nslookup|dig|host|ping)\s[^\n]{0,60}\$\([^\n)]{1,80}\)\.\w"
            r"|\b(?:rsync|scp)\s[^\n]{0,60}(?<=\s)[\"']?(?:~/?|\$HOME/?|/etc/|/root/|~/\.\w{2,20}/)\S{0,60}\s+[\w.-]{1,60}@?[\w.-]{0,60}:(?!//)",
        ),
        kinds=("skill", "document", "code"),
    ),
    Pattern(
        _SENDS,
        ("send", "post ", "upload", "transmit", "forward", "append", "include", "attach", "e-mail", "email", "fetch", "request", "open", "visit"),
        re.compile(
            r"\b(?:send|post|upload|transmit|forward|append|attach)\b[^\n.]{0,30}\b(?:contents?|results?|output|files?|conversation|transcript|messages?"
            r"|chat|answers?|source code|findings)\b[^\n.]{0,40}\bto\b[^\n]{0,20}https?://(?!localhost|127\.|\[?::1)[^\s)`\"']{4,200}"
            r"|\b(?:include|append|attach)\b[^\n.]{0,20}\b(?:api[ _-]?keys?|tokens?|credentials?|passwords?|secrets?|private keys?)\b[^\n.]{0,40}\b(?:to|in|for)\b[^\n]{0,20}https?://"
            r"|\b(?:e-?mail|send|forward)\b[^\n.]{0,20}\b(?:api[ _-]?keys?|credentials?|passwords?|secrets?|private keys?|conversation|transcript)\b"
            r"[^\n.]{0,30}\bto\s+[\w.+-]{1,60}@[\w-]{1,60}\.\w{2,12}"
            r"|\b(?:fetch|get|request|open|visit|load)\b[^\n]{0,40}https?://[^\s]{1,160}[?&]\w{1,20}=(?:<|\{\{?|\[)\s?"
            r"(?:conversation|chat|history|secrets?|tokens?|summary|messages?|context|env|prompt|contents?|output)\b",
            re.IGNORECASE,
        ),
        prose=True,
        kinds=("skill", "document"),
    ),
    Pattern(
        _DROP,
        (
            "webhook.site", "requestbin", "requestcatcher", "hookbin", "pipedream.net", "ngrok", "burpcollaborator", "oast.", "interact.sh",
            "pastebin.com", "paste.ee", "hastebin", "dpaste.", "0x0.st", "ix.io", "termbin", "transfer.sh", "file.io", "gofile.io",
            "anonfiles", "tmpfiles.org", "catbox.moe", "api/webhooks", "api.telegram.org/bot", "trycloudflare.com", "serveo.net", "glot.io",
            "rentry.co", "beeceptor.com", "telegra.ph", ".onion", "hooks.slack.com", "gist.githubusercontent",
        ),
        re.compile(
            r"https?://(?:[\w-]{1,63}\.){0,5}" + _SITE + r"(?![\w-])(?!\.\w)|\|\s{0,3}nc\s+termbin\.com"
            r"|https?://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d|https?://api\.telegram\.org/bot\d"
            r"|https?://hooks\.slack\.com/services/T|https?://gist\.githubusercontent\.com/[\w-]{1,60}/\w{1,60}/raw",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _SHORT,
        ("bit.ly", "tinyurl", "goo.gl", "is.gd", "cutt.ly", "rb.gy", "shorturl", "//t.co/", "ow.ly", "//t.ly/", "//s.id/", "buff.ly"),
        re.compile(
            r"https?://(?:www\.)?(?:bit\.ly|tinyurl\.com|goo\.gl|is\.gd|cutt\.ly|rb\.gy|shorturl\.at|t\.co|ow\.ly|t\.ly|s\.id|buff\.ly)/\w",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _RAW_IP,
        ("://", "curl ", "wget ", "nc ", "ncat "),
        re.compile(
            r"\b(?:https?|ftp|wss?)://" + _NUMBER
            + r"|\b(?:curl|wget|nc|ncat)\s[^\n|;&]{0,40}(?<=[\s\"'])" + _NUMBER + r"(?=[\s:/\"'`]|$)"
            r"|\bhttps?://(?:0x[0-9a-fA-F]{8}|0[0-7]{9,11}|\d{8,10})(?=[/:\s\"']|$)|\bhttps?://\[(?!::1?\]|f[cde])[0-9a-fA-F:]{3,39}\]",
        ),
    ),
    Pattern(
        _REDIRECT,
        ("index-url", "--registry", "trusted-host", "goproxy", "pip install -i", "pip config", "config set registry", "_index_url", "--source", "--index ",
         "npm_config_registry", "npmregistryserver", "insteadof", "registry="),
        re.compile(
            r"--(?:extra-)?index-url[= ]\s{0,3}[\"']?http\S{1,100}|--trusted-host[= ]\S{1,80}|--registry[= ]\s{0,3}[\"']?http\S{1,100}|\bGOPROXY=http\S{1,80}"
            r"|\bpip3?\s+install\s+-i\s+[\"']?http\S{1,100}|\bpip3?\s+config\s+set\s+\S{1,20}index-url\s+\S{1,100}|\b(?:npm|pnpm|yarn)\s+config\s+set\s+(?:registry|npmRegistryServer)\s+\S{1,100}"
            r"|\b(?:PIP|UV)(?:_EXTRA|_DEFAULT)?_INDEX(?:_URL)?=[\"']?http\S{1,100}|\bNPM_CONFIG_REGISTRY=[\"']?http\S{1,100}|\bgem\b[^\n]{0,60}\s--source[= ]\s?[\"']?http\S{1,100}"
            r"|\buv\s[^\n]{0,40}--(?:default-)?index[= ]\s?[\"']?http\S{1,100}|\burl\.[\"']?[^\s\"']{3,100}[\"']?\.insteadOf\b|^\s{0,4}registry\s?=\s?http\S{1,100}",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    Pattern(
        _BEACON,
        ("](http", "<img"),
        re.compile(
            r"!\[[^\]\n]{0,100}\]\(https?://[^\s)]{1,200}[?&][^\s)]{0,80}=(?:\{|\$|<|%7B|(?-i:[A-Z]{3,20}_[A-Z_]{2,30}))"
            r"|<img\b[^>\n]{0,200}src=[\"']https?://[^\"'\n]{1,200}=(?:\{|\$|<)",
            re.IGNORECASE,
        ),
        kinds=("skill", "document"),
    ),
)  # fmt: skip
RULES: Final = tuple(dict.fromkeys(pattern.rule for pattern in PATTERNS))


def find(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    """Addresses that deserve a look."""
    return matches(PATTERNS, text, lower, kind)
