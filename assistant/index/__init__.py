"""Owns the index folder: passages with their vectors in Chroma, their words in BM25.

    index/
        CURRENT         the generation that serves
        lock, writer    held by the one process that writes, and who that is
        embedded.part   vectors of a build that is not complete
        generations/
            <id>/       manifest entries documents passages digests signatures
                        newer vectors lexical/ chroma/

A generation is built aside, checked, and swapped in by replacing CURRENT; it is complete or
invisible, whenever the process ends, and the one before it is kept. The manifest holds the hash of
every file, and nothing is opened that is not as it was written: a damaged HNSW file would end the
process inside Chroma. What is damaged is found again from the rest: exact search takes Chroma's
place, Chroma's vectors those that are lost, and words are looked for anew.

`files` are those of a generation, `rows` its documents, `reading` makes them, `vectors` and `store`
keep what they are found by, `checking` says whether what there is can serve, `building` makes a new
generation and `opened` is what serves.
"""

from assistant.index.building import build
from assistant.index.checking import State, recorded, state
from assistant.index.files import Manifest, leftovers, pointer, writing
from assistant.index.opened import Index, open_index
from assistant.index.rows import passage_text

__all__ = [
    "Index",
    "Manifest",
    "State",
    "build",
    "leftovers",
    "open_index",
    "passage_text",
    "pointer",
    "recorded",
    "state",
    "writing",
]
