"""The bundled model on onnxruntime, for single questions: ready in a tenth of the time that
PyTorch takes to be imported, with the same vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GRAPH", "QueryEncoder"]

# The network without its weights, which are read from the installed model's own file;
# `python -m assistant.embeddings.export` writes it.
GRAPH = Path(__file__).parent / "all-MiniLM-L6-v2.onnx"
MAX_TOKENS = 256  # as sentence_bert_config.json of the model says


class QueryEncoder:
    """One question at a time. Safe to use from several threads.

    `folder` holds model.safetensors, whose hash the caller has checked, since the graph names
    its tensors by their places in the file, and tokenizer.json.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a single question is faster on one thread than on two
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(folder)
        )
        self._session = onnxruntime.InferenceSession(
            GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self._session.get_outputs()[0].shape[1])

    def encode(self, text: str) -> NDArray[np.float32]:
        """A vector of length 1, shape (dimensions,)."""
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        [[vector]] = self._session.run(None, {"ids": ids})
        return np.asarray(vector, dtype=np.float32)
