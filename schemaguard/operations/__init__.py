"""What mends a schema: tasks as values, their order, the rows that they would meet, and how they are carried out."""
