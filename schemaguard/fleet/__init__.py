"""Many databases, and many schemas of one, checked and reconciled by one command."""
