"""Documents and questions in other languages than English."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from assistant import languages, segmentation, wordlists
from assistant.languages import asked_in, code, detect, known, stem
from assistant.types import Document

Make = Callable[[Path, Mapping[str, str | bytes]], Path]

TEXTS = {
    "en": "The bridge was opened in 1932 and is used by all of the people in the town.",
    "de": "Die Brücke wurde 1932 eröffnet und wird von allen in der Stadt benutzt.",
    "fr": "Le pont a été ouvert en 1932 et il est utilisé par les habitants de la ville.",
    "es": "El puente fue abierto en 1932 y lo usan todos los habitantes de la ciudad.",
    "it": "Il ponte è stato aperto nel 1932 ed è usato da tutti gli abitanti della città.",
    "pt": "A ponte foi aberta em 1932 e é usada por todos os habitantes da cidade.",
    "nl": "De brug werd in 1932 geopend en wordt door alle mensen in de stad gebruikt.",
    "sv": "Bron öppnades 1932 och används av alla som bor i staden och på landet.",
    "ru": "Мост был открыт в 1932 году, и им пользуются все жители города.",
    "zh": "大桥于1932年通车，全市居民都使用它。The bridge.",
    "ja": "橋は1932年に開通し、町のすべての人が利用しています。",
    "ko": "다리는 1932년에 개통되어 모든 시민이 이용합니다.",
    "th": "สะพานเปิดใช้ในปี 1932",
    "el": "Η γέφυρα άνοιξε το 1932.",
    "ar": "افتتح الجسر عام 1932.",
}

CORPORA = {
    "zh": (
        "# 江城大桥\n\n江城大桥于1998年开工，2003年6月18日正式通车。大桥全长2,480米。"
        "设计单位是华东桥梁设计院。\n\n货车的通行费为每次25元！公司总部位于南湖区。\n\n"
        "| 部门 | 负责人 |\n| --- | --- |\n| 养护部 | 李明 |\n| 收费部 | 王芳 |\n",
        {
            "江城大桥什么时候通车？": "江城大桥于1998年开工，2003年6月18日正式通车。",
            "大桥全长是多少": "大桥全长2,480米。",
            "公司的总部在哪里？": "公司总部位于南湖区。",
            "谁是收费部的负责人？": "| 收费部 | 王芳 |",
        },
        ["大桥用了多少吨钢材？", "摩托车的通行费是多少？", "江城机场什么时候开放？"],
    ),
    "ja": (
        "# 港町大橋\n\n港町大橋は2003年6月18日に開通しました。橋の全長は2,480メートルです。\n\n"
        "大型車の通行料金は1,200円です。本社は南区にあります。\n",
        {
            "港町大橋はいつ開通しましたか？": "港町大橋は2003年6月18日に開通しました。",
            "大型車の通行料金はいくらですか？": "大型車の通行料金は1,200円です。",
            "本社はどこにありますか？": "本社は南区にあります。",
        },
        ["鋼材は何トン使われましたか？", "空港はいつ開港しましたか？"],
    ),
    "ko": (
        "# 강변대교\n\n강변대교는 2003년 6월 18일에 개통되었습니다. 다리의 길이는 "
        "2,480미터입니다.\n\n대형차 통행료는 2,500원입니다. 본사는 남구에 있습니다.\n",
        {
            "강변대교는 언제 개통되었습니까?": "강변대교는 2003년 6월 18일에 개통되었습니다.",
            "대형차 통행료는 얼마인가요?": "대형차 통행료는 2,500원입니다.",
            "본사가 어디에 있습니까?": "본사는 남구에 있습니다.",
        },
        ["강재는 몇 톤 사용되었습니까?", "공항은 언제 개항했습니까?"],
    ),
    "de": (
        "# Die Hafenbrücke\n\nDie Hafenbrücke wurde am 18. Juni 2003 eröffnet. Sie ist 2.480 Meter "
        "lang.\n\nDie Maut für Lastwagen kostet 9 Euro. Die Häuser am Ufer wurden abgerissen.\n",
        {
            "Wann wurde die Hafenbrücke eröffnet?": (
                "Die Hafenbrücke wurde am 18. Juni 2003 eröffnet."
            ),
            "Was kostet die Maut für einen Lastwagen?": "Die Maut für Lastwagen kostet 9 Euro.",
            "Welches Haus am Ufer wurde abgerissen?": "Die Häuser am Ufer wurden abgerissen.",
        },
        ["Wie viel Stahl wurde verbaut?", "Wann wurde der Flughafen gebaut?"],
    ),
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_language_is_told_from_a_sentence(language: str) -> None:
    assert detect(TEXTS[language]) == language


@pytest.mark.parametrize(
    "text", ["", "Results", "| 1 | 2 |", "Apple, Pear, Plum", "\ud800", "1932"]
)
def test_a_language_is_not_guessed(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(
    ("question", "corpus", "language"),
    [
        ("Wie lang ist die Brücke?", {"de"}, "de"),
        ("Wie lang ist die Brücke?", {"en"}, "en"),  # no documents in it
        ("How long is the bridge?", {"de"}, "en"),
        ("BMS?", {"de", "en"}, "en"),
        ("桥有多长？", {"en"}, "zh"),
        ("What’s a café?", {"en"}, "en"),
        ("", set(), "en"),
    ],
)
def test_the_language_of_a_question(question: str, corpus: set[str], language: str) -> None:
    assert asked_in(question, corpus) == language


@pytest.mark.parametrize(
    ("name", "found"),
    [("zh-CN", "zh"), ("German", "de"), ("EN", "en"), ("nb_NO", "no"), ("?", None), (None, None)],
)
def test_a_language_by_any_name(name: str | None, found: str | None) -> None:
    assert code(name) == found


def test_an_unknown_language_is_taken_for_english() -> None:
    assert known(None)
    assert not known("de")
    assert known("de", {"multilingual"})
    assert stem("häuser", "de") == stem("haus", "de")
    assert stem("städte", "xx") == "stadte"


def test_function_words_are_of_their_language() -> None:
    assert "welche" in wordlists.function_words("de")
    assert "welche" not in wordlists.function_words("en")
    assert not wordlists.function_words("xx")
    assert segmentation.surface("V2X的成本?") == ["V2X", "的", "成本"]


@pytest.mark.parametrize("language", CORPORA)
def test_a_corpus_in_another_language_is_quoted_and_refused(
    language: str, make_corpus: Make, tmp_path: Path
) -> None:
    from assistant import Assistant

    text, answered, refused = CORPORA[language]
    mine = Assistant(corpus=make_corpus(tmp_path, {"a.md": text}), index=tmp_path / "index")
    assert mine.documents["a"].language == language
    for question, quote in answered.items():
        answer = mine.answer(question)
        assert [c.quote for c in answer.citations] == [quote], question
        assert mine.documents["a"].text[answer.citations[0].start :].startswith(quote)
    for question in refused:
        answer = mine.answer(question)
        assert not answer.found, answer.text
    # A question that stands alone is not read as one that leans on the last.
    first, second = list(answered)[:2]
    assert mine.answer(second, [first]) == mine.answer(second)


def test_the_language_that_a_document_names_wins(make_corpus: Make, tmp_path: Path) -> None:
    from assistant import Assistant

    files = {"a.md": "---\nlanguage: de-AT\n---\nHäuser, Bäume.", "b.md": "# Houses\n\nThe house."}
    mine = Assistant(corpus=make_corpus(tmp_path, files), index=tmp_path / "index")
    assert [mine.documents[id].language for id in "ab"] == ["de-AT", None]
    assert mine.retrieve("Welches Haus?")[0].passage.document == "a"


def test_a_warning_names_the_languages_and_the_setting() -> None:
    def document(language: str | None) -> Document:
        return Document(str(language), "", "", (), language=language)

    spoken = [document(each) for each in ("zh-CN", "zh", "de", "en", None)]
    told = str(languages.warning(spoken, "all-MiniLM-L6-v2", {"en"}))
    assert told.startswith("3 documents are in Chinese, German, which")
    assert "ASSISTANT_MODEL" in told
    assert languages.warning(spoken, "m", {"multilingual"}) is None
    assert languages.warning(spoken, "m", None) is None
    assert languages.warning(spoken[3:], "m", {"en"}) is None


def test_the_owner_of_the_documents_is_warned(make_corpus: Make, tmp_path: Path) -> None:
    from assistant import Assistant
    from assistant.cli import main

    corpus = make_corpus(tmp_path, {"a.md": CORPORA["zh"][0]})
    where = ["--corpus", str(corpus), "--index", str(tmp_path / "index")]
    shown = CliRunner().invoke(main, [*where, "index"])
    assert shown.exit_code == 0, shown.output
    assert "1 document is in Chinese" in shown.stderr
    listed = CliRunner().invoke(main, [*where, "list"])
    assert listed.exit_code == 0, listed.output
    assert "1 document is in Chinese" in listed.stderr
    notice = Assistant(corpus=corpus, index=tmp_path / "index").notice
    assert notice
    assert notice in shown.stderr


@pytest.mark.parametrize(
    ("card", "spoken"),
    [
        ("---\nlanguage:\n- multilingual\n- de\n---\n# A model", {"multilingual", "de"}),
        ("---\nlanguage: en\n---\n", {"en"}),
        ("# A model", None),
        ("---\n: [\n---\n", None),
        (None, None),
    ],
)
def test_a_model_says_what_it_knows(
    card: str | None, spoken: set[str] | None, tmp_path: Path
) -> None:
    from assistant.embeddings import Embedder

    if card is not None:
        (tmp_path / "README.md").write_text(card)
    assert Embedder(str(tmp_path)).languages == spoken
    assert Embedder().languages == {"en"}
