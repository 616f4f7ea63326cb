"""The form of a question, its names and its sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import QuestionError
from assistant.planning import Planner
from assistant.question import MAX_CHARACTERS, clean, parse, words
from assistant.spelling import as_written, correct, spell_out


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("What does BMS stand for?", "definition"),
        ("what is V2X", "definition"),
        ("Expand the abbreviation HMI.", "definition"),
        ("Which cities lead?", "list"),
        ("What are the criteria?", "list"),
        ("list the six actions", "list"),
        ("What does the first category cover?", "list"),
        ("what's in the second category", "list"),
        ("What share of firms is in Series A?", "fact"),
        ("How many cities are there?", "fact"),
        ("Who leads?", "fact"),
        ("What is the difference between cats and dogs?", "comparison"),
        ("How is a cat different from a dog?", "comparison"),
        ("How many different cats were seen between 2015 and 2020?", "fact"),
        ("How did sales grow in 2023 compared to 2022?", "fact"),
        ("members of the jury", "list"),
        ("kinds of devices on the list", "list"),
        ("number of members", "fact"),
        ("BMS", "fact"),
        ("What happens if it rains?", "fact"),
        ("When did Acme expand to Europe?", "fact"),
        ("What is the mean age of the members?", "fact"),
        ("By what means of transport did he come?", "list"),
        ("What is the expansion of ADAS?", "definition"),
        ("explain what BMS means", "definition"),
        ("whats BMS mean", "definition"),
        ("What is the different between red and blue?", "comparison"),
        ("WHICH CITIES LEAD?", "list"),
        ("Which Company Has Offices In Beijing", "fact"),
    ],
)
def test_the_form_of_a_question(question: str, form: str) -> None:
    assert parse(question).form == form


def test_names_are_numbers_acronyms_and_capitals() -> None:
    assert parse("What does Acme's V2X plan say of Tianjin by 2040?").names == (
        "Acme",
        "V2X",
        "Tianjin",
        "2040",
    )
    assert parse("Who is Ada Lovelace?").names == ("Ada", "Lovelace")
    assert parse("What Does Every Word In Capitals Tell Us Here?").names == ()
    assert parse("What goes to the US in May 2021?").names == ("US", "May", "2021")
    assert parse("WHO MAY GO TO US?").names == ()
    assert parse("HOW MANY companies ARE in Bonn?").names == ("Bonn",)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Could you please tell me what ADAS means? Thanks!", "what ADAS means"),
        ("hi, who leads?", "who leads?"),
        ("  two\nlines \x00 ", "two lines"),
        ("half a \ud800 pair", "half a pair"),
        ("Please", "Please"),
        ("Can I have a dog in the flat?", "Can I have a dog in the flat?"),
        ("Can you find the fee?", "the fee?"),
        ("Can I get the list of fees?", "the list of fees?"),
        ("Can I ask you what BMS means?", "what BMS means?"),
    ],
)
def test_a_question_is_cleaned(asked: str, meant: str) -> None:
    assert clean(asked) == meant


@pytest.mark.parametrize("asked", ["", "  \n", "\x00", "?!", "\ud800", "x" * (MAX_CHARACTERS + 1)])
def test_what_is_no_question_is_said_so(asked: str) -> None:
    with pytest.raises(QuestionError):
        clean(asked)


@given(st.text(max_size=200))
def test_any_text_is_a_question_or_an_error(text: str) -> None:
    try:
        cleaned = clean(text)
    except QuestionError:
        return
    assert cleaned.isprintable()
    assert cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned
    assert Planner({}).plan(cleaned)


def test_a_comparison_has_its_two_sides() -> None:
    sides = [p.question.text for p in Planner({}).plan("Difference between red and green apples?")]
    assert sides == ["What is red apples?", "What is green apples?"]
    asked = "How does the old bridge in Bonn differ from the new one?"
    sides = [p.question.text for p in Planner({}).plan(asked)]
    assert sides == ["What is old bridge in Bonn?", "What is new bridge in Bonn?"]
    sides = [p.question.text for p in Planner({}).plan("How do they distinguish plums from figs?")]
    assert sides == ["What is plums?", "What is figs?"]
    sides = [p.question.text for p in Planner({}).plan("Compare the price of leasing and buying.")]
    assert sides == ["What is price of leasing?", "What is price of buying?"]
    asked = "Compare the number of firms in Bonn and Kiel."
    sides = [p.question.text for p in Planner({}).plan(asked)]
    assert sides == ["What is number of firms in Bonn?", "What is number of firms in Kiel?"]
    sides = [p.question.text for p in Planner({}).plan("Compare the Internet of Things and AI.")]
    assert sides == ["What is Internet of Things?", "What is AI?"]


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        (
            "How many red and how many blue cars were sold?",
            ["How many red cars were sold?", "how many blue cars were sold?"],
        ),
        (
            "What share of firms is red and what share blue?",
            ["What share of firms is red", "what share blue?"],
        ),
        (
            "Which shops sell red cars, and which are in Bonn?",
            ["Which shops sell red cars", "which shops are in Bonn?"],
        ),
        (
            "How many old cars were sold, and how many are red?",
            ["How many old cars were sold", "how many old cars are red?"],
        ),
        ("Which are red and which are blue?", ["Which are red", "which are blue?"]),
        ("When did it open and who built it?", ["When did it open", "who built it?"]),
        (
            "How many red cars and how many blue bikes does Acme sell?",
            ["How many red cars does Acme sell?", "how many blue bikes does Acme sell?"],
        ),
        ("How much did sales rise, compared with which year?", None),
        ("By how much did sales rise, and compared to what?", None),
        ("When was it built and why?", None),
        (
            "Where is the mill and when was it built and why?",
            ["Where is the mill", "when was it built and why?"],
        ),
    ],
)
def test_joined_questions_are_asked_each_as_a_whole(asked: str, parts: list[str] | None) -> None:
    assert [p.question.text for p in Planner({}).plan(asked)] == (parts or [asked])


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        (
            "What do Bonn and Kiel charge?",
            ["What does Bonn charge?", "What does Kiel charge?"],
        ),
        (
            "Who works in Bonn, Kiel or Bad Ems today?",
            [f"Who works in {city} today?" for city in ("Bonn", "Kiel", "Bad Ems")],
        ),
        (
            "How many more live in Bonn than in Kiel?",
            ["How many more live in Bonn?", "How many more live in Kiel?"],
        ),
        ("How many live in Bonn and Kiel together?", None),
        ("How many in Bonn pay for Kiel?", None),  # not side by side
        (
            "What is due in 2027 and by 2030?",
            ["What is due in 2027?", "What is due in 2030?"],
        ),
        ("What came between May 2027 and 2030?", None),
        ("What does the Bonn and Kiel Treaty say?", None),  # one name
        ("How many in Bonn and red?", None),  # not of a kind
        ("How many in Bonn?", None),
    ],
)
def test_things_named_side_by_side_are_asked_each(asked: str, parts: list[str] | None) -> None:
    kinds = [["Bonn", "Kiel", "Bad Ems"], ["red", "green"], ["The Bonn and Kiel Treaty"]]
    planner = Planner({}, kinds)
    assert [p.question.text for p in planner.plan(asked)] == (parts or [asked])


def test_spelling_is_mended_towards_the_documents() -> None:
    vocabulary = {"categories": 4, "funding": 2, "companies": 9}
    assert correct("Whcih categoris?", vocabulary) == "Which categories?".replace("W", "w")
    # English words and names that the documents do not hold are no slips.
    assert correct("Who founded Tianjin?", vocabulary) == "Who founded Tianjin?"
    assert correct("What is V2X?", vocabulary) == "What is V2X?"
    assert correct("Is it an innovator?", {"innovators": 3}) == "Is it an innovator?"
    assert correct("What did Biden say?", {"widen": 3}) == "What did Biden say?"
    assert correct("What do they criticise?", {"criticism": 3}) == "What do they criticise?"
    assert correct("Was Didi fined?", {"fined": 3}) == "Was Didi fined?"  # a name, and not "did"
    texts = ["A mobile office in Tianjin."]
    vocabulary = {"mobile": 1, "office": 1, "tianjin": 1}
    assert correct("Is Mobilea in Tianjim?", vocabulary, "en", texts) == "Is Mobilea in Tianjin?"
    texts.append("- **Mobile** Offices")  # as a heading or an item has it
    assert correct("What is Mobille?", vocabulary, "en", texts) == "What is Mobile?"


def test_acronyms_are_written_as_the_documents_write_them() -> None:
    texts = ["A BMS by IPA and an Epa.", "It is a BMS; ipa is beer."]
    vocabulary = {"bms": 2, "ipa": 2, "epa": 1}
    assert as_written("what do bms, ipa, epa and nasa do?", vocabulary, texts) == (
        "what do BMS, ipa, epa and nasa do?"
    )
    vocabulary = {"new": 2, "energy": 2}
    assert spell_out("NE sales, NEV sales?", vocabulary, ["new energy vehicle"] * 2) == (
        "NE sales, new energy vehicle sales?"
    )
    assert spell_out("NEV", vocabulary, ["new energy vehicle"] * 2) == "new energy vehicle"


@given(st.text(max_size=60))
def test_any_question_can_be_spelled(text: str) -> None:
    vocabulary, texts = {"bms": 1, "acts": 1}, ["A BMS acts."]
    mended = as_written(correct(text, vocabulary, "en", texts), vocabulary, texts)
    assert len(words(spell_out(mended, vocabulary, texts))) == len(words(text))


def test_documents_that_are_named_are_asked_each() -> None:
    from assistant.corpus import parse as document
    from assistant.formats import Parsed

    made = {
        id: document(id, Parsed(f"About {id}.", {"publisher": publisher}))
        for id, publisher in (("a", "Acme Press"), ("b", "Daily Bugle"), ("c", "Acme Weekly"))
    }
    planner = Planner(made)
    assert [p.document for p in planner.plan("What do the Bugle and the Weekly say?")] == ["b", "c"]
    assert [p.document for p in planner.plan("What do all three documents say?")] == ["a", "b", "c"]
    assert [p.document for p in planner.plan("What does the Bugle say?")] == [None]
    made["c"] = document("c", Parsed("A bugle.", {"publisher": "Acme Weekly"}))
    asked = "What do the Bugle and the Weekly say?"  # what others speak of names no document
    assert [p.document for p in Planner(made).plan(asked)] == [None]


@pytest.mark.parametrize(
    ("question", "answer", "fits"),
    [
        ("When does it open?", "It opens in May.", True),
        ("When does it open?", "It opens to all.", False),
        ("What is the email address?", "Write to us: a@b.org", True),
        ("What is the email address?", "Write to us.", False),
        ("how can I email Acme?", "Write to us.", False),
        ("What's the link?", "See https://b.org", True),
        ("What is the link between A and B?", "A friend.", True),
        ("How long are e-mails kept?", "For 5 years.", True),
        ("How often does it appear?", "It appears annually.", True),
        ("How many members are there?", "There are fifteen.", True),
        ("When a claim is rejected, who decides?", "The board.", True),
        ("What share of it?", "A third.", True),
        ("Who leads?", "Nobody.", True),
    ],
)
def test_what_kind_of_answer_fits(question: str, answer: str, fits: bool) -> None:
    assert parse(question).fits(answer) is fits
