"""From passages that have been read to statements with spans."""
