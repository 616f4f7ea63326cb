"""Training in one stage: seeded, resumable, on a GPU where there is one."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch
from torch.nn import functional

from assistant.reader.encoding import Encoder, Window
from assistant.reader.training.data import Pair
from assistant.reader.training.network import Network

__all__ = ["Stage", "train"]


@dataclass(frozen=True)
class Stage:
    """What one run of training is set to; `rate` is the peak learning rate.

    With `minutes`, the rate decays over that time and training ends with it, wherever it is in
    the pairs, so that a slow machine ends with a finished model too.
    """

    rate: float = 2e-4
    batch_tokens: int = 6144
    warmup: float = 0.05
    floor: float = 0.01
    seed: int = 0
    save_every: float = 180.0  # seconds
    minutes: float | None = None


@dataclass(frozen=True)
class Encoded:
    window: Window
    start: int  # token positions; 0 for no answer
    end: int
    group: int = 0


def encode(pairs: Sequence[Pair], encoder: Encoder, rng: random.Random) -> list[Encoded]:
    """One window a pair: one that holds the answer, or any where there is none."""
    encoded = []
    for pair in pairs:
        windows = encoder.windows(pair.question, pair.passage)
        if pair.start < 0:
            encoded.append(Encoded(rng.choice(windows), 0, 0, pair.group))
            continue
        placed = [e for w in windows if (e := _placed(w, pair))]
        if placed:
            encoded.append(rng.choice(placed))
    return encoded


def _placed(window: Window, pair: Pair) -> Encoded | None:
    inside = [
        i
        for i, (s, e) in enumerate(zip(window.starts, window.ends, strict=True))
        if s >= 0 and s < pair.end and e > pair.start
    ]
    if not inside or window.starts[inside[0]] > pair.start or window.ends[inside[-1]] < pair.end:
        return None
    return Encoded(window, inside[0], inside[-1], pair.group)


def batches(examples: Sequence[Encoded], stage: Stage) -> list[list[int]]:
    """Numbers of examples of like length, at most `batch_tokens` a batch, in random order; those
    of one group stand in one batch."""
    rng = random.Random(stage.seed)
    together: dict[tuple[int, int], list[int]] = {}
    for i, example in enumerate(examples):
        together.setdefault((example.group, 0 if example.group else i), []).append(i)
    sized = [(max(len(examples[i].window.ids) for i in some), some) for some in together.values()]
    made: list[list[int]] = [[]]
    longest = 0
    for size, some in sorted(sized, key=lambda unit: unit[0] + rng.random() * 24):
        longest = max(longest, size)
        if (len(made[-1]) + len(some)) * _padded(longest) > stage.batch_tokens:
            made.append([])
            longest = size
        made[-1] += some
    rng.shuffle(made)
    return [batch for batch in made if batch]


def _padded(length: int) -> int:
    return -(-length // 16) * 16


def collate(examples: Sequence[Encoded], device: torch.device) -> dict[str, torch.Tensor]:
    """Padded tensors of a batch."""
    width = _padded(max(len(e.window.ids) for e in examples))
    ids = torch.zeros(len(examples), width, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, example in enumerate(examples):
        size = len(example.window.ids)
        ids[row, :size] = torch.tensor(example.window.ids)
        mask[row, :size] = 1
        types[row, :size] = torch.tensor(example.window.types)
    batch = {
        "ids": ids,
        "mask": mask,
        "types": types,
        "start": torch.tensor([e.start for e in examples]),
        "end": torch.tensor([e.end for e in examples]),
        "group": torch.tensor([e.group for e in examples]),
    }
    return {name: tensor.to(device) for name, tensor in batch.items()}


def loss_of(
    start: torch.Tensor, end: torch.Tensor, relevance: torch.Tensor, batch: dict[str, torch.Tensor]
) -> torch.Tensor:
    """Cross-entropy of start and end (the first token where nothing answers) and of
    answerability; and, among the passages of a group, of which one answers."""
    hidden = torch.zeros_like(batch["ids"], dtype=torch.bool)
    hidden[:, 1:] = (batch["types"][:, 1:] == 0) | (batch["mask"][:, 1:] == 0)
    start = start.float().masked_fill(hidden, -1e4)
    end = end.float().masked_fill(hidden, -1e4)
    relevance = relevance.float()
    answered = batch["start"] != 0
    loss = functional.binary_cross_entropy_with_logits(relevance, answered.float())
    for logits, truth in ((start, batch["start"]), (end, batch["end"])):
        loss = loss + functional.cross_entropy(logits, truth) / 2
    return loss + _rivalry(start, end, relevance, batch)


def _rivalry(
    start: torch.Tensor, end: torch.Tensor, relevance: torch.Tensor, batch: dict[str, torch.Tensor]
) -> torch.Tensor:
    """Cross-entropy over the passages of a group, so that scores can be compared between passages
    (the shared norm of Clark & Gardner, 2018): of answerability, and of where the span starts and
    ends, each over the passage's own first token; the mean of the groups of a batch that are
    answered, 0 where there is none."""
    group = batch["group"]
    row = torch.nonzero((group > 0) & (batch["start"] != 0)).squeeze(1)
    if not len(row):
        return relevance.new_zeros(())
    apart = group[row, None] != group[None, :]

    def among(whole: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """How much less likely the right one is than all of its group, in the mean."""
        alike = whole[None, :].expand(len(row), -1).masked_fill(apart, -1e4)
        return (alike.logsumexp(1) - right).mean()

    loss = among(relevance, relevance[row])
    for logits, truth in ((start, batch["start"]), (end, batch["end"])):
        over = logits[:, 1:] - logits[:, :1]
        loss = loss + among(over.logsumexp(1), over[row, truth[row] - 1]) / 2
    return loss


def train(
    pairs: Sequence[Pair],
    encoder: Encoder,
    stage: Stage,
    folder: Path,
    start_from: Path | None = None,
    compiled: bool = True,
) -> Path:
    """Trains over `pairs` once and returns the weights' path, `folder`/final.pt.

    A run that was interrupted goes on from `folder`/checkpoint.pt, given the same pairs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(stage.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = Network(as_shipped=True).to(device)
    if start_from:
        network.load_state_dict(torch.load(start_from, map_location=device)["network"])
    network.train()
    optimizer = torch.optim.AdamW(
        [p for p in network.parameters() if p.requires_grad],
        lr=stage.rate,
        weight_decay=0.01,
        betas=(0.9, 0.98),
        foreach=True,
    )
    examples = encode(pairs, encoder, random.Random(stage.seed))
    order = batches(examples, stage)
    done, spent, checkpoint = 0, 0.0, folder / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        done, spent = state["step"], state["spent"]
    forward = torch.compile(network, dynamic=True) if compiled else network
    saved = logged = now = time.monotonic()
    began = now - spent
    tokens, losses = 0, list[float]()
    for step in range(done, len(order)):
        progress = step / len(order)
        if stage.minutes:
            progress = max(progress, (now - began) / 60 / stage.minutes)
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = stage.rate * _schedule(progress, stage)
        batch = collate([examples[i] for i in order[step]], device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            start, end, relevance = forward(batch["ids"], batch["mask"], batch["types"])
        loss = loss_of(start, end, relevance, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens += batch["ids"].numel()
        losses.append(loss.item())
        now = time.monotonic()
        done = step + 1
        if done % 50 == 0:
            print(
                json.dumps(
                    {
                        "step": done,
                        "of": len(order),
                        "loss": round(fmean(losses), 4),
                        "tokens_per_s": round(tokens / (now - logged)),
                    }
                ),
                flush=True,
            )
            tokens, losses, logged = 0, [], now
        if now - saved > stage.save_every:
            _save(checkpoint, network, done, now - began, optimizer)
            saved = now
    final = folder / "final.pt"
    _save(final, network, done, now - began)
    checkpoint.unlink(missing_ok=True)
    return final


def _schedule(done: float, stage: Stage) -> float:
    if done < stage.warmup:
        return done / stage.warmup
    part = (done - stage.warmup) / (1 - stage.warmup)
    return stage.floor + (1 - stage.floor) * 0.5 * (1 + math.cos(math.pi * part))


def _save(
    path: Path,
    network: Network,
    step: int,
    spent: float,
    optimizer: torch.optim.Optimizer | None = None,
) -> None:
    state = {"network": network.state_dict(), "step": step, "spent": spent}
    if optimizer:
        state["optimizer"] = optimizer.state_dict()
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)
