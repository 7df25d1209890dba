"""The migrations on disk, walked operation by operation into timelines of all that they make."""
