"""What a task would meet in the data, counted on the real rows before anything is done."""
