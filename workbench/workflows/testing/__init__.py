"""A skill on trial: the same request with it and without it, compared by somebody who never sees it."""
