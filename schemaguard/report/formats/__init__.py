"""One module a format: a function from a Report, or from Many, to text."""
