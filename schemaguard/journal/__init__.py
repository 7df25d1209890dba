"""The journal: what `reconcile`, `push`, `adopt` and `undo` did, and how a reconcile is taken back."""
