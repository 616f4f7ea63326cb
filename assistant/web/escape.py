"""The only way that text from documents, questions and file names gets into the page."""

__all__ = ["escape"]

# Syntax of HTML, and of Markdown and LaTeX, which the page's framework reads as well.
_SYNTAX = {ord(c): f"&#{ord(c)};" for c in "&<>\"'`*_$\\[]{}~|!#\n"}
# What controls a terminal or reorders what is read: shown as a replacement character.
_CONTROLS = (
    *range(0x00, 0x09),
    *range(0x0B, 0x20),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
_TABLE = dict.fromkeys(_CONTROLS, "\ufffd") | _SYNTAX | {ord("\r"): " "}


def escape(text: str) -> str:
    """The text as HTML that shows it and does nothing else, on one line.

    >>> escape("<b>[1]")
    '&#60;b&#62;&#91;1&#93;'
    """
    return text.encode("utf-8", "replace").decode().translate(_TABLE)
