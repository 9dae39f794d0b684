"""Skills that come from elsewhere: a plan of what a source holds, what is chosen of it, and bringing that in."""
