"""The trained network as one int8 ONNX file."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from assistant.reader.training.network import Network

__all__ = ["export", "write_config"]

MAX_TOKENS = 384
MAX_ANSWER_TOKENS = 300  # a whole list is one answer


def export(weights: Path, folder: Path, whole: Path) -> None:
    """Writes reader.onnx twice: in int8 into `folder`, and in fp32 into `whole`.

    Matrices are quantised per channel, dynamically; the embedding table as a whole.
    """
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model

    network = Network(attention="eager")
    network.load_state_dict(torch.load(weights, map_location="cpu")["network"])
    network.eval()
    for made in (folder, whole):
        made.mkdir(parents=True, exist_ok=True)
    example = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "passages", 1: "tokens"}
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "raw.onnx"
        torch.onnx.export(
            network,
            (example, example, example),
            str(raw),
            dynamo=False,
            opset_version=17,
            input_names=["ids", "mask", "types"],
            output_names=["start", "end", "relevance"],
            dynamic_axes={
                "ids": axes,
                "mask": axes,
                "types": axes,
                "start": axes,
                "end": axes,
                "relevance": {0: "passages"},
            },
        )
        config = network.encoder.config
        fused = optimize_model(
            str(raw),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            opt_level=0,
        )
        fused.save_model_to_file(str(whole / "reader.onnx"))
        quantize_dynamic(
            str(whole / "reader.onnx"),
            str(folder / "reader.onnx"),
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )


def write_config(folder: Path, slopes: Sequence[float], offset: float) -> None:
    """config.json beside reader.onnx: sizes, calibration and the model's hash."""
    config: dict[str, Any] = {
        "max_tokens": MAX_TOKENS,
        "max_answer_tokens": MAX_ANSWER_TOKENS,
        "calibration": {"slopes": [round(s, 4) for s in slopes], "offset": round(offset, 4)},
        "sha256": hashlib.sha256((folder / "reader.onnx").read_bytes()).hexdigest(),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
