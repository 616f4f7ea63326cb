"""What can go wrong, in words for the person who meets it.

    AssistantError
    ├── CorpusError      the folder of documents is missing, empty or unreadable
    │   └── DocumentError    one file of it can't be read
    ├── IndexingError    the index is missing, damaged, busy or made with something else
    ├── ModelError       an embedding model is missing or not the one that is expected
    ├── ReaderError      the reader's weights are missing or damaged
    ├── QuestionError    a question that can't be asked: empty, or far too long
    ├── EvalError        the eval set can't be read
    ├── FeedbackError    the users' verdicts can't be kept or read
    ├── BusyError        too many questions at once: ask again
    └── MissingExtra     an optional library is not installed

Each message is one line that says what happened, to which file, and what to do.
"""

__all__ = [
    "AssistantError",
    "BusyError",
    "CorpusError",
    "DocumentError",
    "EvalError",
    "FeedbackError",
    "IndexingError",
    "MissingExtra",
    "ModelError",
    "QuestionError",
    "ReaderError",
]


class AssistantError(Exception):
    """The root: everything the assistant raises on purpose."""


class CorpusError(AssistantError):
    """The folder of documents is missing, empty or unreadable."""


class DocumentError(CorpusError):
    """One file of the corpus can't be read."""


class IndexingError(AssistantError):
    """The index is missing, damaged, busy, or made with something else."""


class ModelError(AssistantError):
    """An embedding model is missing, or not the one that is expected."""


class ReaderError(AssistantError):
    """The reader's weights are missing or damaged."""


class QuestionError(AssistantError):
    """A question that can't be asked: empty, or far too long."""


class EvalError(AssistantError):
    """The eval set can't be read."""


class FeedbackError(AssistantError):
    """What users say of answers can't be kept or read."""


class BusyError(AssistantError):
    """More questions at once than can be answered soon: ask again."""


class MissingExtra(AssistantError):
    """An optional library is not installed; the message is the pip line that installs it."""
