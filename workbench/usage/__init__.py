"""Usage: what the runs have cost.

Idea: `ledger` takes each finished run once, inside the transaction that finishes it, and turns the provider's running
totals into what that run used; `runs` are queries over those rows, and nothing is summed twice or kept as a sum.
Invariant: money is exact. It is whole numbers of 1e-12 USD inside and Decimal outside; a price that is not known is
null and its model is listed, never zero.
"""
