"""Carries tasks out through Django's schema editor: the one place where a plan becomes SQL."""
