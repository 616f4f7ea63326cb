"""Documents of every format become Markdown with headings, lists, tables and pages, or one plain
line that says why not."""

import datetime
import io
import math
import os
import re
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import making
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant import formats
from assistant.errors import DocumentError
from assistant.formats import Parsed, writing
from assistant.formats.decoding import decode
from assistant.formats.display import display
from assistant.markup import blocks, strip_markup

FILES = Path(__file__).parent / "files"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

Read = Callable[[str, str | bytes], Parsed]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """`read("a.csv", "a,b")` is what is made of a file with that name and content."""

    def parse(name: str, content: str | bytes) -> Parsed:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return formats.parse(path)

    return parse


def refusal(read: Read, name: str, content: str | bytes) -> str:
    with pytest.raises(DocumentError) as raised:
        read(name, content)
    assert "\n" not in str(raised.value)
    return str(raised.value)


# All formats


@pytest.mark.parametrize("path", sorted(FILES.glob("*.[!m]*")), ids=lambda path: path.name)
def test_what_comes_of_every_sample_is_clean(path: Path) -> None:
    if path.name == "password.pdf":
        pytest.skip("is refused")
    parsed = formats.parse(path)
    assert parsed.text == writing.clean(parsed.text).strip()
    assert all(block.kind != "comment" for block in blocks(parsed.text))
    assert list(parsed.pages) == sorted(parsed.pages)
    assert all(0 <= page <= len(parsed.text) for page in parsed.pages)


def test_files_are_parsed_side_by_side() -> None:
    paths = [FILES / name for name in ("krb5-basic.pdf", "footnotes.docx", "caching.html")] * 2
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(formats.parse, paths)) == [formats.parse(p) for p in paths[:3]] * 2


@pytest.mark.parametrize("name", [name for name in formats.READERS if name[1] not in "mt"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff\x00 rubbish", b"PK\x03\x04 \xff\x00 cut"])
def test_a_broken_file_of_any_kind_is_one_line(read: Read, name: str, content: bytes) -> None:
    assert re.match(r"it\b|its\b", refusal(read, f"broken{name}", content))


def test_what_is_no_file_of_a_known_kind_is_one_line(read: Read, tmp_path: Path) -> None:
    assert "of a kind that can't be read" in refusal(read, "a.exe", b"MZ")
    (tmp_path / "folder.pdf").mkdir()
    os.mkfifo(tmp_path / "pipe.pdf")
    for name in ("folder.pdf", "pipe.pdf"):
        with pytest.raises(DocumentError, match="it is not a file"):
            formats.parse(tmp_path / name)
    with pytest.raises(DocumentError, match="No such file"):
        formats.parse(tmp_path / "missing.pdf")
    assert refusal(read, "empty.md", "\n") == "it holds no text"


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(formats.MAX_BYTES + 1)
    with pytest.raises(DocumentError, match="larger than 100 MB"):
        formats.parse(path)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site-packages" not in p])
    with pytest.raises(DocumentError, match="pip install selectolax"):
        formats.parse(FILES / "caching.html")


# What all of them write with


SYNTAX = st.text(st.sampled_from("\\*_`~<>[]()!&#;:|a1 b/-.+"), max_size=14)


@given(st.text(st.characters(codec="utf-8"), max_size=80) | SYNTAX)
@example("\\:")
def test_escaped_words_are_read_back_as_they_were(text: str) -> None:
    said = writing.words(text)
    found = blocks(writing.paragraph(said))
    if not said:
        assert not found
        return
    [block] = found
    assert block.kind == "paragraph"
    shown, _ = strip_markup(writing.paragraph(said))
    if not re.search(r"\[\d+\]", text):  # a footnote's number, which is not shown
        assert shown == writing.plain(text)


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=4)))
def test_any_cells_are_a_table_or_paragraphs(rows: list[list[str]]) -> None:
    written = writing.table([[writing.words(cell) for cell in row] for row in rows])
    filled = [[writing.plain(cell) for cell in row] for row in rows]
    filled = [row for row in filled if any(row)]
    columns = [n for n in range(4) if any(n < len(row) and row[n] for row in filled)]
    kinds = {block.kind for block in blocks(written)}
    if len(filled) > 1 and len(columns) > 1:
        assert kinds == {"table"}
        assert len(blocks(written)[0].pieces) == len(filled) - 1
    else:
        assert kinds <= {"paragraph"}


@given(st.lists(st.tuples(st.booleans(), st.text("ab #*\n", max_size=9)), max_size=9))
def test_pages_start_where_their_first_words_stand(parts: list[tuple[bool, str]]) -> None:
    writer = writing.Writer()
    for listed, text in parts:
        writer.page()
        if listed:
            writer.item(writing.words(text))
        else:
            writer.block(writing.paragraph(writing.words(text)))
    parsed = writer.parsed({})
    assert len(parsed.pages) == len(parts)
    for (_, text), start, end in zip(
        parts, parsed.pages, [*parsed.pages[1:], len(parsed.text)], strict=False
    ):
        shown = strip_markup(parsed.text[start:end])[0]
        assert shown.strip("- \n") == writing.plain(text).strip("- ")


def test_raised_numbers_are_told_apart() -> None:
    assert [writing.raised(*pair) for pair in (("rule", "12"), ("10", "-6"), ("m", "2"))] == [
        "[12]",
        "⁻⁶",
        "²",
    ]


# Text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Die Größe – “gut”", "utf-8-sig"),
        ("Die Größe – “gut”", "utf-16"),
        ("Die Größe der Öffnung beträgt fünf Meter.", "cp1252"),
        ("L'été, les élèves étaient très fatigués ; où êtes-vous allé ?", "latin-1"),
        ("Компания объявила о своих результатах за первый квартал.", "cp1251"),
        ("公司公布了今年第一季度的业绩，收入增长百分之十五。", "gb18030"),
        ("会社は今年の第1四半期の業績を発表しました。", "shift_jis"),
        ("회사는 올해 1분기 실적을 발표했다.", "euc-kr"),
    ],
)
def test_text_is_read_in_the_encoding_that_it_is_in(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00 odd",
        bytes(range(128, 256)),
        b"\x89PNG\x00\x01",
        "Şirket bu yılın ilk çeyreğine ilişkin sonuçlarını açıkladı.".encode("cp1254"),
        "Společnost oznámila své výsledky za první čtvrtletí roku.".encode("cp1250"),
    ],
)
def test_text_whose_encoding_is_in_doubt_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"UTF-8|binary"):
        decode(data)


def test_what_looks_like_markup_in_plain_text_is_text(read: Read) -> None:
    parsed = read("a.txt", "A title\n\nIt says <!-- this --> and <b>that</b>, a_b and 2 * 3.\n")
    [_, block] = blocks(parsed.text)
    assert strip_markup(parsed.text[block.start : block.end])[0] == (
        "It says <!-- this --> and <b>that</b>, a_b and 2 * 3."
    )


def test_lines_that_name_values_or_hold_cells_stay_lines(read: Read) -> None:
    pairs = read("a.txt", "Contact\n\nPhone: 030 123\nFax: 030 124\nMail: a@b.c\n")
    assert pairs.text == "# Contact\n\n- Phone: 030 123\n- Fax: 030 124\n- Mail: a@b.c"
    assert read("b.txt", "Name\tAge\nAnn\t32\nBob\t45").text == "- Name Age\n- Ann 32\n- Bob 45"
    assert read("c.txt", "1.\tOpening\n2.\tBudget").text == "1. Opening\n2. Budget"
    mail = read("d.txt", "From: Ann\nTo: Bob\nSubject: Budget\n\nHi Bob,\nit is 5.\n")
    assert mail.text.startswith("- From: Ann\n- To: Bob\n")
    assert not mail.about


def test_names_above_the_first_heading_do_not_hide_it(read: Read) -> None:
    report = read("a.txt", "Annual report\n\nACME Ltd\n\nIntroduction\n\nIt was a good year.\n")
    assert report.text == "Annual report\n\nACME Ltd\n\n## Introduction\n\nIt was a good year."
    labels = read("b.txt", "It was good.\n\nNorth\n\nSouth\n\n12%\n\nThe rest is not known.\n")
    assert labels.text == "It was good.\n\n- North\n- South\n- 12%\n\nThe rest is not known."


# Word


def test_a_word_document_with_footnotes_tables_and_text_boxes() -> None:
    assert formats.parse(FILES / "footnotes.docx").text == (
        "Ouch[1].[2]\n\n[1] A tachyon walks into a bar.\n\n[2] Fin."
    )
    assert formats.parse(FILES / "tables.docx").text == (
        "Above\n\n| Top left | Top right |\n| --- | --- |\n| Bottom left | Bottom right |\n\nBelow"
    )
    assert formats.parse(FILES / "text-box.docx").text == "Datum plane"
    assert formats.parse(FILES / "strict.docx").text == "Test"
    styled = formats.parse(FILES / "styles.docx")
    assert styled.text.count("| foo to you | and a hearty foo to you too sir! |") == 3
    assert styled.about["date"] == "2015-02-08"


def test_a_word_document_in_its_order(tmp_path: Path) -> None:
    import docx

    made = docx.Document()
    made.core_properties.title = "Staff rules"
    made.add_heading("Staff rules", 0)
    made.add_heading("Hours", 1)
    made.add_paragraph("The office opens at nine.")
    made.add_paragraph("one", "List Bullet")
    made.add_paragraph("first", "List Number")
    made.add_paragraph("second", "List Number")
    table = made.add_table(2, 2)
    for cell, text in zip(table._cells, ("Day", "Hours", "Friday", "9 | 15"), strict=True):
        cell.text = text
    made.add_heading("Leave", 2)
    made.save(str(tmp_path / "rules.docx"))
    parsed = formats.parse(tmp_path / "rules.docx")
    assert parsed.about["title"] == "Staff rules"
    assert parsed.text == (
        "# Staff rules\n\n## Hours\n\nThe office opens at nine.\n\n- one\n1. first\n2. second\n\n"
        "| Day | Hours |\n| --- | --- |\n| Friday | 9 \\| 15 |\n\n### Leave"
    )


def test_a_word_document_as_a_reader_sees_it(read: Read) -> None:
    def run(text: str, properties: str = "") -> str:
        return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"

    raised, off = '<w:vertAlign w:val="superscript"/>', 'w:val="off"'
    body = (
        f"<w:p>{run('Pay ')}<w:del>{run('five')}</w:del><w:ins>{run('ten')}</w:ins>"
        f"{run(' m')}{run('2', raised)}"
        f"{run('secret', '<w:vanish/>')}{run(' Ann', f'<w:vanish {off}/>')}"
        f"{run(' Lee', f'<w:caps {off}/>')}{run(' nato', '<w:caps/>')}</w:p>"
        f"<w:sdt><w:sdtContent><w:p>{run('In a control')}</w:p></w:sdtContent></w:sdt>"
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
        f"</w:docPartObj></w:sdtPr><w:sdtContent><w:p>{run('Contents 1')}</w:p></w:sdtContent>"
        f"</w:sdt><w:p>{run('Terms', '<w:b/>')}</w:p><w:p>{run('&lt;!-- x --&gt;')}</w:p>"
        f"<w:p>{run('Not bold', f'<w:b {off}/>')}</w:p>"
    )
    assert read("a.docx", making.docx(body)).text == (
        "Pay ten m² Ann Lee NATO\n\nIn a control\n\n## Terms\n\n\\<!-- x -->\n\nNot bold"
    )


def test_what_a_newer_word_draws_is_read_once(read: Read) -> None:
    def text(words: str) -> str:
        return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"

    def either(newer: str, older: str) -> str:
        return (
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/'
            'markup-compatibility/2006"><mc:Choice Requires="wps">'
            f"{newer}</mc:Choice><mc:Fallback>{older}</mc:Fallback></mc:AlternateContent>"
        )

    box = f"<w:txbxContent>{text('In the box')}</w:txbxContent>"
    boxed = f"<w:p><w:r><w:t>Below.</w:t></w:r><w:r>{either(box, box)}</w:r></w:p>"
    rows = [(text("Day"), text("Hours")), (text("Monday"), text("Nine") + boxed)]
    table = "".join(
        f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in row)}</w:tr>" for row in rows
    )
    body = either(text("Block"), text("Older block")) + f"<w:tbl>{table}</w:tbl>"
    assert read("a.docx", making.docx(body)).text == (
        "Block\n\n| Day | Hours |\n| --- | --- |\n| Monday | Nine; Below. In the box |"
    )


def test_numbered_clauses_keep_their_numbers(read: Read) -> None:
    level = (
        '<w:lvl w:ilvl="{0}"><w:start w:val="1"/><w:numFmt w:val="{1}"/><w:lvlText w:val="{2}"/>'
        "</w:lvl>"
    )
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">'
        + level.format(0, "decimal", "%1.")
        + level.format(1, "decimal", "%1.%2")
        + level.format(2, "lowerRoman", "(%3)")
        + '</w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="n" Target="numbering.xml" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/numbering"/></Relationships>'
    )
    body = "".join(
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="7"/></w:numPr></w:pPr>'
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
        for depth, text in [(0, "Fees"), (1, "Due"), (1, "Late"), (2, "interest"), (0, "End")]
    )
    parts = {"word/numbering.xml": numbering, "word/_rels/document.xml.rels": relations}
    assert read("a.docx", making.docx(body, parts)).text == (
        "1. Fees\n    - 1.1 Due\n    - 1.2 Late\n        - (i) interest\n2. End"
    )


# PowerPoint


def test_slides_are_pages_with_tables_charts_and_notes() -> None:
    slides = formats.parse(FILES / "slides.pptx")
    assert slides.about["title"] == "python-pptx was here!"
    assert "| Cell text 1 | Cell text 2 |" in slides.text
    assert "Group test text" in slides.text
    chart = formats.parse(FILES / "chart.pptx")
    assert "| Category 3 | 3.5 | 1.8 | 3 |" in chart.text
    notes = formats.parse(FILES / "notes.pptx")
    assert notes.text == "## Slide 1\n\nNotes: Notes"
    assert notes.pages == (0, len(notes.text))


def test_a_presentation_in_its_order(tmp_path: Path) -> None:
    import pptx
    from pptx.util import Inches

    made = pptx.Presentation()
    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text = "Plan"
    frame = first.placeholders[1].text_frame
    frame.text = "Build"
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "walls", 1
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "Costs"
    second.shapes.add_textbox(0, Inches(6), Inches(2), Inches(1)).text_frame.text = "Below"
    grid = second.shapes.add_table(2, 3, 0, Inches(3), Inches(4), Inches(1)).table
    for number, text in enumerate(("Year", "Sum", "", "2021", "5", "6")):
        grid.cell(number // 3, number % 3).text = text
    grid.cell(0, 1).merge(grid.cell(0, 2))
    made.slides.add_slide(made.slide_layouts[6]).shapes.add_textbox(0, 0, 9, 9)
    made.save(str(tmp_path / "plan.pptx"))
    parsed = formats.parse(tmp_path / "plan.pptx")
    assert parsed.text == (
        "## Plan\n\n- Build\n    - walls\n\n## Costs\n\n| Year | Sum | Sum |\n| --- | --- | --- |\n"
        "| 2021 | 5 | 6 |\n\nBelow"
    )
    assert parsed.about["title"] == "Plan"
    assert parsed.pages == (0, parsed.text.index("## Costs"), len(parsed.text))
    assert parsed.notes == ("slide 3 has no text (a picture?)",)


def test_shapes_that_only_a_newer_powerpoint_draws_are_read(tmp_path: Path) -> None:
    import pptx
    from lxml import etree

    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = "Growth"
    slide.placeholders[1].text_frame.text = "The margin grew."
    space = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
    for shape in list(slide.shapes):
        alternate = etree.Element(f"{space}AlternateContent")
        shape._element.addprevious(alternate)
        etree.SubElement(alternate, f"{space}Choice", Requires="a14").append(shape._element)
        etree.SubElement(alternate, f"{space}Fallback")
    made.save(str(tmp_path / "a.pptx"))
    assert formats.parse(tmp_path / "a.pptx").text == "## Growth\n\nThe margin grew."


def test_a_chart_shows_its_values_in_their_formats(tmp_path: Path) -> None:
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])

    shares = CategoryChartData(number_format="0%")
    shares.categories = ["A", "007"]
    shares.add_series("Sum", (0.48, 0.525))
    days = CategoryChartData(number_format="#,##0")
    days.categories = [datetime.date(2021, 1, 1), datetime.date(2022, 1, 1)]
    days.add_series("Sum", (1234567, 2))
    years = CategoryChartData()
    for year in ("2021", "2022"):
        quarters = years.add_category(year)
        quarters.add_sub_category("Q1")
        quarters.add_sub_category("Q2")
    years.add_series("Sum", (0.1 + 0.2, 2, 3, 4))
    for data in (shares, days, years):
        slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, 9, 9, data)
    made.save(str(tmp_path / "a.pptx"))
    head = "|  | Sum |\n| --- | --- |\n"
    assert formats.parse(tmp_path / "a.pptx").text == (
        f"## Slide 1\n\n{head}| A | 48% |\n| 007 | 53% |\n\n"
        f"{head}| 2021-01-01 | 1,234,567 |\n| 2022-01-01 | 2 |\n\n"
        f"{head}| 2021 Q1 | 0.3 |\n| 2021 Q2 | 2 |\n| 2022 Q1 | 3 |\n| 2022 Q2 | 4 |"
    )


# Spreadsheets


def test_sheets_are_tables_under_their_names() -> None:
    assert formats.parse(FILES / "sheets.xlsx").text == (
        "## Sheet1\n\n| 1 | 2 | 3 |\n| --- | --- | --- |\n| 4 | 5 | 6 |\n\n"
        "## Sheet3\n\n| 7 | 8 | 9 |\n| --- | --- | --- |\n| 10 | 11 | 12 |"
    )


def test_a_workbook_shows_what_excel_shows(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sales"
    rows = [
        ["Sales of the group"],
        [],
        ["Region", "Share", "Sum", "Closed"],
        ["North", 0.125, 1234.5, datetime.date(2021, 8, 31)],
        ["South", 0.5, -20, datetime.datetime(2021, 9, 30, 17, 5)],
        ["Source: books"],
    ]
    for row in rows:
        sheet.append(row)
    for row in (4, 5):
        sheet[f"B{row}"].number_format = "0.0%"
        sheet[f"C{row}"].number_format = '#,##0.00 "€"'
    sheet["D4"].number_format = "d mmm yyyy"
    book.create_sheet("Hidden").sheet_state = "hidden"
    book.save(tmp_path / "sales.xlsx")
    parsed = formats.parse(tmp_path / "sales.xlsx")
    assert parsed.text == (
        "## Sales\n\nSales of the group\n\n| Region | Share | Sum | Closed |\n"
        "| --- | --- | --- | --- |\n| North | 12.5% | 1,234.50 € | 31 Aug 2021 |\n"
        "| South | 50.0% | -20.00 € | 2021-09-30 17:05:00 |\n\nSource: books"
    )
    assert parsed.notes == ("sheet 'Hidden' is hidden, and not read",)


def test_merged_cells_count_for_each_of_their_places(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    rows: list[list[object]] = [
        ["Sales of the group"],
        ["Region", 2023, None, 2024],
        [None, "Plan", "Actual", "Plan", "Actual"],
        ["North", 1, 2, 3, 4],
        [None, 5, 6, 7, 8],
        ["Source: the books"],
        ["As of May"],
    ]
    for row in rows:
        sheet.append(row)
    for place in ("A1:E1", "A2:A3", "B2:C2", "D2:E2", "A4:A5", "A6:E6", "A7:XFD9"):
        sheet.merge_cells(place)
    form = book.create_sheet("Form")
    for label, said in (("Name", "Ann Lee"), ("Place", "Rome")):
        form.append([label, said])
        form.merge_cells(start_row=form.max_row, end_row=form.max_row, start_column=2, end_column=6)
    book.save(tmp_path / "a.xlsx")
    assert formats.parse(tmp_path / "a.xlsx").text == (
        "## Sheet\n\nSales of the group\n\n| Region | 2023 | 2023 | 2024 | 2024 |\n"
        "| --- | --- | --- | --- | --- |\n| Region | Plan | Actual | Plan | Actual |\n"
        "| North | 1 | 2 | 3 | 4 |\n| North | 5 | 6 | 7 | 8 |\n\n"
        "Source: the books\n\nAs of May\n\n"
        "## Form\n\n| Name | Ann Lee |\n| --- | --- |\n| Place | Rome |"
    )


@pytest.mark.parametrize(
    ("value", "format", "shown"),
    [
        (None, "General", ""),
        (True, "General", "TRUE"),
        (3, "General", "3"),
        (1e-05, "0.00E+00", "1e-05"),
        (-5, "#,##0;(#,##0)", "(5)"),
        (0, '0;-0;"none"', "0"),
        (1500000, '0.0,,"m"', "1.5m"),
        (7, "000", "007"),
        (12, "[$€-407]0.00", "€12.00"),
        (2.5, "0", "3"),
        (1234.5, "#,##0", "1,235"),
        (0.125, "0%", "13%"),
        (1.005, "0.00", "1.01"),
        (-0.4, "0", "0"),
        (1.5, "0.##", "1.5"),
        (0, '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_)', "-"),
        (4006381333931, "General", "4006381333931"),
        (12345678901.5, "General", "12345678901.5"),
        (1 / 3, "General", "0.3333333333"),
        (500, '[>=1000000]0.0,,"M";0', "500"),
        (5551234, "000-0000", "5551234"),
        (1e15, "#,##0.0", "1,000,000,000,000,000.0"),
        (10**30, "0.0%", f"1{'0' * 32}.0%"),
        (math.inf, "0.0%", "inf"),
        (math.nan, "#,##0", "nan"),
        (datetime.date(2021, 8, 1), "yyyy-mm", "2021-08"),
        (datetime.date(2021, 8, 1), "mm-dd-yy", "2021-08-01"),
        (datetime.datetime(2021, 8, 1, 15, 4), "h:mm AM/PM", "3:04 PM"),
        (datetime.time(9, 30), "hh:mm", "09:30"),
        (datetime.time(9, 5), 'h"h"mm', "9h05"),
        (datetime.date(2021, 8, 1), 'd" de "mmmm', "1 de August"),
        (datetime.timedelta(hours=36, minutes=30), "[h]:mm", "36:30"),
        (datetime.timedelta(seconds=-5401.5), "[mm]:ss.0", "-90:01.5"),
        (datetime.timedelta(hours=5), '[h]" hours"', "5 hours"),
    ],
)
def test_values_are_shown_in_their_format(value: object, format: str, shown: str) -> None:
    assert display(value, format) == shown


def test_csv_is_a_table_whatever_parts_its_cells(read: Read) -> None:
    coffee = formats.parse(FILES / "coffee.csv")
    assert blocks(coffee.text)[0].kind == "table"
    assert "| Panera Coffee Light Roast | regular(16 oz.) | 300 |" in coffee.text
    for sign in ",;\t|":
        table = read("a.csv", f'name{sign}sum\r\n"A{sign}\nB"{sign}1\r\n').text
        assert table == f"| name | sum |\n| --- | --- |\n| A{sign.strip()} B | 1 |".replace(
            "A|", "A\\|"
        )


def test_a_sheet_that_is_too_wide_or_too_long_says_so(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = ",".join(map(str, range(10_000)))
    assert refusal(read, "a.csv", f"{wide}\n{wide}\n") == (
        "row 1 has 10,000 columns; up to 500 can be read"
    )
    long = read("b.csv", "a,b\n" + "1,2\n" * 600_000)
    assert long.notes == ("it is cut at row 500001: it holds too many cells",)


# HTML


def test_a_page_of_a_manual_without_the_site_around_it() -> None:
    page = formats.parse(FILES / "caching.html")
    assert page.about["title"] == "Caching Guide"
    assert page.about["publisher"] == "Apache HTTP Server Version 2.4"
    assert page.text.startswith("# Caching Guide\n")
    assert "\n## Three-state RFC2616 HTTP caching\n" in page.text
    assert "\n- Fresh: If the content is new enough" in page.text
    assert (
        "```\nCacheEnable socache /\nCacheSocache memcache:memcd.example.com:11211\n```"
        in page.text
    )
    assert "Comments" not in page.text
    numbers = formats.parse(FILES / "datatype-numeric.html")
    assert numbers.text.startswith("## 8.1. Numeric Types")
    assert "| smallint | 2 bytes | small-range integer | -32768 to +32767 |" in numbers.text
    assert "Next" not in numbers.text


def test_a_page_says_what_it_is(read: Read) -> None:
    parsed = read(
        "a.html",
        """<html lang=en><head><title>Opening hours | Town library</title>
        <meta property="article:published_time" content="2021-08-01T09:00:00Z">
        <link rel=canonical href="https://example.org/hours"><link rel=license href="/cc-by">
        </head><body><header><h1>Opening hours</h1></header>
        <nav><ul><li><a href=a>Home</a><li><a href=b>Books</a></ul></nav>
        <div class="cookie-banner">We use cookies, and have a long story to tell of them.</div>
        <main><p>The library opens at nine on every day of the week but one.<sup>1</sup>
        <ol start=3><li>Monday<ul><li>nine</ul><li>Tuesday</ol>
        <dl><dt>Loan<dd>A book for four weeks.</dl>
        <table><tr><th>Day<th>Hours<tr><td rowspan=2>Monday<td>9<tr><td>14</table>
        <pre>  two
    lines</pre><!-- hidden --><p style="display:none">Nobody sees this.</main>
        <footer>Imprint</footer></body></html>""",
    )
    assert parsed.about == {
        "title": "Opening hours",
        "publisher": "Town library",
        "date": "2021-08-01",
        "url": "https://example.org/hours",
        "language": "en",
        "licence": "/cc-by",
    }
    assert parsed.text == (
        "The library opens at nine on every day of the week but one.[1]\n\n"
        "3. Monday\n    - nine\n4. Tuesday\n- Loan: A book for four weeks.\n\n"
        "| Day | Hours |\n| --- | --- |\n| Monday | 9 |\n| Monday | 14 |\n\n"
        "```\n  two\n    lines\n```"
    )


def test_a_page_is_read_in_the_encoding_that_it_names(read: Read) -> None:
    page = "<meta charset=windows-1251><p>Компания объявила результаты.".encode("cp1251")
    assert read("a.html", page).text == "Компания объявила результаты."


PROSE = "<p>A sentence that is long enough to be prose, as every sentence here is.</p>"


def test_what_is_named_by_its_own_heading_is_kept(read: Read) -> None:
    page = (
        f"<main><h1>Report</h1>{PROSE * 6}<h2 id=recommendations>Recommendations</h2>{PROSE}"
        "<section id=cookies><h2>Cookies<a href=#cookies>¶</a></h2><p>They last a day.</section>"
        "<div id=comments><h2>Leave a reply</h2><p>Your name</div></main>"
    )
    headings = [b.content for b in blocks(read("a.html", page).text) if b.kind == "heading"]
    assert headings == ["Report", "Recommendations", "Cookies"]


def test_questions_that_open_their_answers(read: Read) -> None:
    page = (
        f"<main><h1>Questions</h1>{PROSE}"
        "<h2><button aria-controls=a>How do I return it?</button></h2>"
        "<div id=a hidden><p>Send it within a month.</div>"
        "<h2><button aria-controls=b>Who pays?</button></h2>"
        "<div id=b style='display: none'><p>We do.</div>"
        "<h2>Contact <button>Copy link</button></h2><p hidden>Not for you.<p>Write to us.</main>"
    )
    assert read("a.html", page).text.split("\n\n")[2:] == [
        "## How do I return it?",
        "Send it within a month.",
        "## Who pays?",
        "We do.",
        "## Contact",
        "Write to us.",
    ]


def test_notes_and_linked_names_are_content_where_the_page_says_so(read: Read) -> None:
    def links(*targets: str) -> str:
        return "".join(f"<li><a href='{target}'>About {target}</a></li>" for target in targets)

    parts = (
        f"<h1>Team</h1><ul>{links('#a', '#b', '#c')}</ul>{PROSE * 4}<aside><p>Mind it.</aside>"
        f"<h2>Members</h2><ul>{links('ann', 'bob', 'cy')}</ul>"
    )
    marked = read("a.html", f"<main>{parts}</main><aside>Buy this.</aside>").text
    assert marked.endswith("Mind it.\n\n## Members\n\n- About ann\n- About bob\n- About cy")
    assert marked.startswith("# Team\n\nA sentence")
    assert "About" not in read("b.html", parts).text


def test_a_page_may_hold_a_table_or_a_list_alone(read: Read) -> None:
    rows = "<tr><th>City<th>Firms<tr><td>Bonn<td>12<tr><td>Kiel<td>7"
    assert read("a.html", f"<main><table>{rows}</table></main>").text.split("\n")[2:] == [
        "| Bonn | 12 |",
        "| Kiel | 7 |",
    ]
    assert read("b.html", "<main><ul><li>One.<li>Two.</ul></main>").text == "- One.\n- Two."


def test_bold_lines_are_headings_where_a_page_has_none(read: Read) -> None:
    text = "A sentence that is long enough to be prose, as every sentence here is. "
    page = f"<p><b>PART I</b><p>{text}<p><b>Risks</b><p><b>Note.</b> {text}"
    assert read("a.html", page).text.split("\n\n")[::2] == ["## PART I", "### Risks"]


def test_a_page_of_xhtml_closes_its_elements_as_xml_does(read: Read) -> None:
    body = (
        "<head><title/><script src='a.js'/></head><body><p><a id='p1'/>One<br/>and two.</p>"
        "<ul><li>three</li><li>four</li></ul></body></html>"
    )
    for start in ("<?xml version='1.0'?><html>", '<html xmlns="http://www.w3.org/1999/xhtml">'):
        assert read("a.xhtml", start + body).text == "One and two.\n\n- three\n- four"
    chapters = [f"<html>{body}", "<html><body><h1>Two</h1></body></html>"]
    assert read("a.epub", making.epub(chapters)).text == (
        "One and two.\n\n- three\n- four\n\n# Two"
    )


def test_a_cells_lines_are_parted_unless_they_end_in_a_stop(read: Read) -> None:
    cell = "<p>Nine; later</p><p>to five.</p><p>Closed at noon</p>"
    page = f"<h1>Open</h1><table><tr><th>Day<th>Hours<tr><td>Monday<td>{cell}</table><p>Ring.</p>"
    assert "| Monday | Nine; later; to five. Closed at noon |" in read("a.html", page).text


# EPUB


def test_a_book_by_its_chapters() -> None:
    book = formats.parse(FILES / "war-of-the-worlds.epub")
    assert book.about["title"] == "The War of the Worlds"
    assert (book.about["date"], book.about["language"]) == ("1898", "en")
    chapters = re.findall(r"^## Chapter (\d+)", book.text, re.MULTILINE)
    assert chapters == [str(n) for n in (*range(1, 18), *range(1, 11))]
    assert "No one would have believed in the last years of the nineteenth century" in book.text


def test_a_book_without_its_table_of_contents(read: Read) -> None:
    links = "".join(f'<li><a href="{n}.xhtml">Chapter {n}</a></li>' for n in range(9))
    chapters = [
        f"<html><body><h1>Contents</h1><ul>{links}</ul></body></html>",
        "<html><head><title>One</title></head><body><p>It began.</p></body></html>",
    ]
    book = read("a.epub", making.epub(chapters, "<dc:title>A book</dc:title>"))
    assert book.text == "# Contents\n\n# One\n\nIt began."
    assert book.about == {"title": "A book"}


def test_office_files_that_are_locked_or_old_say_so(read: Read) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert "protected by a password, or of an older format" in refusal(read, "a.docx", ole)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "x")
    flagged = bytearray(out.getvalue())
    flagged[flagged.index(b"PK\x01\x02") + 8] |= 1
    assert "protected by a password" in refusal(read, "b.docx", bytes(flagged))
