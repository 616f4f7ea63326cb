"""Text in, vectors out: documents by sentence-transformers, questions by onnxruntime."""

from assistant.embeddings.embedder import Embedder

__all__ = ["Embedder"]
