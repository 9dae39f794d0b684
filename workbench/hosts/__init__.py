"""The hosts: the command line, the kernel, the server. Each translates its own language into commands and back.

Invariant: a host decides nothing. What it can do, `commands` does; what it shows, a transcript or a table says. Import
the module you need: `cli` is light, `kernel` needs IPython, `server` needs Jupyter Server.
"""
