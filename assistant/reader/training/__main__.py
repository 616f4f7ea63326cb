"""`python -m assistant.reader.training first --data DIR --out DIR` and so on; see --help."""

from __future__ import annotations

import argparse
from pathlib import Path

WEIGHTS = Path(__file__).parent.parent / "weights"


def main() -> None:
    """Runs one step of making the weights."""
    parser = argparse.ArgumentParser(prog="python -m assistant.reader.training")
    parser.add_argument("step", choices=("first", "second", "export", "evaluate"))
    parser.add_argument("--data", type=Path, required=True, help="folder with the .jsonl.gz files")
    parser.add_argument("--docs", type=Path, help="folder with unpacked documentation packages")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    import torch

    from assistant.reader.encoding import Encoder
    from assistant.reader.training import mix
    from assistant.reader.training.train import Stage, train

    torch.set_num_threads(arguments.threads)
    encoder = Encoder(WEIGHTS / "tokenizer.json", max_tokens=288)
    if arguments.step == "first":
        pairs = mix.first_stage(arguments.data, arguments.seed)
        print(mix.summary(pairs), flush=True)
        train(pairs, encoder, Stage(rate=2e-4, seed=arguments.seed), arguments.out / "first")


if __name__ == "__main__":
    main()
