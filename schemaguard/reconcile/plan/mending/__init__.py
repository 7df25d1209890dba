"""The tasks that bring each object to what it should be, with what no model describes."""
