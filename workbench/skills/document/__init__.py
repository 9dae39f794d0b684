"""A SKILL.md in parts: where its front matter lies, what its keys say, what is wrong with it, and how it is changed."""
