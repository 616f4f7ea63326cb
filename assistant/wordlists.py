"""Words that questions and sentences are made of, and that say nothing of what they are about."""

import re
from functools import lru_cache

from assistant.question import FUNCTION_WORDS

__all__ = ["LISTED", "function_words", "telling", "wants_several"]

LISTED = {
    "de": "GERMAN", "fr": "FRENCH", "es": "SPANISH", "it": "ITALIAN", "pt": "PORTUGUESE",
    "nl": "DUTCH", "sv": "SWEDISH", "da": "DANISH", "no": "NORWEGIAN", "ru": "RUSSIAN",
    "tr": "TURKISH",
}  # fmt: skip
"""Languages by code, as bm25s names its lists of function words."""

# What questions are made of; those lists are of words that texts are made of.
_ASKING = {
    "de": """hoch jahr jahre jahren wer wen wem wessen wann woher wohin womit wodurch wofür wozu
        worin woran warum wieso weshalb wieviel wieviele viele welch gibt es bitte nennen nenne
        liegt heißt bedeutet""",
    "fr": """an année années quel quelle quels quelles quand comment combien pourquoi quoi qui où
        lequel laquelle lesquels lesquelles est-ce quelqu citez indiquez signifie""",
    "es": """año años quién quiénes cuándo cuánto cuánta cuántos cuántas cómo dónde cuál cuáles
        qué quien cuanto cuantos cuantas significa""",
    "it": """anno anni quando quale quali come perché qual dove chi cosa significa""",
    "pt": """ano anos quando quanto quanta quantos quantas quais onde porque porquê quê
        significa""",
    "nl": """jaar wanneer waar waarom hoeveel welke welk wie wat waarheen waarmee betekent""",
    "sv": """år när vem vad vilken vilket vilka varför hur många mycket var betyder""",
    "da": """år hvornår hvem hvad hvilken hvilket hvilke hvorfor hvordan hvor mange meget
        betyder""",
    "no": """år når hvem hva hvilken hvilket hvilke hvorfor hvordan hvor mange mye betyr""",
    "ru": """год году года сколько почему который которая которое которые какие каков какова
        каковы каким каком каких где когда чему откуда означает является составляет""",
    "tr": """yıl yılında nedir kaç hangi kim nerede neden niçin nasıl kimdir zaman kadar""",
}
_WHOLE = {
    "zh": """的 地 得 了 着 过 是 在 和 与 及 或 有 多少 几 什么 什么时候 何时 何地 什麼 什麼時候
        哪 哪个 哪些 哪里 哪儿 哪年 哪一 哪一年 哪位 哪家 哪裡 哪裏 谁 谁是 誰 谁的 为何 为什么
        為什麼 怎么 怎样 怎麼 如何 多 多大 多长 多久 多高 吗 呢 吧 啊 嗎 这 那 该 其 它 他 她 我
        你 您 们 這 該 們 个 個 请 问 请问 請問 请告诉我 告诉 被 把 将 对 对于 于 为 為 以 从 到
        由 就 都 也 还 而 但 并 等 之 所 会 能 可以 要 上 中 下 里 位于 位於 时候 時候 是多少
        是什么 是谁 是否 有哪些 有多少 关于 根据 共 名 家 有没有 分别 分別""",
    "ja": """いつ どこ だれ 誰 何 なに なん いくつ いくら どの どれ どちら どう なぜ どのくらい
        くらい ぐらい どのような どんな です ます でした ました ません します した して する され
        される された している しています しました されました ありま あります ありますか
        ありました ある いる います いました なる なり なった こと もの ため とは という について
        おける において による によって から まで より など この その あの これ それ ここ そこ
        ですか ますか でしょうか ください 教えて 何年 何人 何時 なります そして また""",
    "ko": """무엇 언제 어디 누구 누가 얼마 얼마나 어떤 어느 어떻게 왜 몇 무슨 및 또는 그리고 이 그
        저 것 수 등 있습니까 있습니다 있는 있나요 입니까 입니다 인가요 인가 되었습니까 했습니까
        됩니까 합니까 알려 주세요 알려주세요 대해 관한 대한 모두 총""",
}


_SEVERAL = {
    "de": r"^(?:welche|nenne|nennen|zähle)\b",
    "fr": r"\bquel(?:le)?s\b|^(?:liste|cite|énumère)",
    "es": r"\bcuáles\b|^(?:enumer|lista)",
    "it": r"\bquali\b|^elenca",
    "pt": r"\bquais\b|^(?:enumer|lista)",
    "nl": r"^(?:welke|noem)\b",
    "ru": r"\bкакие\b|^перечисл",
    "zh": "哪些|哪几|哪幾|列出|列举|列舉",
    "ja": "どのような|どんな|どれとどれ|挙げて|一覧",
    "ko": "어떤 것들|무엇들|나열|목록",
}


def wants_several(question: str, language: str) -> bool:
    """Whether a question in another language than English asks for a list.

    >>> wants_several("有哪些部门？", "zh"), wants_several("Wer war es?", "de")
    (True, False)
    """
    pattern = _SEVERAL.get(language)
    return bool(pattern and re.search(pattern, question, re.IGNORECASE))


@lru_cache(maxsize=32)
def function_words(language: str) -> frozenset[str]:
    """Words, casefolded, that say nothing of what a question is about; none where none are known.

    >>> "the" in function_words("en"), "wer" in function_words("de"), function_words("xx")
    (True, True, frozenset())
    """
    if language == "en":
        return FUNCTION_WORDS
    if language in _WHOLE:
        return frozenset(_WHOLE[language].split())
    return telling(language)


@lru_cache(maxsize=32)
def telling(language: str) -> frozenset[str]:
    """The words that tell a language from others of the same letters; none where none are known."""
    from bm25s import stopwords

    if language == "en":
        return FUNCTION_WORDS | frozenset(stopwords.STOPWORDS_EN_PLUS)
    if language not in LISTED:
        return frozenset()
    listed = getattr(stopwords, f"STOPWORDS_{LISTED[language]}")
    return frozenset(word.casefold() for word in [*listed, *_ASKING[language].split()])
