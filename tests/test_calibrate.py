"""What is chosen and how sure it is are fitted: they tell right from wrong, and stand in the files
as the code reads them."""

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.judging import JUDGED, SIGNALS, Judge, threshold
from assistant.answering.weighing import PRIOR, WEIGHED
from assistant.errors import AssistantError, EvalError
from assistant.evals import choosing
from assistant.evals.calibrate import (
    REFUSALS,
    Asked,
    Case,
    articles,
    cases,
    choices,
    documents,
    fit,
    rates,
    read,
    thresholds,
)
from assistant.reader.training.data import Report


def made(number: int, answerable: bool, rng: random.Random) -> Case:
    """A case whose first signal tells, and whose others are noise."""
    told = rng.gauss(2.0 if answerable else -2.0, 1.0)
    noise = [rng.gauss(0.0, 1.0) for _ in SIGNALS[1:]]
    asked = Asked(f"{number}?", (), (("yes",),) if answerable else (), "made", fitted=True)
    return Case(asked, (told, *noise), right=answerable)


@pytest.fixture(scope="module")
def found() -> list[Case]:
    rng = random.Random(1)
    return [made(n, n % 2 == 0, rng) for n in range(400)]


def test_what_is_fitted_tells_answerable_from_unanswerable(found: list[Case]) -> None:
    judge = fit(found)
    assert judge.weights[0] > 1.0
    assert all(abs(weight) < 0.5 for weight in judge.weights[1:])
    assert judge.confidence((2.0, *[0.0] * len(SIGNALS[1:]))) > 0.9
    assert judge.confidence((-2.0, *[0.0] * len(SIGNALS[1:]))) < 0.1


def test_a_wrong_answer_to_an_answerable_question_is_not_fitted_on(found: list[Case]) -> None:
    wrong = Case(
        Asked("x?", (), (("yes",),), "made", True),
        (-6.0,) + (0.0,) * (len(SIGNALS) - 1),
        right=False,
    )
    assert fit([*found, wrong]) == fit(found)


def test_each_strictness_refuses_its_share(found: list[Case]) -> None:
    judge = fit(found)
    chosen = thresholds(judge, found)
    assert chosen["strict"] > chosen["balanced"] > chosen["lax"]
    yes = [judge.confidence(case.signals) for case in found if case.asked.must]
    for name, share in REFUSALS.items():
        refused = sum(c < chosen[name] for c in yes) / len(yes)
        assert share - 0.02 < refused <= share


def test_there_has_to_be_something_to_fit_on(found: list[Case]) -> None:
    for some in ([], [case for case in found if case.right]):
        with pytest.raises(EvalError, match="nothing to fit on"):
            fit(some)


def test_rates_are_shares_of_what_was_asked() -> None:
    judge = Judge((1.0, *[0.0] * len(SIGNALS[1:])), 0.0)
    rng = random.Random(3)
    some = [made(n, n < 3, rng) for n in range(4)]
    assert rates(judge, some, 0.0).startswith(
        "3 answerable, 0.0 % refused; 1 unanswerable, 100.0 % answered; AUROC 1.000"
    )
    assert rates(judge, some[:3], 1.1) == (
        "3 answerable, 100.0 % refused; 0 unanswerable, - answered; AUROC -"
    )


def test_an_article_is_a_document(tmp_path: Path) -> None:
    rows = [
        {"title": "Old_Town,_Ohio", "context": "It is  small."},
        {"title": "Old_Town,_Ohio", "context": "It is old."},
        {"title": "Old_Town,_Ohio", "context": "It is  small."},
    ]
    articles(rows, tmp_path)
    [file] = tmp_path.iterdir()
    assert file.name == "old-town-ohio.md"
    assert file.read_text("utf-8") == "# Old Town, Ohio\n\nIt is small.\n\nIt is old.\n"


def test_a_report_is_a_document(tmp_path: Path) -> None:
    sections = (("Aims", "Less."), ("Means > Money", "More."), ("Means > Time", "Some."))
    documents([Report("The plan", sections, ())], tmp_path)
    [file] = tmp_path.iterdir()
    text = "# The plan\n\n## Aims\n\nLess.\n\n## Means\n\n### Money\n\nMore.\n\n### Time\n\nSome.\n"
    assert file.read_text("utf-8") == text


def test_what_is_fitted_chooses_what_is_right() -> None:
    rng = random.Random(2)

    def candidate(right: bool) -> tuple[dict[str, float], bool]:
        """The reader tells nothing of it here; what the search found first is right."""
        return {"reader": rng.gauss(0, 2), "later": 0 if right else rng.randint(1, 5)}, right

    found = [
        choosing.Choice.of([candidate(n == 3) for n in range(6)], source)
        for source in ("one", "other")
        for _ in range(60)
    ]
    weights = choosing.fit(found)
    assert weights["later"] < 3 * PRIOR["later"] < 0
    assert 0 < weights["reader"] < PRIOR["reader"]
    assert weights["heading"] == PRIOR["heading"]  # of which nothing was to be learnt
    assert choosing.share_right(found, PRIOR) < 0.7 < 0.95 < choosing.share_right(found, weights)


def test_a_choice_without_a_right_candidate_teaches_nothing() -> None:
    lost = choosing.Choice.of([({"reader": 9.0}, False), ({"reader": -9.0}, False)], "one")
    empty = choosing.Choice.of([], "one")
    assert choosing.fit([lost, empty]) == PRIOR
    assert choosing.share_right([lost, empty], PRIOR) == 0.0


def test_a_feature_without_a_weight_is_refused() -> None:
    with pytest.raises(KeyError, match="mood"):
        choosing.Choice.of([({"mood": 1.0}, True)], "one")


def test_cases_are_what_the_chain_drafts(
    tmp_path: Path, make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path]
) -> None:
    from assistant import index as indexes
    from assistant.chain import Chain
    from assistant.embeddings import Embedder
    from assistant.reader.overlap import OverlapReader
    from assistant.settings import Settings

    folder = make_corpus(tmp_path, {"bridge.md": "# The bridge\n\nThe bridge opened in 1932.\n"})
    settings = Settings.load(folder, tmp_path / "index")
    embedder = Embedder(settings.model)
    opened = indexes.build(settings, embedder)
    chain = Chain(opened, embedder, OverlapReader(opened.lexical.idf), threshold=0.0)
    asked = [
        Asked("When did the bridge open?", (), (("1932",),), "own", True),
        Asked("When did the bridge open?", (), (("1933",),), "own", True),
        Asked("Who built the bridge?", (), (), "own", True),
    ]
    found = list(read(chain, asked))
    assert [case.right for case in cases(chain, found)] == [True, False, False]
    assert all(len(case.signals) == len(SIGNALS) for case in cases(chain, found))
    assert [choice.right.any() for choice in choices(chain, found)] == [True, False]


def test_what_is_shipped_is_whole() -> None:
    assert set(json.loads(WEIGHED.read_text(encoding="utf-8"))) == set(PRIOR)
    shipped = json.loads(JUDGED.read_text(encoding="utf-8"))
    for reader in ("trained", "overlap"):
        assert set(shipped[reader]["weights"]) == set(SIGNALS)
        assert Judge.of(reader).weights
    assert 1 > threshold("strict") > threshold("balanced") > threshold("lax") > 0
    with pytest.raises(AssistantError, match="balanced"):
        threshold("paranoid")


@given(st.lists(st.floats(-6, 6), min_size=len(SIGNALS), max_size=len(SIGNALS)))
def test_confidence_is_a_probability(values: list[float]) -> None:
    assert 0.0 <= Judge.of("trained").confidence(values) <= 1.0
