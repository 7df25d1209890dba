"""schemaguard: locate a real database in its own migration history, and mend records or schema, whichever is wrong."""

__version__ = "0.1.0"
