"""Timeline × Schema × records ─▶ states, findings, verdict and plan."""
