"""Workflows: a skill is built step by step, each step an agent's turn with an artifact, a commit and a cost.

Idea: a workflow is data (`workflow`, `definitions/`), what an agent says is a draft (`drafts`), and completing a step is a
fold over its transcript, the definition and the documents of that moment. Invariant: whoever completes a step, and
however often, the same documents come out; nothing is paid twice, and no answer of a person is ever lost.
"""
