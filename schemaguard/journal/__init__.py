"""What reconcile did, and how it is taken back."""
