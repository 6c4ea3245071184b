"""Being one node in one task: messages, data streams, the presence of others, reports."""
