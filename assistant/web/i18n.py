"""The page's own words, in English and Chinese; what answers say is in `assistant.sentences`."""

from typing import Any

from assistant.sentences import LANGUAGES, SENTENCES

__all__ = ["LANGUAGES", "TEXTS", "language", "say"]

# English, Chinese. In braces is what is put in.
_WORDS: dict[str, tuple[str, str]] = {
    # the page
    "title": ("Document assistant", "文档助手"),
    "intro": ("Ask the documents", "向文档提问"),
    "intro_text": (
        "Answers are quoted from them, word for word, and each is numbered with the place where "
        "it stands. What they do not say, they are not made to say.",
        "回答均逐字引自文档，并以编号标明出处。文档没有说的，这里也不会说。",
    ),
    "question": ("Question", "问题"),
    "ask": ("Ask", "提问"),
    "chat": ("Chat", "对话"),
    "library": ("Documents", "文档"),
    "quality": ("Quality", "质量"),
    "views": ("Views", "视图"),
    "conversation": ("Conversation", "对话"),
    "conversations": ("Conversations", "对话列表"),
    "new": ("New conversation", "新对话"),
    "none_yet": ("Your conversations are kept in this browser.", "对话保存在此浏览器中。"),
    "untitled": ("New conversation", "新对话"),
    "rename": ("Rename", "重命名"),
    "delete": ("Delete", "删除"),
    "delete_text": (
        "Delete “{title}”? It can't be brought back.",
        "删除“{title}”？删除后无法恢复。",
    ),
    "name": ("Name", "名称"),
    "save": ("Save", "保存"),
    "cancel": ("Cancel", "取消"),
    "close": ("Close", "关闭"),
    "export": ("Export", "导出"),
    "export_empty": ("There is nothing to export yet.", "尚无可导出的内容。"),
    "theme": ("Dark mode", "深色模式"),
    "menu": ("Conversations", "对话列表"),
    "full": (
        "This browser's storage is full: the oldest conversation was removed.",
        "浏览器存储空间已满：最早的对话已被删除。",
    ),
    "try": ("Try one of these", "可以试试"),
    # an answer
    "asked": ("You asked:", "您的提问："),
    "looking": ("Looking in the documents …", "正在查找文档……"),
    "understood": ("Understood as", "理解为"),
    "edit": ("Edit and ask again", "修改后重新提问"),
    "refused": ("Not in the documents", "文档中没有答案"),
    "nearest": (
        "Nearest passages, which do not seem to answer it",
        "最接近的段落（似乎没有回答该问题）",
    ),
    "citation": ("citation", "引文"),
    "citations": ("{count} citations", "{count} 条引文"),
    "citations_one": ("1 citation", "1 条引文"),
    "changed": (
        "The document has changed since: these words no longer stand there.",
        "文档此后已更改：原处已无此文字。",
    ),
    "copy": ("Copy", "复制"),
    "copy_title": ("Copy the answer with its footnotes", "复制回答及脚注"),
    "copied": ("Copied with its footnotes.", "已连同脚注复制。"),
    "not_copied": ("The browser did not allow copying.", "浏览器不允许复制。"),
    "right": ("Right", "正确"),
    "right_title": ("This answer is right", "这个回答正确"),
    "wrong": ("Wrong", "有误"),
    "wrong_title": ("Something is wrong with this answer", "这个回答有问题"),
    "further": ("The documents also answer", "文档还能回答"),
    "went_wrong": (
        "Something went wrong here. The terminal that the chat runs in says what.",
        "出现了错误，详情见运行本程序的终端。",
    ),
    # feedback
    "feedback": ("What is wrong?", "哪里有问题？"),
    "wrong_citation": ("Wrong citation", "引文不对"),
    "wrong_answer": ("Wrong answer", "回答不对"),
    "should_have_answered": ("Should have answered", "本应回答"),
    "should_have_refused": ("Should have refused", "本应拒答"),
    "comment": ("Comment", "说明"),
    "send": ("Send", "提交"),
    "thanks": ("Thank you, it is noted.", "谢谢，已记录。"),
    # reading
    "reading": ("Reading", "阅读"),
    "read_empty": (
        "Choose a number in an answer, or a document, and it opens here.",
        "点击回答中的编号或选择一份文档，即可在此阅读。",
    ),
    "of": ("Citation {number} of {count}", "引文 {number} / {count}"),
    "of_nearest": ("Nearest passage {number} of {count}", "最接近的段落 {number} / {count}"),
    "previous": ("Previous citation", "上一条引文"),
    "next": ("Next citation", "下一条引文"),
    "back": ("Back to the answer", "返回回答"),
    "reconstructed": ("Reconstructed", "重建内容"),
    "page": ("p. {number}", "第 {number} 页"),
    "pages": ("{count} pages", "共 {count} 页"),
    "pages_one": ("1 page", "共 1 页"),
    "earlier": ("Read the part before", "阅读前一部分"),
    "later": ("Read on", "继续阅读"),
    "gone": ("This document is not there any more.", "该文档已不存在。"),
    # library
    "documents": ("{count} documents", "{count} 份文档"),
    "documents_one": ("1 document", "1 份文档"),
    "find": ("Find a document", "查找文档"),
    "found": ("{count} found", "找到 {count} 份"),
    "found_none": (
        "No document has these words in its title, publisher, date or file name.",
        "没有文档的标题、发布者、日期或文件名含有这些文字。",
    ),
    "failures": ("{count} files could not be read", "{count} 个文件未能读取"),
    "failures_one": ("1 file could not be read", "1 个文件未能读取"),
    "shown": ("{start} to {end} of {count}", "第 {start} 至 {end} 份，共 {count} 份"),
    "earlier_documents": ("Previous", "上一页"),
    "later_documents": ("Next", "下一页"),
    "order": ("Order", "排序"),
    "order_title": ("By title", "按标题"),
    "order_date": ("Newest first", "最新的在前"),
    "order_indexed": ("Last added first", "最近添加的在前"),
    "read": ("Read", "阅读"),
    "remove": ("Remove", "移除"),
    "remove_text": (
        "Remove “{title}” from the documents? Its file goes from the folder too.",
        "从文档中移除“{title}”？文件夹中的文件也会被删除。",
    ),
    "removed": ("“{title}” is removed.", "“{title}”已移除。"),
    "passages": ("{count} passages", "{count} 个段落"),
    "passages_one": ("1 passage", "1 个段落"),
    "indexed": ("indexed {time}", "索引于 {time}"),
    "status_indexed": ("Ready", "就绪"),
    "status_duplicate": ("Already there", "已存在"),
    "status_failed": ("Not read", "未能读取"),
    "add": ("Add documents", "添加文档"),
    "adding": ("Adding …", "正在添加……"),
    "step_reading": ("Reading", "正在读取"),
    "step_embedding": ("Embedding", "正在计算向量"),
    "step_storing": ("Storing", "正在保存"),
    "set_aside": ("Files that could not be read", "未能读取的文件"),
    # quality
    "quality_title": ("How well it answers", "回答质量"),
    "no_report": (
        "There is no report yet: “assistant eval” makes one.",
        "尚无报告：运行“assistant eval”即可生成。",
    ),
    "measure": ("Measure", "指标"),
    "by_kind": ("Answered rightly, by kind of question", "按问题类型的正确率"),
    "reliability": ("Reliability", "可靠性"),
    "reliability_text": (
        "How often the documents answer, against how sure the assistant is. On the diagonal, it "
        "is as sure as it should be; larger dots stand for more questions.",
        "文档实际能回答的比例与助手确信程度之对照。落在对角线上说明确信程度恰当；圆点越大，问题越多。",
    ),
    "sure": ("how sure it is", "确信程度"),
    "answerable": ("share that the documents answer", "文档能回答的比例"),
    "quality_text": (
        "On the project's own questions, in two halves: the assistant is developed on one, and "
        "only scored on the other.",
        "基于项目自有问题集，分为两半：一半用于开发，另一半只用于评分。",
    ),
    "work": ("developed on", "开发用"),
    "held": ("held out", "仅评分"),
    "kind": ("Kind of question", "问题类型"),
    "asked_count": ("questions", "问题数"),
    "accuracy": ("answered rightly", "回答正确"),
    "false_refusals": ("refused though the documents answer", "文档有答案却拒答"),
    "false_answers": ("answered though the documents do not", "文档无答案却作答"),
    "right_document": ("first citation in the right document", "首条引文出自正确文档"),
    "citation_validity": ("citations that are exact", "引文逐字准确"),
}

TEXTS = {
    lang: {key: both[n] for key, both in _WORDS.items()} | {"busy": SENTENCES[lang]["busy"]}
    for n, lang in enumerate(LANGUAGES)
}


def language(tag: object) -> str:
    """The interface's language for a browser's: Chinese for Chinese, else English.

    >>> language("zh-TW"), language("de-DE")
    ('zh', 'en')
    """
    return "zh" if isinstance(tag, str) and tag.lower().startswith("zh") else "en"


def say(key: str, lang: str = "en", **values: Any) -> str:
    """The words for `key`. With `count=1` its singular, where there is one.

    >>> say("pages", count=1), say("pages", count=1200)
    ('1 page', '1,200 pages')
    """
    texts = TEXTS[lang]
    if values.get("count") == 1:
        key = f"{key}_one" if f"{key}_one" in texts else key
    shown = {name: f"{v:,}" if name == "count" else v for name, v in values.items()}
    return texts[key].format(**shown)
