"""What a skill asks for that a skill has no reason to ask for: to forget orders, keep secrets, read keys, send them off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.skills.rules.rule import Hit, Kind, Pattern, Rule, matches

_READ: Final = "Read the passage. If it only describes an attack, waive it with that reason."
_OVERRIDE: Final = Rule(
    "override", "high", "medium", "It tells the model to set its instructions aside.", _READ, "AST01"
)
_ROLE: Final = Rule("override-role", "high", "medium", "It imitates the marks of a system message.", _READ, "AST01")
_SECRECY: Final = Rule("secrecy", "high", "medium", "It asks to keep something from the user.", _READ, "AST01")
_SEND: Final = Rule(
    "exfiltration", "critical", "medium", "It asks to send secrets or the conversation elsewhere.", _READ, "AST01"
)
CREDENTIALS: Final = Rule(
    "credential-path",
    "high",
    "medium",
    "It names a place where credentials are kept.",
    "Check that the skill needs it, and what it does with it.",
    "AST03",
)
_CONFIG: Final = Rule(
    "agent-config",
    "high",
    "medium",
    "It changes the agent's or the shell's own configuration, which outlives the skill.",
    "Make the change yourself if you want it.",
    "AST01",
)
_PASSWORD: Final = Rule(
    "archive-password",
    "high",
    "medium",
    "An archive with a password hides its content from every scanner.",
    "Do not open it unless you know who made it.",
    "AST01",
)
_GATE: Final = Rule(
    "gatekeeper",
    "critical",
    "high",
    "It switches off the system's protection against unknown programs.",
    "Do not do that.",
    "AST01",
)
_INSTALLER: Final = Rule(
    "prerequisite",
    "medium",
    "medium",
    "It asks to download and run a program before anything else: how most malicious skills begin.",
    "Get the program from its maker's own site.",
    "AST02",
)

_SECRETS: Final = (
    r"(?:api[ _-]?keys?|(?:access|auth|session)[ _-]?tokens?|credentials?|passwords?|private keys?|ssh keys?|secrets?|\.env\b"
    r"|environment variables|(?:chat|conversation) (?:history|log)|system prompt|cookies)"
)
PATTERNS: Final = (
    Pattern(
        _OVERRIDE,
        ("ignore", "disregard", "forget", "override", "bypass"),
        re.compile(
            r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|the|your|every|of|these|those|my)\s+){0,4}"
            r"(?:previous|prior|earlier|above|preceding|existing|system|safety|developer|original)\s+(?:\w+\s+){0,1}"
            r"(?:instructions?|prompts?|rules?|guidelines?|messages?|restrictions?|polic(?:y|ies)|directives?)\b",
            re.IGNORECASE,
        ),
        prose=True,
    ),
    Pattern(
        _ROLE,
        ("you are now", "<|im_start|>", "[system]", "<system", "jailbreak"),
        re.compile(
            r"\byou are now (?:in )?(?:DAN\b|developer mode|jailbroken|unrestricted|root)|<\|im_start\|>\s*system"
            r"|^\s*(?:\[system\]|<system(?:-message|_prompt)?>)",
            re.IGNORECASE | re.MULTILINE,
        ),
        prose=True,
        kinds=("skill", "document"),
    ),
    Pattern(
        _SECRECY,
        ("user", "human", "silently", "secretly", "covertly"),
        re.compile(
            r"\b(?:do not|don't|never|without|must not|should not)\s+(?:ever\s+)?"
            r"(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?|alert(?:ing)?|warn(?:ing)?)\s+(?:the\s+|your\s+)?(?:users?|humans?)\b"
            r"(?!\s+(?:to|how|which)\b)"
            r"|\b(?:do not|don't|never)\s+(?:mention|reveal|disclose)\s+(?:this|it|these|any of this|that you)\b[^\n.]{0,60}\b(?:user|human)"
            r"|\b(?:hide|conceal|keep)\s+(?:this|it|that)\s+(?:secret\s+)?from\s+(?:the\s+)?(?:user|human)"
            r"|\b(?:silently|secretly|covertly)\s+(?:run|execute|send|upload|read|copy|install|download)\b",
            re.IGNORECASE,
        ),
        kinds=("skill", "document"),
    ),
    Pattern(
        _SEND,
        ("send", "post", "upload", "exfiltrat", "transmit", "forward"),
        re.compile(
            r"\b(?:send|post|upload|transmit|forward|exfiltrate)\b[^\n.]{0,60}\b"
            + _SECRETS
            + r"[^\n]{0,60}(?:\bto\b[^\n]{0,30})?https?://"
            r"|\bexfiltrate\b[^\n.]{0,80}" + _SECRETS,
            re.IGNORECASE,
        ),
        prose=True,
    ),
    Pattern(
        CREDENTIALS,
        (
            ".ssh",
            ".aws",
            ".netrc",
            ".git-credentials",
            ".gnupg",
            ".kube",
            "gcloud",
            ".docker/config",
            "/etc/shadow",
            "keychain",
            "find-generic-password",
            "login data",
            "wallet.dat",
            ".credentials.json",
            ".codex/auth",
            "169.254.169.254",
            ".pypirc",
            "cookies.sqlite",
            "logins.json",
            "key4.db",
        ),
        re.compile(
            r"\.ssh/(?:id_\w{1,20}|\*|authorized_keys)|\.ssh/?[\"'\s]{0,2}(?:\||>|$)|\.aws/credentials|[/~]\.netrc\b|\.git-credentials\b"
            r"|\.gnupg/|\.kube/config\b|\.config/gcloud|\.docker/config\.json|/etc/shadow\b|login\.keychain|\bsecurity\s+find-generic-password"
            r"|User Data/[^\n]{0,40}Login Data|\bwallet\.dat\b|\.claude/\.credentials\.json|\.codex/auth\.json|169\.254\.169\.254"
            r"|[/~]\.pypirc\b|\bcookies\.sqlite\b|\blogins\.json\b|\bkey4\.db\b",
            re.MULTILINE,
        ),
    ),
    Pattern(
        _CONFIG,
        (
            "claude.md",
            "agents.md",
            "memory.md",
            "settings.json",
            "settings.local.json",
            ".mcp.json",
            ".bashrc",
            ".zshrc",
            ".profile",
            "crontab",
            "launchctl",
            "authorized_keys",
            "hooks.json",
            "soul.md",
        ),
        re.compile(
            r"(?:>>?|\btee\s+(?:-a\s+)?)\s{0,3}[\"']?[^\s\"'|;&]{0,100}(?:CLAUDE\.md|AGENTS\.md|MEMORY\.md|SOUL\.md|\.claude/settings(?:\.local)?\.json"
            r"|\.mcp\.json|\.bashrc|\.zshrc|\.bash_profile|\.profile|\.ssh/authorized_keys)|\bcrontab\s+-(?:\s|$)|\|\s*crontab\b"
            r"|\blaunchctl\s+(?:load|bootstrap)\b|\b(?i:append|inject|add)\s+(?:this|the following|these)\b[^\n.]{0,60}"
            r"(?:CLAUDE\.md|AGENTS\.md|MEMORY\.md|SOUL\.md|\.claude/settings|\.bashrc|\.zshrc)",
        ),
    ),
    Pattern(
        _PASSWORD,
        ("password", "passwd", "unzip", "7z", "unrar"),
        re.compile(
            r"\b(?:unzip|7z\s+x|7za\s+x|unrar\s+x)\b[^\n]{0,60}\s-[pP]\s?[^\s-]\S{0,60}"
            r"|\b(?:zip|archive|rar)\b[^\n]{0,40}\bpassword(?:\s+is|:)\s*\S|\bpassword for the (?:zip|archive|rar)\b",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _GATE,
        ("quarantine", "spctl", "executionpolicy", "xattr", "add-mppreference"),
        re.compile(
            r"\bxattr\s+-[a-z]{0,4}[cd][a-z]{0,4}\s[^\n]{0,80}|com\.apple\.quarantine|\bspctl\s+--(?:master|global)-disable"
            r"|-ExecutionPolicy\s+Bypass|Set-ExecutionPolicy\s+(?:Bypass|Unrestricted)|Add-MpPreference\s+-Exclusion",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        _INSTALLER,
        (".exe", ".dmg", ".pkg", ".msi", ".scr"),
        re.compile(
            r"\b(?:download|install|run|get)\b[^\n]{0,100}https?://[^\s\"')]{3,200}\.(?:exe|dmg|pkg|msi|scr)\b"
            r"|\b(?:curl|wget)\b[^\n]{0,100}https?://[^\s\"')]{3,200}\.(?:exe|dmg|pkg|msi|scr)\b",
            re.IGNORECASE,
        ),
    ),
)
RULES: Final = tuple(dict.fromkeys(pattern.rule for pattern in PATTERNS))


def find(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    """Orders that no skill needs to give."""
    return matches(PATTERNS, text, lower, kind)
