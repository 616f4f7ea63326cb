"""A question-answering assistant over a folder of documents.

It answers in the documents' own words, ties every statement to exact characters of its source,
and says so when the documents do not answer.

>>> from assistant import answer
>>> a = answer("What does BMS stand for?")
>>> a.found, a.citations[0].section[-1]
(True, 'Glossary')
"""

from assistant.api import Assistant, answer
from assistant.errors import AssistantError
from assistant.types import Answer, Citation, Document

__all__ = ["Answer", "Assistant", "AssistantError", "Citation", "Document", "answer"]
