"""The report on many databases: those that are alike are told together."""
