"""Timeline, Schema and records ─▶ states, findings, verdict and plan."""
