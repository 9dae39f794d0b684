"""Usage: what the runs have cost, and what every transcript on this machine tells of tokens and money.

Idea: `ledger` takes each run of ours once, inside the transaction that finishes it, and turns the provider's running
totals into what that run used; `runs` are queries over those rows. `importer` reads the agents' own transcripts through
`sources` into the `store`, one row a response, our runs among them; `reports` and its neighbours are queries over that.
Invariant: money is exact. It is whole numbers of 1e-12 USD inside and Decimal outside; a price that is not known is
null and its model is listed, never zero.
"""
