"""Skills: folders with a SKILL.md, read leniently, judged strictly, changed by the line.

Idea: a document is its bytes. `skill` reads any of them and edits without touching a byte that it need not; `lint` says
what the specification makes of it. `library` keeps folders of them, in git: every change is a version, and one that is
killed is finished or undone by whoever comes next. Invariant: what was not edited is written back as it was read.

Rooms: `document` the parts of a SKILL.md, `tree` its folder, `versions` git, `review` scan and trust, `sources` and `intake` what
comes from elsewhere, `market` and `github` where from, `handout` what goes out, `roles` the agents' own skills.
"""

from workbench.skills.skill import SkillDocument, parse

__all__ = ["SkillDocument", "parse"]
