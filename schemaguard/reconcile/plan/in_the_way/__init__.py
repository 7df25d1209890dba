"""What stands in the way of a plan, and is named before anything is done."""
