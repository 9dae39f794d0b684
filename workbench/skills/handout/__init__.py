"""Skills for others: put where clients look, packaged, and listed in catalogues."""
