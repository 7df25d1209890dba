"""How the steps of a plan share a transaction, or run outside of one, under a lock."""
