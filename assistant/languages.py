"""What is known of languages: which one a text is in, how its words are stemmed, who knows it.

A language is its ISO 639-1 code ("de"), None where it is not known. English is what the reader
and the bundled embedding model know, and what an unknown language is taken for.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache

from assistant.normalisation import fold
from assistant.segmentation import CHINESE, HANGUL, KANA
from assistant.types import Document
from assistant.wordlists import LISTED, telling

__all__ = ["CODES", "asked_in", "code", "detect", "known", "stem", "stemmed", "warning"]

# Names by code, where something is known beyond the script.
CODES = {
    "ar": "Arabic", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "eo": "Esperanto", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "km": "Khmer", "ko": "Korean", "lo": "Lao",
    "lt": "Lithuanian", "my": "Burmese", "ne": "Nepali", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sr": "Serbian",
    "sv": "Swedish", "ta": "Tamil", "th": "Thai", "tr": "Turkish", "yi": "Yiddish",
    "zh": "Chinese",
}  # fmt: skip
_BY_NAME = {name.lower(): code for code, name in CODES.items()} | {
    "nb": "no", "nn": "no", "cmn": "zh", "yue": "zh", "deu": "de", "eng": "en", "fra": "fr",
    "zho": "zh", "jpn": "ja", "kor": "ko", "spa": "es", "ita": "it", "por": "pt", "rus": "ru",
}  # fmt: skip

_SCRIPTS = {
    "ja": re.compile(f"[{KANA}]"),
    "zh": re.compile(f"[{CHINESE}]"),
    "ko": re.compile(f"[{HANGUL}]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "lo": re.compile("[\u0e80-\u0eff]"),
    "my": re.compile("[\u1000-\u109f]"),
    "km": re.compile("[\u1780-\u17ff]"),
    "ru": re.compile("[\u0400-\u052f]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ta": re.compile("[\u0b80-\u0bff]"),
    "hy": re.compile("[\u0530-\u058f]"),
}
_SPACELESS_LANGUAGES = frozenset({"zh", "ja", "ko", "th", "lo", "my", "km"})
SAMPLE = 4000  # characters, by which a document's language is told
_BEYOND_LATIN = re.compile(r"[^\x00-\u024f]+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_ACCENT = re.compile("[\u0300-\u036f]+")


def code(name: str | None) -> str | None:
    """The code of a language as people write it: "zh-CN", "German", "DE".

    >>> code("pt_BR"), code("Japanese"), code("")
    ('pt', 'ja', None)
    """
    low = (name or "").strip().lower()
    first = re.split(r"[-_\s,;]", low, maxsplit=1)[0]
    found = _BY_NAME.get(low) or _BY_NAME.get(first)
    if found:
        return found
    return first if 2 <= len(first) <= 3 and first.isascii() and first.isalpha() else None


def detect(text: str) -> str | None:
    """The language of a text; None where that is not sure.

    Most scripts have one language, or one that stands for all; Latin ones are told by which
    language's function words the text is made of.

    >>> detect("全市人口为一千万。"), detect("Die Brücke ist seit dem Jahr 1932 für alle offen.")
    ('zh', 'de')
    """
    sample = fold(text[:SAMPLE])
    letters = len(_LETTER.findall(sample))
    rest = "".join(_BEYOND_LATIN.findall(sample))
    counts = {name: len(script.findall(rest)) for name, script in _SCRIPTS.items()}
    if counts["ja"] * 20 > counts["zh"]:  # Japanese has Chinese characters too
        counts["ja"] += counts.pop("zh")
    most = max(counts, key=lambda name: counts[name])
    # A character of these says as much as several Latin letters.
    weight = 2 if most in ("zh", "ja", "ko") else 1
    if counts[most] and weight * counts[most] > letters - counts[most]:
        return most
    return _by_function_words(sample)


def _by_function_words(text: str) -> str | None:
    found = Counter(_WORD.findall(text.casefold()))
    total = sum(found.values())
    share = {
        name: sum(n for word, n in found.items() if word in telling(name)) / total
        for name in ("en", *LISTED)
        if total
    }
    if not share:
        return None
    ranked = sorted(share, key=lambda name: -share[name])
    best, second = share[ranked[0]], share[ranked[1]]
    # Two function words at least, and clearly more than of any other language.
    if best * total < 2 or best < 0.15 or best < 1.2 * second:
        return None
    return ranked[0]


def asked_in(question: str, corpus: Collection[str]) -> str:
    """The language of a question to documents in these languages: English unless it shows.

    >>> asked_in("Wie hoch ist der Turm?", {"de"}), asked_in("BMS?", {"en", "de"})
    ('de', 'en')
    """
    latin = set(corpus) & LISTED.keys()
    if question.isascii() and not latin:
        return "en"
    found = detect(question)
    if found in (*corpus, *_SCRIPTS):
        return str(found)
    return _nearest(question, latin | {"en"}) if latin else "en"


def _nearest(question: str, among: Collection[str]) -> str:
    """Of a few languages, the one with most function words in a question; English in doubt."""
    asked = _WORD.findall(fold(question).casefold())
    counts = {name: sum(word in telling(name) for word in asked) for name in among}
    best = max(sorted(among), key=lambda name: (counts[name], name == "en"))
    return best if counts[best] else "en"


def stem(word: str, language: str = "en") -> str:
    """The stem of a casefolded word, without accents; the word where no stemmer is known.

    >>> stem("cities"), stem("häuser", "de"), stem("häuser", "xx")
    ('citi', 'haus', 'hauser')
    """
    if language == "en":  # names from elsewhere keep no accent for the stemmer either
        return _stemmer("en")(_unaccented(word))
    return _unaccented(_stemmer(language)(word))


def _unaccented(word: str) -> str:
    return unicodedata.normalize("NFKC", _ACCENT.sub("", unicodedata.normalize("NFKD", word)))


@lru_cache(maxsize=32)
def _stemmer(language: str) -> Callable[[str], str]:
    import threading

    import Stemmer

    name = CODES.get(language, "").lower()
    if name not in Stemmer.algorithms():
        return lambda word: word
    stemmer, lock = Stemmer.Stemmer(name), threading.Lock()  # it serves one thread at a time

    def one(word: str) -> str:
        with lock:
            return str(stemmer.stemWord(word))

    return one


def stemmed(language: str | None) -> str:
    """The language in which the words of a document are stemmed: words with spaces between them
    are mostly English in a language that has none."""
    found = code(language) or "en"
    return "en" if found in _SPACELESS_LANGUAGES else found


def known(language: str | None, languages: Collection[str] = ("en",)) -> bool:
    """Whether a language is among those that a model knows; an unknown one is taken for English."""
    return (code(language) or "en") in languages or "multilingual" in languages


def warning(documents: Iterable[Document], model: str, knows: Collection[str] | None) -> str | None:
    """What to tell the owner of documents in languages that the embedding model does not know.

    None where there are none. `knows` are the model's languages, None where it does not say.
    """
    spoken = Counter(code(document.language) or "en" for document in documents)
    missed = [name for name, _ in spoken.most_common() if knows and not known(name, knows)]
    if not missed:
        return None
    named = ", ".join(CODES.get(name, name) for name in missed)
    count = sum(spoken[name] for name in missed)
    are = "1 document is" if count == 1 else f"{count} documents are"
    return (
        f"{are} in {named}, which the embedding model {model} does not know: found by words "
        "alone, not by meaning. Set ASSISTANT_MODEL to the path of a multilingual "
        "sentence-transformers model to change that."
    )
