"""The reader through its public way in, with the weights that are shipped."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.errors import ReaderError
from assistant.reader import Reader, Reading
from assistant.reader.reading import WEIGHTS

BRIDGE = (
    "Harbour Report > The bridge\n"
    "The Aldra Bridge was opened on 4 May 1932 after eight years of work. It was designed by "
    "Ines Okafor, who had built smaller bridges before. About 160,000 vehicles cross it each day."
)
CHART = (
    "Start-up Survey > Team size\n"
    "| Number of employees | Share of the 80 start-ups |\n| --- | --- |\n"
    "| 1-10 | 21% |\n| 11-50 | 46% |\n| 51-200 | 24% |\n| More than 200 | 9% |\n"
)
GLOSSARY = (
    "Harbour Report > Abbreviations\n"
    "| # | Abbreviation | Full name |\n| --- | --- | --- |\n"
    "| 1 | VTS | Vessel Traffic Service |\n| 2 | ETA | Estimated Time of Arrival |\n"
    "| 3 | PSC | Port State Control |\n"
)
CRITERIA = (
    "Harbour Prize > Inclusion criteria\n"
    "An entry must meet all of these:\n\n- a registered office in the city\n"
    "- fewer than 50 employees\n- a product on sale\n"
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


def said(reader: Reader, question: str, passage: str) -> tuple[str, Reading]:
    [reading] = reader.read(question, [passage])
    return passage[reading.start : reading.end], reading


@pytest.mark.parametrize(
    ("question", "passage", "words"),
    [
        ("When was the Aldra Bridge opened?", BRIDGE, "4 May 1932"),
        ("who designed the aldra bridge", BRIDGE, "Ines Okafor"),
        ("How many vehicles cross the bridge each day?", BRIDGE, "160,000"),
        ("What share of the start-ups have 11 to 50 employees?", CHART, "46%"),
        ("What does VTS stand for?", GLOSSARY, "Vessel Traffic Service"),
        ("expand PSC", GLOSSARY, "Port State Control"),
    ],
)
def test_the_words_that_answer_are_found(reader, question, passage, words):
    text, reading = said(reader, question, passage)
    assert words in text
    assert len(text) < len(words) + 20
    assert reading.answerable >= 0.5


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("Who painted the ceiling of the chapel?", BRIDGE),
        ("What does AIS stand for?", GLOSSARY),
        ("What does RORO mean?", GLOSSARY),
        ("What share of the start-ups make a profit?", CHART),
        ("What are the exclusion criteria?", CRITERIA),
        ("What is the capital of Portugal?", CHART),
    ],
)
def test_a_question_that_the_passage_does_not_answer_is_refused(reader, question, passage):
    assert said(reader, question, passage)[1].answerable < 0.5


def test_a_list_is_answered_whole_and_in_pieces(reader):
    text, reading = said(reader, "List the inclusion criteria", CRITERIA)
    assert reading.answerable >= 0.5
    pieces = [CRITERIA[start:end] for start, end in reading.spans]
    assert len(pieces) == 3
    assert pieces[-1].endswith("a product on sale")
    assert "fewer than 50 employees" in text


def test_the_passage_that_answers_ranks_first(reader):
    readings = reader.read("What does ETA stand for?", [BRIDGE, CHART, GLOSSARY, CRITERIA])
    assert max(range(4), key=lambda i: readings[i].score) == 2
    ranked = sorted(readings, key=lambda r: r.score)
    assert ranked == sorted(readings, key=lambda r: r.answerable)


def test_a_batch_reads_like_its_passages_alone(reader):
    passages = [BRIDGE, CHART, GLOSSARY * 3, CRITERIA, ""]
    question = "When was the bridge opened?"
    for together, passage in zip(reader.read(question, passages), passages, strict=True):
        [alone] = reader.read(question, [passage])
        assert together.answerable == pytest.approx(alone.answerable, abs=0.1)
    assert reader.read(question, passages) == reader.read(question, passages)
    assert reader.read(question, []) == []


def test_an_answer_far_down_a_long_passage_is_found(reader):
    filler = "The committee met on a Tuesday and spoke about parking. " * 150
    passage = "Minutes > Spring\n" + filler + "The Aldra Bridge was opened in 1932. " + filler
    text, reading = said(reader, "When was the Aldra Bridge opened?", passage)
    assert "1932" in text
    assert reading.answerable >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n\n",
        "\x00",
        "\ud800",
        "a\udfffb\x00c\n\x00",
        "?" * 100_000,
        "漢字" * 2_000,
        "ﷺ́" * 500,
        "x" * 100_000,
        "a\n" * 20_000,
        "| --- |",
        "\u2028\u202e",
        "🚗" * 300,
    ],
)
def test_hostile_text_is_read_like_any_other(reader, text):
    for reading in reader.read(text, [text, BRIDGE]) + reader.read("When?", [text]):
        assert 0 <= reading.answerable <= 1


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(question=st.text(max_size=40), passage=st.text(max_size=300))
def test_spans_lie_inside_the_passage(reader, question, passage):
    [reading] = reader.read(question, [passage])
    for start, end in [(reading.start, reading.end), *reading.spans]:
        assert 0 <= start <= end <= len(passage)
    assert 0 <= reading.answerable <= 1


PIECES = (
    "The Aldra Bridge was opened on 4 May 1932. ",
    "It was designed by Ines Okafor, who had built\nsmaller bridges before. ",
    "Dr. B. Lee was there",
    "大桥于一九三二年通车。",
    "\ud800 \x00! ",
    "- an item\n",
    "| 1932 | opened |\n",
    "1. opened in 1932\n",
    "Bridges > Opened in 1932\n",
    "\n",
    "\n\n",
    "\u2028",
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_a_second_look_keeps_to_the_passage(reader, passage):
    [(reading, signals)] = reader.examine("When was the Aldra Bridge opened?", [passage])
    assert len(signals) == 4
    for start, end in [(reading.start, reading.end), *reading.spans]:
        assert 0 <= start <= end <= len(passage)


def test_a_sentence_of_prose_is_looked_at_alone(reader):
    [(_, prose), (_, alone), (_, table), (_, other)] = reader.examine(
        "When was the Aldra Bridge opened?",
        [BRIDGE, "It was opened in 1932.", "Bridges > Opened\n- Aldra: 1932\n- Bell: 1950", CHART],
    )
    assert prose[:2] != prose[2:]
    assert alone[:2] == alone[2:]  # there is no more than the sentence
    assert table[:2] == table[2:]
    assert other[:2] == other[2:]  # nothing there is worth it


def test_a_calibration_of_other_signals_is_named(tmp_path):
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    config = json.loads((folder / "config.json").read_text())
    config["calibration"]["slopes"] = [1.0, 1.0]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ReaderError, match="4 signals"):
        Reader.load(folder)


def test_another_model_under_the_same_name_is_not_loaded(tmp_path):
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    with (folder / "reader.onnx").open("ab") as model:
        model.write(b"x")
    with pytest.raises(ReaderError, match="sha256"):
        Reader.load(folder)


def test_missing_weights_are_named(tmp_path: Path):
    with pytest.raises(ReaderError, match=r"config\.json"):
        Reader.load(tmp_path)


def test_reading_needs_no_torch():
    code = (
        "import sys; from assistant.reader import Reader; Reader.load().read('a', ['b']); "
        "assert not {'torch', 'transformers', 'chromadb'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_shipped_model_is_small():
    assert (WEIGHTS / "reader.onnx").stat().st_size <= 25_000_000
