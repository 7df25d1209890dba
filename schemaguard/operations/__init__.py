"""What mends a schema: tasks as values, their order, what they would meet in the data, and how they are carried out."""
