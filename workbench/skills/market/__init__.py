"""Marketplaces that a person browses, and what is newer there."""
