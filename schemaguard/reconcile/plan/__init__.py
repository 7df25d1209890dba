"""From a diagnosis to a plan: what to record, to complete, and to make again, in the order of the history."""
