"""Weights to train on from, out of a shipped ONNX file."""

from __future__ import annotations

import re
from pathlib import Path

import torch

from assistant.reader.training.network import Network

__all__ = ["restore"]

_ATTENTION = "encoder.encoder.layer.{}.attention.{}"


def restore(model: Path, into: Path) -> None:
    """Writes the network of an int8 reader.onnx as a checkpoint, `into`.

    The matrices come back as they were rounded; what the rounding took, training mends. Raises
    KeyError where the file is not one that `export` wrote.

    >>> restore(Path("reader.onnx"), Path("run/fifth/final.pt"))  # doctest: +SKIP
    """
    import onnx
    from onnx import numpy_helper

    found = {
        i.name: torch.from_numpy(numpy_helper.to_array(i).copy())
        for i in onnx.load(str(model)).graph.initializer
    }
    network = Network()
    weights = network.state_dict()

    def whole(name: str) -> torch.Tensor:
        if name in found:
            return found[name]
        zero = found[f"{name}_zero_point"].float()
        return (found[f"{name}_quantized"].float() - zero) * found[f"{name}_scale"]

    # Matrices lost their names in the export; they stand in the order of the network.
    nameless = sorted({int(n) for k in found if (n := _number(k))})
    matrices = iter(f"onnx::MatMul_{n}" for n in nameless)
    for layer in range(network.encoder.config.num_hidden_layers):
        for part in ("weight", "bias"):
            joined = whole(f"Attention_{layer}_qkv_{part}")
            for name, piece in zip(("query", "key", "value"), joined.chunk(3, -1), strict=True):
                turned = piece.T if part == "weight" else piece
                weights[_ATTENTION.format(layer, f"self.{name}.{part}")] = turned.contiguous()
        for name in ("attention.output.dense", "intermediate.dense", "output.dense"):
            weights[f"encoder.encoder.layer.{layer}.{name}.weight"] = whole(next(matrices)).T
    weights["span.weight"] = whole(next(matrices)).T
    for name in ("relevance.0.weight", "relevance.2.weight"):
        weights[name] = whole(name).T
    for name in weights:
        if name in found or (f"{name}_quantized" in found and not name.startswith("relevance")):
            weights[name] = whole(name)
    # The table of words was never trained, so it comes from where it started.
    words = "encoder.embeddings.word_embeddings.weight"
    weights[words] = network.state_dict()[words]
    network.load_state_dict(weights)
    into.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"network": network.state_dict()}, into)


def _number(name: str) -> str | None:
    match = re.fullmatch(r"onnx::MatMul_(\d+)_quantized", name)
    return match and match[1]
