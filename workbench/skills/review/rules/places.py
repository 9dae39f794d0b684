"""Places that are none of a skill's business: where credentials are kept, and what configures agents and shells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.skills.review.rules.rule import Hit, Kind, Pattern, Rule, matches

CREDENTIALS: Final = Rule(
    "credential-path",
    "high",
    "medium",
    "It names a place where credentials are kept.",
    "Check that the skill needs it, and what it does with it.",
    "AST03",
)
_ENVIRONMENT: Final = Rule(
    "reads-environment",
    "medium",
    "medium",
    "It prints or stores all environment variables, or a token out of one's own.",
    "Name the one variable that it needs.",
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
_UNGUARDED: Final = Rule(
    "permissions-off",
    "high",
    "high",
    "It runs an agent without its permission checks.",
    "Let the agent ask, and allow what is needed.",
    "AST03",
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

_OBEYED: Final = (
    r"(?:(?:CLAUDE|AGENTS|MEMORY|SOUL|GEMINI)\.md|\.cursorrules|\.claude/(?:settings(?:\.local)?\.json|hooks\b|commands\b|agents\b)|\.codex/config\.toml"
    r"|\.mcp\.json|\.bashrc|\.zshrc|\.bash_profile|\.zprofile|\.profile|config\.fish|\.ssh/authorized_keys|\.git/hooks|/etc/profile|/etc/cron)"
)
_HOMES: Final = r"(?:~|\$HOME|\$\{HOME\})/\.(?:claude|codex|gemini|cursor)/"
PATTERNS: Final = (
    Pattern(
        CREDENTIALS,
        (
            ".ssh", ".aws", ".netrc", ".git-credentials", ".gnupg", ".kube", "gcloud", ".docker/config", "/etc/shadow", "keychain", "dpapi",
            "find-generic-password", "login data", "wallet.dat", ".credentials.json", ".codex/auth", "169.254.169.254", ".pypirc", ".npmrc",
            "cookies.sqlite", "logins.json", "key4.db", "hosts.yml", "/proc/", "google/chrome", ".mozilla", "\\mozilla", "mozilla\\", "keyrings",
            ".config/op", ".azure", ".cargo/credentials", ".vault-token", ".terraform.d", "solana/id.json", ".bitcoin", ".ethereum", ".electrum",
            "*.pem", "*.key", "*.kdbx", "*.env", "id_rsa", ".p12", "cmdkey", ".claude/projects", "_history", ".config/1password", "exodus",
        ),
        re.compile(
            r"\.ssh/(?:id_\w{1,20}|\*|authorized_keys|config\b)|\.ssh/?[\"'\s]{0,2}(?:\||>|$)|\.aws/(?:credentials|config\b)|[/~]\.netrc\b|\.git-credentials\b"
            r"|\.gnupg/|\.kube/config\b|\.config/gcloud|\.docker/config\.json|/etc/shadow\b|login\.keychain|\bsecurity\s+(?:find-generic-password|dump-keychain)"
            r"|User Data/[^\n]{0,40}Login Data|\bwallet\.dat\b|\.claude/(?:\.credentials\.json|projects/?(?:[\"'`\s*]|$))|\.codex/auth\.json|169\.254\.169\.254"
            r"|~/\.pypirc\b|~/\.npmrc\b|\bcookies\.sqlite\b|\blogins\.json\b|\bkey4\.db\b|\bgh/hosts\.yml|/proc/(?:self|\d+|\*)/environ"
            r"|Google/Chrome/(?:Default|User)[^\n]{0,30}|[~/\\.]mozilla[/\\]firefox|%APPDATA%\\{1,2}Mozilla|\.local/share/keyrings|\.config/op\b|\.config/1Password"
            r"|\.azure/\w|\.cargo/credentials|\.vault-token\b|\.terraform\.d/credentials|solana/id\.json|~/\.(?:bitcoin|ethereum|electrum|exodus)\b|\bcmdkey\s+/list"
            r"|\bDPAPI\b|\b(?:find|locate|grep)\b[^\n]{0,80}(?:\*\.(?:pem|key|kdbx|p12|env)\b|id_rsa)|~/\.(?:bash|zsh)_history\b",
            re.MULTILINE | re.IGNORECASE,
        ),
    ),
    Pattern(
        _ENVIRONMENT,
        (".env", "printenv", "env >", "env|", "env |", "gh auth token", "export-credentials", "print-access-token", "_api_key", "_token", "_secret"),
        re.compile(
            r"(?:^|[;&|$(`]|(?<=\n))\s{0,3}(?:cat|less|more|head|tail|type)\s+[\"']?(?:[\w./~-]{1,60}/)?\.env(?![\w.-])"
            r"|(?:^|[;&|(])[\t ]{0,3}(?:env|printenv)[\t ]{0,3}(?:>|$|\|\s{0,3}(?:base64|sort|tee|xxd))|\bgh\s+auth\s+token\b"
            r"|\baws\s+configure\s+export-credentials|\bgcloud\s+auth\s+(?:application-default\s+)?print-access-token"
            r"|(?:^|[;&|(])[\t ]{0,3}(?:echo|printf)\s+[\"']?\$\{?[A-Z_]{2,40}_(?:API_KEY|TOKEN|SECRET)\}?[\"']?\s{0,3}(?:$|>|\|\s{0,3}(?:base64|curl|nc))",
            re.MULTILINE,
        ),
    ),
    Pattern(
        _CONFIG,
        (
            "claude.md", "agents.md", "memory.md", "soul.md", "gemini.md", ".cursorrules", "settings.json", "settings.local.json", ".mcp.json",
            ".claude/", ".codex/", ".gemini/", ".bashrc", ".zshrc", ".profile", ".bash_profile", ".zprofile", "config.fish", "$profile", "crontab",
            "launchctl", "launchagents", "authorized_keys", "hooks", "hookspath", "systemctl", "schtasks", "mcp add", "claude config set",
            "your memory", "remember forever", "/etc/profile", "/etc/cron",
        ),
        re.compile(
            r"(?:>>|(?<![\w<=>-])>(?!>)|(?<![<=-])>(?=\s?(?:~|\$))|\btee\s+(?:-a\s+)?)\s{0,3}[\"']?[^\s\"'|;&<>]{0,100}" + _OBEYED
            + r"|>>?\s{0,3}[\"']?\$PROFILE\b|\b(?:cp|mv|ln|install|sed\s+-i\S{0,6})\s[^\n|;&]{0,120}" + _HOMES + r"(?!skills\b)|\b(?:cp|mv|ln)\s[^\n|;&]{0,120}\.git/hooks/"
            r"|\bsed\s+-i[^\n|;&]{0,120}" + _OBEYED
            + r"|\bcrontab\s+-(?:\s|$)|\|\s*crontab\b|\blaunchctl\s+(?:load|bootstrap)\b|Library/LaunchAgents/\S|\bsystemctl\s+(?:--user\s+)?enable\b|\bschtasks\s+/create"
            r"|\bcore\.hooksPath\b|\bclaude\s+(?:mcp\s+add(?!-)|config\s+set)\s+\S|(?:(?i:save|store|write)\b[^\n.]{0,40}\b(?:in|to|into)\s+your\s+memory\b)|\b(?i:remember)\s+forever\b"
            r"|\b(?i:append|inject|add|insert|write|put|save)\s+(?:(?i:this|the following|these|the)\b)(?:[^\n.]|\.(?=\w)){0,60}"
            r"(?:(?:CLAUDE|AGENTS|MEMORY|SOUL|GEMINI)\.md|\.claude/(?:settings|hooks)|\.bashrc|\.zshrc|\.cursorrules)"
            r"|\b(?i:edit|modify|update|change|overwrite)\s+(?:(?i:the|your|user's)\s+){0,2}[`\"']?(?:(?:~|\$HOME)/)?(?:(?:MEMORY|SOUL)\.md[`\"']?\s+(?i:with|to|so)\b|\.claude/(?:settings(?:\.local)?\.json|hooks)|~/\.(?:bashrc|zshrc))"
            r"|\b(?i:update|edit|modify)\s+(?:(?i:the|your)\s+){0,1}[`\"']?(?:~|\$HOME)/\.(?:claude|codex|gemini)/(?:CLAUDE|AGENTS|GEMINI)\.md"
            r"|\b(?i:create or update)\s+(?:(?i:the|your)\s+){0,1}[`\"']?(?:GEMINI|SOUL|MEMORY)\.md",
            re.MULTILINE,
        ),
    ),
    Pattern(
        _UNGUARDED,
        ("bypasspermissions", "dangerously-skip-permissions", "--yolo", "dangerously-bypass"),
        re.compile(
            r"[\"']?defaultMode[\"']?\s{0,3}[:=]\s{0,3}[\"']?bypassPermissions|--permission-mode[= ]bypassPermissions|\bpermissionMode:\s?bypassPermissions"
            r"|\b(?:claude|codex|gemini)\b[^\n]{0,80}--(?:dangerously-skip-permissions|dangerously-bypass-approvals-and-sandbox|yolo)\b"
        ),
    ),
    Pattern(
        _PASSWORD,
        ("password", "passwd", "unzip", "7z", "unrar", "(zip)"),
        re.compile(
            r"\b(?:unzip\b[^\n]{0,60}\s(?-i:-P)\s?|(?:7za?\s+x|unrar\s+x)\b[^\n]{0,60}\s-p)[^\s-]\S{0,60}"
            r"|\b(?:zip|archive|rar)\b[^\n]{0,40}\bpassword(?:\s+is|:)\s*\S|\bpassword for the (?:zip|archive|rar)\b"
            r"|\b(?:extract|unpack|unzip|decompress|open)\b[^\n.]{0,30}\b(?:with|using)\s+(?:the\s+)?pass(?:word|wd)?\b[:\s]+\S|\bpass(?:word)?:\s?\S{1,40}\s\(?(?:zip|rar|archive)\)?",
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
        (".exe", ".dmg", ".pkg", ".msi", ".scr", "prerequisite", "before you begin", "terminal"),
        re.compile(
            r"\b(?:download|install|run|get)\b[^\n]{0,100}https?://[^\s\"')]{3,200}\.(?:exe|dmg|pkg|msi|scr)\b"
            r"|\b(?:curl|wget)\b[^\n]{0,100}https?://[^\s\"')]{3,200}\.(?:exe|dmg|pkg|msi|scr)\b"
            r"|\bprerequisites?\s?:[^\n]{0,80}https?://[^\s\"')]{3,200}/releases/download/[^\s\"')]{1,120}"
            r"|\b(?:before you begin|prerequisite)\b[^\n]{0,60}\b(?:download|install)\b[^\n]{0,80}https?://[^\s\"')]{3,200}\.(?:zip|7z|rar|exe|jar)\b"
            r"|\bcopy\s+(?:and\s+paste\s+)?this\s+(?:command|line)\s+(?:in)?to\s+(?:the\s+|your\s+)?terminal\b[^\n]{0,40}(?:enter|run|paste)",
            re.IGNORECASE,
        ),
    ),
)  # fmt: skip
RULES: Final = tuple(dict.fromkeys(pattern.rule for pattern in PATTERNS))


def find(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    """Places that a skill names or changes."""
    return matches(PATTERNS, text, lower, kind)
