"""The command surface: every operation has a name, a request and a reply, and is reached through `registry`.

Idea: a command is one function `async def f(bench, request) -> Reply`, registered by name in the module of its subject.
Hosts (CLI, kernel, server) translate and never decide. Invariant: a name is served by one function, a request with an
unknown key is refused, and a failure is a `WorkbenchError`. Subjects are imported when first asked for.
"""
