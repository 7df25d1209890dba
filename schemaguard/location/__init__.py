"""Locates a database in its own history: its objects are matched with timelines, weighed, and given a step."""
