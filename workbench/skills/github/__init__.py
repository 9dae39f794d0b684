"""GitHub, as far as skills come from there: its API, signing in, and what it means when it says no."""
