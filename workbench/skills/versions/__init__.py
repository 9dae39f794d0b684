"""Git, for skills: the repository that they lie in, what it keeps, and how versions differ."""
