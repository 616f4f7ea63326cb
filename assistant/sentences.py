"""The assistant's own sentences, in English and Chinese; quotes are never translated.

What the assistant says itself is a `Sentence` until an answer's text is put together, or an error
is shown: then it gets its words, in the language of whoever asked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["LANGUAGES", "SENTENCES", "Sentence", "composed", "told"]

# English, Chinese. A sentence's values are in the order of the English; {words} are all that are
# left, each in quotation marks, and {date} may be empty.
_BOTH: dict[str, tuple[str, str]] = {
    # a refusal
    "refused": (
        "The documents do not answer this. Looked for: {question}",
        "文档没有回答这个问题。查找的是：{question}",
    ),
    "nowhere": ("Nowhere in the documents: {words}.", "文档中没有出现：{words}。"),
    "closest": ("The closest passage is from {place}.", "最接近的段落出自：{place}。"),
    "closest_without": (
        "The closest passage is from {place}; it says nothing of {words}.",
        "最接近的段落出自：{place}；其中没有提到{words}。",
    ),
    # beside an answer
    "unsaid": ("The documents do not say: {question}", "文档没有说明：{question}"),
    "close": ("This may also answer it:", "以下内容也可能是答案："),
    "differ": ("The documents give different values.", "各文档的说法不一致。"),
    "of": ("{title} ({date}):", "{title}（{date}）："),
    "newer": (
        "From an older version; the newer is {title} ({date}):",
        "出自较早的版本；较新的版本是 {title}（{date}）：",
    ),
    "older": (
        "There is an older version: {title} ({date}).",
        "另有较早的版本：{title}（{date}）。",
    ),
    "older_same": (
        "An older version says the same: {title} ({date}).",
        "较早的版本说法相同：{title}（{date}）。",
    ),
    "older_differs": (
        "An older version, {title} ({date}), gives another value:",
        "较早的版本 {title}（{date}）说法不同：",
    ),
    "dropped_one": (
        "One statement was left out: the source could not be confirmed.",
        "有一条内容因无法核实出处而略去。",
    ),
    "dropped": (
        "{count} statements were left out: the source could not be confirmed.",
        "有 {count} 条内容因无法核实出处而略去。",
    ),
    # why a question is not answered at all
    "empty": ("The question is empty: ask something in words.", "问题是空的：请用文字提问。"),
    "long": (
        "The question has {count} characters; {most} are read at most.",
        "问题有 {count} 个字符；最多读取 {most} 个。",
    ),
    "busy": (
        "Too many questions are being asked at once: ask again in a few seconds.",
        "同时提问的人太多：请过几秒再问。",
    ),
    # parts of the others
    "no_date": ("no date", "无日期"),
    "and": (", ", "、"),
}

LANGUAGES = ("en", "zh")
SENTENCES = {lang: {kind: b[n] for kind, b in _BOTH.items()} for n, lang in enumerate(LANGUAGES)}
_FIELDS = {kind: re.findall(r"\{(\w+)\}", english) for kind, (english, _) in _BOTH.items()}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of ours, of one of the kinds above, with what is put into it.

    >>> str(Sentence("nowhere", ("Tianjin", "Xiamen")))
    'Nowhere in the documents: “Tianjin”, “Xiamen”.'
    """

    kind: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.said()

    def said(self, language: str = "en") -> str:
        """The sentence in a language."""
        texts = SENTENCES[language]
        fields = _FIELDS[self.kind]
        named = dict(zip(fields, self.values, strict=fields[-1:] != ["words"]))
        if "words" in named:
            named["words"] = texts["and"].join(f"“{v}”" for v in self.values[len(fields) - 1 :])
        if "date" in named:
            named["date"] = named["date"] or texts["no_date"]
        return texts[self.kind].format(**named)


def composed(lines: Iterable[str | Sentence], language: str = "en") -> str:
    """Lines as one text, what we say ourselves in a language."""
    return "\n".join(line.said(language) if isinstance(line, Sentence) else line for line in lines)


def told(error: Exception, language: str = "en") -> str:
    """What an error says, in a language where it is a sentence of ours, else as it stands."""
    line = error.args[0] if error.args else None
    return line.said(language) if isinstance(line, Sentence) else str(error)
