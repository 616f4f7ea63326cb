"""`python -m assistant.reader.training first --data DIR --out DIR` and so on; see --help."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from assistant.errors import AssistantError
from assistant.reader.reading import SIGNALS, WEIGHTS

MEAN = "mean"
ORDER = ("first", "second", "third", "fourth", MEAN, "fifth", "sixth")
STAGES = tuple(step for step in ORDER if step != MEAN)
WEIGHED = ("export", "calibrate", "evaluate")
STEPS = """steps, in this order:
  restore   (instead of all before the sixth) start from the shipped weights
  first     train on natural questions with hard negatives (needs --docs)
  second    go on with questions on structure mixed in (needs --docs)
  third     go on with fewer of them (needs --docs)
  fourth    go on with many more near misses, of every kind (needs --docs)
  mean      take the mean of the weights after the third and the fourth
  fifth     go on with the project's own questions (needs --docs)
  sixth     go on with its reports, passages against each other (needs --docs)
  export    write the int8 ONNX file, calibrated (needs --docs), to OUT/weights
  calibrate fit `answerable` of the shipped weights, or of OUT/weights, anew (needs --docs)
  evaluate  print the measures of the shipped weights, or of OUT/weights (needs --docs)
A training step that was interrupted goes on where it last saved, when started again."""


def main() -> None:
    """Runs one step of making the weights; exits with a line on what it lacks."""
    parser = argparse.ArgumentParser(
        prog="python -m assistant.reader.training",
        epilog=STEPS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("step", choices=("restore", *ORDER, *WEIGHED))
    parser.add_argument("--data", type=Path, help="folder with the .jsonl.gz files")
    parser.add_argument("--docs", type=Path, help="usr/share of the unpacked packages")
    parser.add_argument("--out", type=Path, help="folder for checkpoints and weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, help="end a training step after so long")
    arguments = parser.parse_args()
    if arguments.step not in ("calibrate", "evaluate") and not arguments.out:
        parser.error("--out is needed")
    if arguments.step not in ("restore", MEAN) and not (arguments.data and arguments.docs):
        parser.error("--data and --docs are needed")
    steps = {
        "restore": _restore,
        MEAN: _mean,
        **dict(zip(WEIGHED, (_export, _calibrate, _evaluate), strict=True)),
    }
    run = steps.get(arguments.step, _train)
    try:
        run(arguments)
    except ModuleNotFoundError as error:
        sys.exit(f"{error}: pip install -e '.[train]'")
    except (AssistantError, OSError) as error:
        sys.exit(f"{error} (what is needed: {WEIGHTS / 'MODEL_CARD.md'}, Making it again)")


def _trained(out: Path, step: str) -> Path:
    """The weights that a step has left. Raises AssistantError where it has left none."""
    weights = out / step / "final.pt"
    if not weights.exists():
        raise AssistantError(f"{weights} is not there: run the step {step} first")
    return weights


def _restore(arguments: argparse.Namespace) -> None:
    from assistant.reader.training.restore import restore

    restore(WEIGHTS / "reader.onnx", arguments.out / "fifth" / "final.pt")


def _mean(arguments: argparse.Namespace) -> None:
    import torch

    one, other = (
        torch.load(_trained(arguments.out, stage), map_location="cpu")["network"]
        for stage in ("third", "fourth")
    )
    made = arguments.out / MEAN / "final.pt"
    made.parent.mkdir(exist_ok=True)
    torch.save({"network": {name: (one[name] + other[name]) / 2 for name in one}}, made)


def _train(arguments: argparse.Namespace) -> None:
    import torch

    from assistant.reader.encoding import Encoder
    from assistant.reader.training import mix
    from assistant.reader.training.train import Stage, train

    number = STAGES.index(arguments.step)
    seed = arguments.seed + number
    before = _trained(arguments.out, ORDER[ORDER.index(arguments.step) - 1]) if number else None
    torch.set_num_threads(arguments.threads)
    if number == 0:
        pairs = mix.first_stage(arguments.data, arguments.docs, seed)
    else:
        shares = (mix.SECOND, mix.THIRD, mix.FOURTH, mix.FIFTH, mix.SIXTH)[number - 1]
        pairs = mix.later_stage(arguments.data, arguments.docs, shares, seed)
    print(mix.summary(pairs), flush=True)
    train(
        pairs,
        Encoder(WEIGHTS / "tokenizer.json", max_tokens=288),
        Stage(seed=seed, minutes=arguments.minutes),
        arguments.out / arguments.step,
        start_from=before,
    )


def _export(arguments: argparse.Namespace) -> None:
    from assistant.reader.training.export import export, write_config

    folder = _weights(arguments)
    whole = folder.with_name("weights-fp32")
    trained = [step for step in ORDER if (arguments.out / step / "final.pt").exists()]
    export(_trained(arguments.out, trained[-1] if trained else ORDER[-1]), folder, whole)
    for weights in (folder, whole):
        shutil.copy(WEIGHTS / "tokenizer.json", weights)
        write_config(weights, (0.25,) * SIGNALS, 0.0)  # to be read once, for calibration
    _calibrate(arguments)


def _calibrate(arguments: argparse.Namespace) -> None:
    from assistant.reader import Reader
    from assistant.reader.training.evaluate import calibrate, held_back_cases, score
    from assistant.reader.training.export import write_config

    folder = _weights(arguments)
    cases = [c for c in held_back_cases(arguments.data, arguments.docs) if c.fit]
    fitted = calibrate(score(Reader.load(folder, threads=arguments.threads), cases))
    for weights in filter(Path.exists, (folder, folder.with_name("weights-fp32"))):
        write_config(weights, *fitted)
    print((folder / "config.json").read_text())


def _evaluate(arguments: argparse.Namespace) -> None:
    from assistant.reader import Reader
    from assistant.reader.training.evaluate import held_back_cases, report, score, squad_measures

    folder = _weights(arguments)
    cases = [c for c in held_back_cases(arguments.data, arguments.docs) if not c.fit]
    print(report(score(Reader.load(folder, threads=arguments.threads), cases)))
    whole = folder.with_name("weights-fp32")
    if whole.exists():
        squad = [c for c in cases if c.kind == "squad2"]
        scored = score(Reader.load(whole, threads=arguments.threads), squad)
        print("\nThe same in fp32, SQuAD 2.0 style:", json.dumps(squad_measures(scored)))


def _weights(arguments: argparse.Namespace) -> Path:
    """The folder of the weights that are meant."""
    return Path(arguments.out / "weights") if arguments.out else WEIGHTS


if __name__ == "__main__":
    main()
