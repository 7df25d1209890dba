"""What the steps of a plan take along: what hangs on a column that is altered, and how it comes back."""
