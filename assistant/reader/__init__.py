"""Which words of a passage answer a question, and whether any do."""

from assistant.reader.reading import Reader, Reading

__all__ = ["Reader", "Reading"]
