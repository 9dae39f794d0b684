"""What the scan looks for: one small file a subject, each a list of rules and a pure function over text.

Invariant: every expression is linear in the text (its repetitions are bounded, or begin where nothing before them could), and
nothing that is looked at is ever run, imported or followed.
"""
