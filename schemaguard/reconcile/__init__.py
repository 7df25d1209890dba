"""Reconcile: plan what mends records and schema, and carry it out with proof."""
