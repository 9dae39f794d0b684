"""The files of a skill: walked, read and written by handle, copied, and named by one digest."""
