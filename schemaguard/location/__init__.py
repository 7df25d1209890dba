"""A database located in its own history: matched, weighed, and placed."""
