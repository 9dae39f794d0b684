"""What a skill asks for that a skill has no reason to ask for: to forget orders, keep secrets, send them off."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from workbench.skills.review.rules.rule import Hit, Kind, Pattern, Rule, matches

_READ: Final = "Read the passage. If it only describes an attack, waive it with that reason."
_OVERRIDE: Final = Rule(
    "override", "high", "medium", "It tells the model to set its instructions aside.", _READ, "AST01"
)
_ROLE: Final = Rule("override-role", "high", "medium", "It imitates the marks of a system message.", _READ, "AST01")
_SECRECY: Final = Rule("secrecy", "high", "medium", "It asks to keep something from the user.", _READ, "AST01")
_SEND: Final = Rule(
    "exfiltration", "critical", "medium", "It asks to send secrets or the conversation elsewhere.", _READ, "AST01"
)
MIXED: Final = Rule(
    "mixed-script",
    "medium",
    "medium",
    "A word mixes letters of several scripts, so that it is read but not found.",
    "Write the word in one script.",
    "AST01",
)

SECRETS: Final = (
    r"(?:api[ _-]?keys?|(?:access|auth|session)[ _-]?tokens?|credentials?|passwords?|private keys?|ssh keys?|secrets?|\.env\b"
    r"|environment variables|(?:chat|conversation) (?:history|log)|system prompt|cookies)"
)
_ORDERS: Final = (
    r"(?:instructions?|prompts?|rules?|guidelines?|messages?|restrictions?|polic(?:y|ies)|directives?|training)"
)
_BEFORE: Final = r"(?:previous|prior|earlier|above|preceding|existing|system|safety|developer|original)"
_USER: Final = r"(?:the\s+|your\s+)?(?:users?|humans?|owner)\b"
_NOT: Final = r"\b(?:do\s+not|don['’]?t|never|must\s+not|should\s+not|mustn['’]t)\s+(?:ever\s+)?"
PATTERNS: Final = (
    Pattern(
        _OVERRIDE,
        ("ignore", "disregard", "forget", "override", "bypass", "new instructions", "no longer bound", "restrictions"),
        re.compile(
            r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|the|your|every|of|these|those|my)\s+){0,4}"
            + _BEFORE + r"\s+(?:\w+\s+){0,1}" + _ORDERS + r"\b"
            r"|\b(?:ignore|disregard|forget)\s+(?:all|everything|anything)\s+(?:of\s+)?(?:the\s+)?(?:above|before|you\s+(?:know|were|have|learned))\b"
            r"|(?<!never )\b(?:ignore|disregard|forget)\s+(?:what|everything|anything|all)\s+(?:that\s+)?you\s+(?:were|have\s+been|are)\s+(?:told|instructed|asked)\b"
            r"|\byour\s+new\s+instructions\s+(?:are|follow)\b|\bno\s+longer\s+bound\s+by\b|\b(?:pretend|act\s+as\s+if|imagine)\b[^\n.]{0,30}\bno\s+restrictions\b",
            re.IGNORECASE,
        ),
        prose=True,
    ),
    Pattern(
        _OVERRIDE,
        ("ignorier", "vergiss", "missachte", "ignorez", "oubliez", "ignora ", "ignore as ", "olvida", "忽略", "无视", "無視", "игнорируй", "забудь"),
        re.compile(
            r"\b(?:ignorier\w{0,3}|vergiss|missachte\w{0,2})\s+(?:\w+\s+){0,2}(?:vorherigen?|bisherigen?|obigen?|früheren?)\s+(?:Anweisung|Regel|Befehl|Instruktion)"
            r"|\b(?:ignorez|oubliez)\s+(?:\w+\s+){0,3}(?:instructions|consignes|règles)|\b(?:ignora|olvida|ignore)\s+(?:\w+\s+){0,3}(?:instrucciones|istruzioni|instruções|reglas)"
            r"|(?:忽略|无视|無視)[^\n。]{0,10}(?:指令|指示|说明|規則|规则|提示)|(?:игнорируй|забудь)\w{0,3}\s+(?:\w+\s+){0,3}(?:инструкци|указани)",
            re.IGNORECASE,
        ),
        prose=True,
    ),
    Pattern(
        _ROLE,
        ("you are now", "<|im_start|>", "[system]", "<system", "jailbreak"),
        re.compile(
            r"\byou are now (?:in )?(?:DAN\b|developer mode|jailbroken|unrestricted|root)|<\|im_start\|>\s*system"
            r"|^\s*(?:\[system\]|<system(?:-message|_prompt)?>)|\bjailbreak\s+(?:mode|yourself)\b",
            re.IGNORECASE | re.MULTILINE,
        ),
        prose=True,
        kinds=("skill", "document"),
    ),
    Pattern(
        _SECRECY,
        ("user", "human", "owner", "anyone", "anybody", "silently", "secretly", "covertly", "confirmation", "permission"),
        re.compile(
            r"\b(?:do not|don['’]?t|never|without|must not|should not)\s+(?:ever\s+)?"
            r"(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?|alert(?:ing)?|warn(?:ing)?)\s+(?:" + _USER + r"|any(?:one|body)\b)"
            r"(?!\s+(?:to|how|which)\b)"
            r"|\b(?:do not|don['’]?t|never)\s+(?:mention|reveal|disclose|show)\s+(?:this|it|these|any of this|that you)\b[^\n.]{0,60}\b(?:user|human)"
            r"|\b(?:do not|don['’]?t|never)\s+let\s+" + _USER + r"\s+(?:know|see|notice|find)\b"
            r"|\b(?:hide|conceal|keep)\s+(?:this|it|that)\s+(?:\w+\s+){0,2}from\s+(?:the\s+)?(?:user|human)"
            r"|\bwithout\s+" + _USER + r"\s+(?:noticing|knowing|seeing)|\b" + _USER + r"\s+(?:must|should|does|will|do|can)\s*(?:not|n['’]t)\s+(?:notice|see\s+this|know\s+(?:about|of)\s+(?:this|it))\b"
            r"|\bwithout\s+(?:ever\s+)?asking\s+(?:" + _USER + r"|for\s+(?:the\s+user['’]?s?\s+)?(?:permission|confirmation|consent))"
            r"|\b(?:do\s+not|don['’]t|never)\s+ask\s+(?:the\s+user\s+)?for\s+(?:any\s+)?(?:confirmation|permission|consent)\s{0,3}(?:[.!;]|$)"
            r"|\b(?:silently|secretly|covertly)\s+(?:run|execute|send|upload|read|copy|install|download)\b",
            re.IGNORECASE,
        ),
        prose=True,
        kinds=("skill", "document"),
    ),
    Pattern(
        _SEND,
        ("send", "post", "upload", "exfiltrat", "transmit", "forward"),
        re.compile(
            r"\b(?:send|post|upload|transmit|forward|exfiltrate)\b[^\n.]{0,60}\b"
            + SECRETS
            + r"[^\n]{0,60}(?:\bto\b[^\n]{0,30})?https?://"
            r"|\bexfiltrate\b[^\n.]{0,80}" + SECRETS,
            re.IGNORECASE,
        ),
        prose=True,
    ),
)  # fmt: skip
RULES: Final = (MIXED, *dict.fromkeys(pattern.rule for pattern in PATTERNS))

_MIXED: Final = re.compile(
    "[A-Za-z]{1,40}[\u0370-\u03ff\u0400-\u04ff][A-Za-z]{1,40}|\\b[\u0400-\u04ff][A-Za-z]{3,40}\\b"
)
_TWINS: Final = frozenset("асеорхуіјѕԁԛԝһαοερτικνυΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТХ")
"""Letters of other scripts that look like Latin ones."""


def find(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    """Orders that no skill needs to give."""
    yield from matches(PATTERNS, text, lower, kind)
    if kind in ("skill", "document") and not text.isascii():
        for found in _MIXED.finditer(text):
            if any(each in _TWINS for each in unicodedata.normalize("NFC", found[0])):
                yield Hit(MIXED, found.start(), found.end())
