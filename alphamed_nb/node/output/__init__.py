"""What a node prints, logs and measures, as records, and their way out of the process."""
