"""PDF: pages, columns, headings, lists and tables as a reader sees them, each on its page."""

import io
import re
from itertools import pairwise
from pathlib import Path

import making
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, StreamObject

from assistant import formats
from assistant.errors import DocumentError
from assistant.formats import Parsed, pdf
from assistant.markup import blocks

FILES = Path(__file__).parent / "files"
PROSE = (
    "The committee met twice in the spring and agreed that the library should open on every "
    "day of the week but one, since most readers come after work and few of them before noon. "
    "It asked the council for the money that this takes, and got most of it within a month."
).split()


def pages(parsed: Parsed) -> list[str]:
    """The text of each page."""
    ends = [*parsed.pages, len(parsed.text)]
    return [parsed.text[a:b] for a, b in pairwise(ends)]


def letters(text: str) -> str:
    """Letters and digits alone: what two readers of a page have to agree on."""
    return re.sub(r"[\W_]", "", text.replace("ﬁ", "fi").replace("ﬂ", "fl")).lower()


def column(
    words: list[str], x: float, top: float, width: int = 40, step: float = 12
) -> list[making.Line]:
    """Words set in lines of at most `width` letters, from the top of a column down."""
    lines: list[str] = [""]
    for word in words:
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [(x, top - step * number, line) for number, line in enumerate(lines)]


def read(*drawn: str, title: str = "") -> Parsed:
    return pdf.read(making.pdf(list(drawn), title))


@pytest.mark.parametrize("name", ["fhs-3.0.pdf", "krb5-basic.pdf"])
def test_every_sentence_stands_on_the_page_where_pypdf_finds_it(name: str) -> None:
    parsed = formats.parse(FILES / name)
    other = [letters(page.extract_text()) for page in pypdf.PdfReader(FILES / name).pages]
    assert len(parsed.pages) == len(other)
    asked = found = 0
    for here, there in zip(pages(parsed), other, strict=True):
        for line in here.split("\n"):
            said = line.split()
            for at in range(0, len(said) - 4, 5):
                asked += 1
                found += letters(" ".join(said[at : at + 5])) in there
    assert asked > 400
    assert found > 0.99 * asked


def test_a_standard_by_its_sections() -> None:
    parsed = formats.parse(FILES / "fhs-3.0.pdf")
    assert parsed.about == {
        "title": "Filesystem Hierarchy Standard",
        "date": "2015-05-18",
        "language": "en",
    }
    assert "\n# Chapter 3. The Root Filesystem\n" in parsed.text
    page = pages(parsed)[9]
    assert page.startswith("# Chapter 3. The Root Filesystem\n\n## 3.1. Purpose\n\nThe contents")
    assert "\n- To boot a system, enough software and data must be present on the root" in page
    assert "....." not in parsed.text  # the table of contents
    first = parsed.text.index("is planned through the network, then ftp or tftp")
    assert parsed.pages[13] == first  # within a paragraph that begins on page 13
    assert parsed.text[first - 20 : first].endswith(" ")


def test_running_headers_footers_and_numbers_are_left_out() -> None:
    parsed = formats.parse(FILES / "krb5-basic.pdf")
    assert parsed.text.count("Release 1.20.1") <= 1
    assert not re.search(r"^\d+$", parsed.text, re.MULTILINE)

    def page(number: int) -> str:
        header = [(50, 770, f"Yearly report {'left' if number % 2 else 'right'}")]
        footer = [(300, 30, f"Page {number} of 6")]
        return making.text_page(
            [*header, *column([f"p{number}w{n}" for n in range(60)], 50, 700), *footer]
        )

    made = read(*[page(number) for number in range(1, 7)])
    assert made.text.startswith("p1w0 p1w1")
    assert "report" not in made.text
    assert "Page" not in made.text


def test_headings_are_kept_though_their_numbers_count_the_pages() -> None:
    names = ["1 Scope", "2 Fees", "3 Hours", "4 Staff"]
    prose = making.text_page(column(PROSE, 50, 700))
    parsed = read(*[making.text_page([(50, 750, name)], 18, "F2") + prose for name in names])
    assert re.findall("^# (.+)", parsed.text, re.MULTILINE) == names
    assert parsed.about["title"] == "1 Scope"


def test_a_table_of_contents_is_left_out_and_what_looks_like_it_is_not() -> None:
    def leading(*names: str) -> list[making.Line]:
        return [
            (50, 700 - 16 * n, f"{name} {'.' * 20} {7 * n + 3}") for n, name in enumerate(names)
        ]

    text = [
        (50, 600, "The town founded the museum as the second of its kind in the year of 1998"),
        (50, 588, "and has paid for it ever since, as it has for the library."),
    ]
    names = leading("Introduction", "Methods", "Results", "Discussion")
    contents = making.text_page([(50, 740, "Contents"), *names, *text])
    assert read(contents).text == f"Contents\n\n{text[0][2]} {text[1][2]}"
    prices = making.text_page([(50, 740, "Prices"), *leading("Child", "Student", "Adult")])
    assert "Student .................... 10" in read(prices).text


@pytest.mark.parametrize("kind", ["Widget", "FreeText"])
def test_what_is_filled_in_or_written_on_a_page_is_read(kind: str) -> None:
    made = making.pdf([making.text_page([*column(PROSE, 50, 700), (50, 500, "Name:")])])
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(made))
    page = writer.pages[0]
    shown = StreamObject()
    shown.set_data(b"BT /F1 10 Tf 2 4 Td (Ann Miller) Tj ET")
    shown.update(
        {
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject(map(FloatObject, (0, 0, 200, 16))),
            NameObject("/Resources"): page["/Resources"],
        }
    )
    appearance = DictionaryObject({NameObject("/N"): writer._add_object(shown)})
    note = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject(f"/{kind}"),
            NameObject("/Rect"): ArrayObject(map(FloatObject, (100, 496, 300, 512))),
            NameObject("/AP"): appearance,
        }
    )
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
    out = io.BytesIO()
    writer.write(out)
    assert pdf.read(out.getvalue()).text.endswith("Name: Ann Miller")


def test_a_table_that_goes_on_keeps_its_header_on_every_page() -> None:
    def page(first: int) -> str:
        rows = [("Year", "Sum"), *[(str(year), str(year * 7)) for year in range(first, first + 9)]]
        return making.text_page(
            [
                (x, 750 - 14 * n, cell)
                for n, row in enumerate(rows)
                for x, cell in zip((50, 200), row, strict=True)
            ]
        )

    assert read(page(1900), page(1910), page(1920)).text.count("| Year | Sum |") == 3


def test_two_columns_are_read_one_after_the_other() -> None:
    half = len(PROSE) // 2
    title = [(120, 740, "On opening hours")]
    left, right = column(PROSE[:half], 50, 700), column(PROSE[half:], 320, 700)
    drawn = making.text_page(title, 18) + making.text_page([*left, *right])
    assert read(drawn).text == f"# On opening hours\n\n{' '.join(PROSE)}"
    late = making.text_page([*left, *right]) + making.text_page(title, 18)  # drawn last
    assert read(late).text == f"# On opening hours\n\n{' '.join(PROSE)}"


def test_words_parted_at_a_lines_end_are_whole_again() -> None:
    lines = [
        "The committee asked for an agree-",
        "ment on the long-",
        "term plan. A long-term plan is what it",
        "got in the end, and an agreement too.",
    ]
    drawn = making.text_page([(50, 700 - 12 * n, line) for n, line in enumerate(lines)])
    assert read(drawn).text == (
        "The committee asked for an agreement on the long-term plan. A long-term plan is what it "
        "got in the end, and an agreement too."
    )


def test_a_paragraph_over_two_pages_is_one_with_the_page_inside_it() -> None:
    first, second = column(PROSE[:30], 50, 200), column(PROSE[30:], 50, 760)
    note = making.text_page([(50, 40, "1 A note at the foot of the page.")], 7)
    parsed = read(making.text_page(first) + note, making.text_page(second))
    assert parsed.text == f"1 A note at the foot of the page.\n\n{' '.join(PROSE)}"
    assert parsed.text[parsed.pages[1] :] == " ".join(PROSE[30:])


def test_paragraphs_headings_and_lists() -> None:
    bold = making.text_page([(50, 660, "Opening hours")], 10, "F2")
    text = [
        *column(PROSE[:20], 50, 640),
        *column(PROSE[20:40], 50, 590),
        (60, 540, "\u2022 first"),
        (60, 528, "\u2022 second, which goes on"),
        (68, 516, "in the next line"),
        (60, 500, "1. one"),
        (60, 488, "2. two"),
    ]
    drawn = making.text_page([(50, 740, "Library")], 20) + bold + making.text_page(text)
    assert read(drawn).text == (
        f"# Library\n\n## Opening hours\n\n{' '.join(PROSE[:20])}\n\n{' '.join(PROSE[20:40])}\n\n"
        "- first\n- second, which goes on in the next line\n1. one\n2. two"
    )


def test_cells_side_by_side_are_a_table() -> None:
    cells = [
        (60, 700, "Region"), (200, 700, "Sum 2021"), (320, 700, "Share"),
        (60, 684, "North"), (222, 684, "1,200"), (330, 684, "60 %"),
        (60, 668, "South, and"), (222, 668, "800"), (330, 668, "40 %"),
    ]  # fmt: skip
    wrapped = [(60, 656, "what is near it")]
    cells[7:7] = wrapped  # a cell of two lines, drawn before the next cell
    cut = PROSE.index("noon.") + 1
    drawn = making.text_page([*column(PROSE[:cut], 50, 770), *cells, *column(PROSE[cut:], 50, 600)])
    assert read(drawn).text.split("\n\n")[1] == (
        "| Region | Sum 2021 | Share |\n| --- | --- | --- |\n| North | 1,200 | 60 % |\n"
        "| South, and what is near it | 800 | 40 % |"
    )


def test_numbers_that_are_raised() -> None:
    drawn = (
        making.text_page([(50, 700, "The rule")])
        + making.text_page([(89.5, 704, "1")], 6)
        + making.text_page([(96, 700, "covers 10 km")])
        + making.text_page([(157.5, 704, "2")], 6)
    )
    assert read(drawn).text == "The rule[1] covers 10 km²"


def test_a_rotated_page_is_read_and_a_stamp_in_the_margin_is_not() -> None:
    turned = [f"/F1 10 Tf 0 1 -1 0 {100 + 12 * n} 50 Tm ({line}) Tj"
              for n, (_, _, line) in enumerate(column(PROSE, 0, 0))]  # fmt: skip
    assert read(f"BT {' '.join(turned)} ET").text == " ".join(PROSE)
    stamp = "BT /F1 10 Tf 0 1 -1 0 20 300 Tm (a stamp) Tj ET"
    assert read(making.text_page(column(PROSE, 50, 700)) + stamp).text == " ".join(PROSE)


def test_scanned_pages_are_named() -> None:
    words, picture = making.text_page(column(PROSE, 50, 700)), making.picture_page()
    parsed = read(words, picture, "", picture, picture, picture, words)
    assert parsed.notes == ("pages 2, 4-6 have no text (scanned?)",)
    assert len(parsed.pages) == 7
    assert read(words, picture).notes == ("page 2 has no text (scanned?)",)
    with pytest.raises(DocumentError, match="pictures without text: run text recognition"):
        read(picture, picture)
    with pytest.raises(DocumentError, match="its pages hold no text"):
        read("", "")


def test_a_pdf_that_can_not_be_opened_says_why() -> None:
    with pytest.raises(DocumentError, match="protected by a password"):
        formats.parse(FILES / "password.pdf")
    with pytest.raises(DocumentError, match="not a PDF, or damaged"):
        pdf.read(making.pdf([making.text_page([(50, 700, "Hello")])])[:300])


def test_its_own_title_is_taken_unless_a_program_wrote_it() -> None:
    drawn = making.text_page([(50, 740, "The year")], 20) + making.text_page(column(PROSE, 50, 700))
    assert read(drawn, title="Annual report").about["title"] == "Annual report"
    assert read(drawn, title="Microsoft Word - draft2.docx").about["title"] == "The year"


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 500),
                st.integers(0, 790),
                st.text(
                    st.characters(codec="cp1252", categories=["L", "N", "P", "Z"]), max_size=40
                ),
            ),
            max_size=8,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_words_anywhere_on_a_page_become_markdown(drawn: list[list[making.Line]]) -> None:
    try:
        parsed = read(*[making.text_page(lines) for lines in drawn])
    except DocumentError:
        return
    assert len(parsed.pages) == len(drawn)
    assert list(parsed.pages) == sorted(parsed.pages)
    assert all(block.kind != "comment" for block in blocks(parsed.text))


def test_a_page_whose_fonts_name_no_letters_is_named() -> None:
    private = "".join(f"<{code:02x}> <{0xE000 + code:04x}>\n" for code in range(97, 123))
    names = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap "
        "1 begincodespacerange <00> <ff> endcodespacerange "
        f"26 beginbfchar {private}endbfchar endcmap end end"
    )
    made = making.pdf([making.text_page([(50, 700, "abcd")]), making.text_page([(50, 700, "a b")])])
    font = b"/BaseFont /Helvetica /Encoding /WinAnsiEncoding"
    stream = f"<< /Length {len(names)} >>\nstream\n{names}\nendstream".encode()
    picture = made.index(b"<< /Type /XObject")
    end = made.index(b"endstream", picture) + len(b"endstream")
    made = made[:picture] + stream + made[end:]
    with pytest.raises(DocumentError, match="pictures without text"):
        pdf.read(made.replace(font, font + b" /ToUnicode 5 0 R", 1))
