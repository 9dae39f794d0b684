"""The child's own small house: one process that turns a vendor's agent into lines, and one that keeps it.

`python -m workbench.sidecar --provider NAME` speaks the wire of `protocol.wire` (main loop: `dispatch`, its turns: `turns`,
its way out: `emitter`, the vendors: `provider` and one module each). `shim`, `tape` and `tree` are the keeper: stdlib only.
Invariant: nothing here knows of databases, notebooks or screens, and nothing but frames reaches stdout.
"""
