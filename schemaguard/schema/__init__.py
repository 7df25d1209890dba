"""The vocabulary of schemas: frozen values, and what 'the same' means for each."""
