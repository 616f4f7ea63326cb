"""The eval set, its measures and its report; this package owns the folder `evals/`.

    questions.yaml -> questions.py -> run.py (asks) -> scoring.py (measures)
                                  -> report.py (writes), gate.py (compares, prints, exit code)

>>> from assistant import Assistant                                         # doctest: +SKIP
>>> main(Assistant(), Path("evals"))                                        # doctest: +SKIP
0
"""

from assistant.evals.gate import main
from assistant.evals.questions import Question, Threshold, load_questions, load_thresholds
from assistant.evals.run import Check, Outcome, Report, check, run
from assistant.evals.scoring import judge

__all__ = [
    "Check",
    "Outcome",
    "Question",
    "Report",
    "Threshold",
    "check",
    "judge",
    "load_questions",
    "load_thresholds",
    "main",
    "run",
]
