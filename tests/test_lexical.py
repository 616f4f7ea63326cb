"""Terms of any script, and BM25 over them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.lexical import Lexical, best, tokens

TEXTS = ["a red house", "a red car on a red road", "the tree", "", "Are we there? Who are they?"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("by 2030", ["by", "2030"]),
        ("48%", ["48", "48%"]),
        ("48 percent, 48 per cent", ["48", "48%", "48", "48%"]),
        ("1-3 years", ["1", "3", "1-3", "year"]),
        ("1–3", ["1", "3", "1-3"]),
        ("on 2021-08-01", ["on", "2021", "08", "01"]),
        ("1,234,567 or 3.5 or 1,5", ["1234567", "or", "3.5", "or", "1,5"]),
        ("$2.1bn", ["2.1bn"]),
        ("V2X, L4 & 5G", ["v2x", "l4", "5g"]),
        ("ISO/SAE 21434", ["iso", "sae", "21434"]),
        ("U.S. e.g.", ["us", "eg"]),
        ("self-driving", ["self", "drive"]),
        ("Müller’s CAFÉ", ["muller", "cafe"]),
        ("Straße STRASSE", ["strass", "strass"]),
        ("ＡＢＣ ﬁne", ["abc", "fine"]),
        ("snake_case", ["snake", "case"]),
        ("中国汽车50强", ["中国", "汽车", "50", "强"]),
        ("公司的总部在哪里？", ["公司", "总部"]),
        ("公司總部位於哪裡", ["公司", "總部"]),
        ("東京のコンピュータを開いた", ["東京", "コン", "ンピ", "ピュ", "ュー", "ータ", "開"]),
        ("2022年日均车流量", ["2022", "日均", "均车", "流量"]),
        ("서울의 인구는 얼마입니까?", ["서울", "인구"]),
        ("ประเทศไทย", ["ประเทศไทย"]),
        ("한국어", ["한국", "국어"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("\ud800 \0 — …", []),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert tokens(text) == terms


@given(st.text(max_size=200))
def test_any_text_has_terms_without_spaces_or_capitals(text: str) -> None:
    found = tokens(text)
    assert all(term and not any(c.isspace() for c in term) for term in found)
    assert tokens(text) == found


@given(st.from_regex(r"[A-Za-z]{1,12}", fullmatch=True))
def test_capitals_make_no_difference(word: str) -> None:
    assert tokens(word.upper()) == tokens(word.lower())


def test_search_ranks_and_breaks_ties_by_number() -> None:
    index = Lexical.build(TEXTS)
    assert [number for number, _ in index.search("Red cars!", 9)] == [1, 0]
    assert [number for number, _ in Lexical.build(["same"] * 4).search("same", 3)] == [0, 1, 2]
    assert index.search("zebra", 9) == []
    assert index.search("", 9) == []
    assert index.search("red", 0) == []


def test_nothing_is_logged_for_users_to_wonder_at(caplog: pytest.LogCaptureFixture) -> None:
    Lexical.build(TEXTS)
    assert not caplog.records


def test_function_words_count_only_where_there_is_nothing_else() -> None:
    index = Lexical.build(TEXTS)
    assert [number for number, _ in index.search("who are the trees?", 9)] == [2]
    assert index.search("who are they?", 9)[0][0] == 4


def test_an_abbreviation_is_no_function_word() -> None:
    index = Lexical.build(["Sales in the U.S. rose.", "Sales in Europe rose."])
    assert index.search("U.S. sales", 1)[0][0] == 0
    assert index.scores("U.S. sales")[0] > index.scores("U.S. sales")[1]


def test_rare_terms_weigh_more_and_unknown_ones_most() -> None:
    index = Lexical.build(TEXTS)
    assert 0 < index.idf("red") < index.idf("tree") < index.idf("zebra")
    assert "red" in index
    assert "zebra" not in index
    assert "" not in index


def test_vocabulary_holds_words_as_written_with_counts() -> None:
    vocabulary = Lexical.build(["Cities and cities", "the 50 Städte, 中国"]).vocabulary
    assert vocabulary == {"cities": 2, "and": 1, "the": 1, "städte": 1}


@pytest.mark.parametrize("texts", [TEXTS, ["", "—"], []])
def test_what_is_saved_comes_back(texts: list[str], tmp_path: Path) -> None:
    made = Lexical.build(texts)
    made.save(tmp_path / "lexical")
    back = Lexical.load(tmp_path / "lexical")
    for query in ("red cars", "who are they", "zebra"):
        assert back.search(query, 9) == made.search(query, 9)
        assert list(back.scores(query)) == list(made.scores(query))
    assert back.vocabulary == made.vocabulary
    assert [back.idf(t) for t in ("red", "zebra")] == [made.idf(t) for t in ("red", "zebra")]


def test_the_same_texts_make_the_same_files(tmp_path: Path) -> None:
    for name in ("first", "second"):
        Lexical.build(TEXTS).save(tmp_path / name)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()


@given(st.lists(st.text("abc xyz", max_size=12), max_size=8), st.text("abc xyz", max_size=8))
def test_scores_and_search_agree(texts: list[str], query: str) -> None:
    index = Lexical.build(texts)
    scores = index.scores(query)
    assert scores.shape == (len(texts),)
    hits = index.search(query, len(texts))
    assert hits == best(scores, len(texts))
    assert {number for number, _ in hits} == {i for i, s in enumerate(scores) if s > 0}
    assert hits == sorted(hits, key=lambda hit: (-hit[1], hit[0]))
    assert index.search(query, 2) == hits[:2]


@given(st.lists(st.sampled_from([*TEXTS, "中国汽车", "48% of houses"]), max_size=6), st.data())
def test_terms_taken_over_are_as_if_read_again(texts: list[str], data: st.DataObject) -> None:
    last = Lexical.build(texts)
    kept = data.draw(st.lists(st.sampled_from(range(len(texts))), max_size=4)) if texts else []
    mixed: list[str | int] = [*kept, "a new tree", *kept[:1]]
    made = Lexical.build(mixed, last)
    fresh = Lexical.build([texts[t] if isinstance(t, int) else t for t in mixed])
    assert made.vocabulary == fresh.vocabulary
    for query in ("red", "tree", "48%", "中国", "house car"):
        assert made.scores(query).tolist() == fresh.scores(query).tolist()
        assert made.idf(query) == fresh.idf(query)


def test_terms_taken_over_from_a_folder(tmp_path: Path) -> None:
    Lexical.build(TEXTS).save(tmp_path / "first")
    made = Lexical.build([1, "one more tree"], Lexical.load(tmp_path / "first"))
    made.save(tmp_path / "second")
    back = Lexical.load(tmp_path / "second")
    assert back.search("cars", 2) == Lexical.build([TEXTS[1], "one more tree"]).search("cars", 2)
    assert (
        back.vocabulary
        == made.vocabulary
        == {"a": 2, "red": 2, "car": 1, "on": 1}
        | {
            "road": 1,
            "one": 1,
            "more": 1,
            "tree": 1,
        }
    )
