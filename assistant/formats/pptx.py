"""PowerPoint: a slide is a page, its title a heading; lists, tables, charts' data and notes."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from assistant.errors import DocumentError
from assistant.formats.display import display
from assistant.formats.parsed import Parsed
from assistant.formats.writing import Writer, paragraph, plain, table, words
from assistant.formats.zipped import Package, core_facts, local, opened, parsed_xml

__all__ = ["read"]

_MAX_DEPTH = 20  # of groups in groups
_FURNITURE = frozenset("DATE FOOTER SLIDE_NUMBER HEADER".split())
_MAX_CHART = 2_000  # points of a chart


def read(data: bytes) -> Parsed:
    """The slides as Markdown, in their order. Raises DocumentError where there are none to read."""
    archive = opened(data)
    package = Package(archive)
    if not package.related("", "officeDocument"):
        raise DocumentError("it is not a PowerPoint presentation, or damaged")
    import pptx
    from pptx.exc import PackageNotFoundError

    try:
        slides = pptx.Presentation(io.BytesIO(data)).slides
    except (ValueError, KeyError, AttributeError, PackageNotFoundError) as error:
        raise DocumentError("it is a presentation that can't be read: save it anew") from error
    writer, titles, notes = Writer(), [], []
    for number, slide in enumerate(slides, 1):
        writer.page()
        title, spoke = _slide(writer, slide, number)
        titles.append(title)
        if not spoke and len(slide.shapes):
            notes.append(f"slide {number} has no text (a picture?)")
    about = core_facts(package)
    return writer.parsed({**about, "title": about.get("title") or (titles or [""])[0]}, notes)


def _slide(writer: Writer, slide: Any, number: int) -> tuple[str, bool]:
    """Writes a slide; its title, and whether it says anything."""
    _choose(slide.element)
    title = slide.shapes.title
    said = plain(title.text_frame.text) if title is not None and title.has_text_frame else ""
    shapes = [shape for shape in _shapes(slide.shapes) if title is None or shape != title]
    notes = ""
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text
    spoke = bool(said or notes.strip() or any(_says(shape) for shape in shapes))
    if spoke:
        writer.heading(2, words(said or f"Slide {number}"))
    for shape in shapes:
        _write(writer, shape)
    for line in filter(None, map(plain, notes.split("\n"))):
        writer.block(paragraph(words(f"Notes: {line}")))
    return said, spoke


def _choose(slide: Any) -> None:
    """Puts shapes that only newer programs draw in the place of what older ones draw instead."""
    for alternate in slide.findall(".//{*}AlternateContent[{*}Choice]"):
        above = alternate.getparent()
        if local(above) in ("spTree", "grpSp"):
            for shape in list(alternate.find("{*}Choice")):
                alternate.addprevious(shape)
            above.remove(alternate)


def _shapes(shapes: Iterable[Any], depth: int = 0) -> Iterator[Any]:
    """The shapes of a slide from its top left to its bottom right, those in groups as well."""
    visible = [shape for shape in shapes if not _is_furniture(shape)]
    # A slide is read in bands: what begins at about the same height is read from the left.
    for shape in sorted(visible, key=lambda shape: (_band(shape.top), shape.left or 0)):
        inner = getattr(shape, "shapes", None)
        if inner is None:
            yield shape
        elif depth < _MAX_DEPTH:
            yield from _shapes(inner, depth + 1)


def _band(top: int | None) -> int:
    return (top or 0) // 300_000  # a third of an inch


def _is_furniture(shape: Any) -> bool:
    """A date, a footer, a slide's number."""
    if not getattr(shape, "is_placeholder", False):
        return False
    kind = shape.placeholder_format.type
    return kind is not None and kind.name in _FURNITURE


def _says(shape: Any) -> bool:
    if shape.has_text_frame:
        return bool(shape.text_frame.text.strip())
    return bool(getattr(shape, "has_table", False) or getattr(shape, "has_chart", False))


def _write(writer: Writer, shape: Any) -> None:
    if shape.has_text_frame:
        _text(writer, shape)
    elif getattr(shape, "has_table", False):
        writer.block(table(_cells(shape.table)))
    elif getattr(shape, "has_chart", False):
        _chart(writer, shape.chart_part._element)
    else:
        for line in _diagram(shape):
            writer.item(words(line))


def _cells(grid: Any) -> list[list[str]]:
    """A table's cells, those that span several repeated in each."""
    rows = [[words(cell.text) for cell in row.cells] for row in grid.rows]
    for top, row in enumerate(grid.rows):
        for left, cell in enumerate(row.cells):
            if cell.is_merge_origin:
                for down in range(top, min(len(rows), top + cell.span_height)):
                    end = min(len(rows[down]), left + cell.span_width)
                    rows[down][left:end] = [rows[top][left]] * (end - left)
    return rows


def _text(writer: Writer, shape: Any) -> None:
    """A text frame: several paragraphs of a body are a list, as a slide shows them."""
    said = [(p, text) for p in shape.text_frame.paragraphs if (text := plain(p.text))]
    kind = shape.placeholder_format.type if getattr(shape, "is_placeholder", False) else None
    listed = len(said) > 1 and kind is not None and kind.name in ("BODY", "OBJECT", "VERTICAL_BODY")
    for p, text in said:
        if listed or _bulleted(p):
            writer.item(words(text), p.level)
        else:
            writer.block(paragraph(words(text)))


def _bulleted(p: Any) -> bool:
    """Whether a paragraph has a bullet or a number of its own."""
    properties = p._p.pPr
    return properties is not None and any(
        local(child) in ("buChar", "buAutoNum", "buBlip") for child in properties
    )


def _chart(writer: Writer, chart: Any) -> None:
    """A chart's data as a table: its categories, and a column for each series."""
    names, columns = [""], []
    categories: dict[int, str] = {}
    for element in chart.iter():
        if local(element) == "title" and local(element.getparent()) == "chart":
            said = "".join(t.text or "" for t in element.iter() if local(t) == "t")
            writer.block(paragraph(words(said)))
        elif local(element) == "ser":
            parts = {local(part): part for part in element}
            names.append(" ".join(_points(parts.get("tx")).values()) or f"Series {len(names)}")
            categories |= _points(parts.get("cat") if "cat" in parts else parts.get("xVal"))
            columns.append(_points(parts.get("val") if "val" in parts else parts.get("yVal")))
    places = sorted({at for column in columns for at in column})
    if 0 < len(places) * len(columns) <= _MAX_CHART:
        rows = [
            [categories.get(at, str(at + 1)), *(column.get(at, "") for column in columns)]
            for at in places
        ]
        writer.block(table([[words(cell) for cell in row] for row in [names, *rows]]))


def _points(data: Any) -> dict[int, str]:
    """The cached values of a chart's reference by their place, as the chart shows them."""
    if data is None:
        return {}
    found: dict[int, str] = {}
    for level in data.findall(".//{*}lvl") or [data]:  # the innermost first
        names, name = _level(level), ""
        for at in sorted({*found, *names}):
            name = names.get(at, name)  # a group's name stands only at its first place
            found[at] = f"{name} {found[at]}" if at in found else name
    if not found:  # a name that is written out
        said = "".join(v.text or "" for v in data.iter("{*}v"))
        return {0: said} if said else {}
    return found


def _level(data: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    for point in data.iter("{*}pt"):
        if (point.get("idx") or "").isdecimal():
            value = " ".join(v.text or "" for v in point.iterfind("{*}v"))
            found.setdefault(int(point.get("idx")), _shown(point, value))
    return found


def _shown(point: Any, value: str) -> str:
    """A number as the chart shows it; text as it is."""
    cache = point.getparent()
    if local(cache) not in ("numCache", "numLit"):
        return value
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, WINDOWS_EPOCH, from_excel

    format = point.get("formatCode") or cache.findtext("{*}formatCode") or "General"
    macintosh = cache.getroottree().find("{*}date1904[@val='1']") is not None
    epoch = CALENDAR_MAC_1904 if macintosh else WINDOWS_EPOCH
    try:
        number: object = float(value)
        if is_date_format(format):
            number = from_excel(number, epoch, is_timedelta_format(format))
    except (ValueError, OverflowError):
        return value
    return display(number, format)


def _diagram(shape: Any) -> Iterator[str]:
    """The words of a SmartArt, point by point."""
    graphic = shape._element
    for element in graphic.iter():
        if local(element) != "relIds":
            continue
        for key, relation in element.attrib.items():
            if key.endswith("}dm") and relation in shape.part.rels:
                for point in parsed_xml(shape.part.related_part(relation).blob).iter():
                    if local(point) == "pt":
                        texts = [t.text or "" for t in point.iter() if local(t) == "t"]
                        if plain("".join(texts)):
                            yield plain("".join(texts))
