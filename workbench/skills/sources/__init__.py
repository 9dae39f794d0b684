"""Where skills come from: a folder, an archive, a repository, a site with an index; all made one folder to look into.

Idea: `address` says what a text names, without looking; `fetch` brings it into a staging folder that its caller made, and
says where it lies. Invariant: what a text, a server or an archive says is hostile. No byte is written outside the
staging folder, nothing of what came is run, and no address within the house is asked for by somebody else's word.
"""
