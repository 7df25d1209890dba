"""What a person may choose, what the options and answers say of it, and what is left open."""
