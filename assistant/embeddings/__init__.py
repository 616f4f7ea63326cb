"""Text in, vectors out: the bundled model on onnxruntime, others on sentence-transformers."""

from assistant.embeddings.embedder import Embedder

__all__ = ["Embedder"]
