"""Storage: one SQLite file, written by one thread a process and by any number of processes.

Idea: the unit of work is a function that takes a connection; `database.Database.read` and `.write` are the whole
interface, and the SQL of a subject lives in that subject's `table.py`. Invariant: a function either happened, and is on
the disk, or did not. `migrations` holds the schema's history, `schema.sql` what it amounts to, `files` the file.
"""
