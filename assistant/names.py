"""Names of files: as they are shown, and as they are kept."""

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath

__all__ = ["apart", "fold", "kept", "shown"]

MAX_LENGTH = 120  # characters of a name before its suffix
MAX_BYTES = 200  # most file systems take 255 with it

# Characters that a screen would obey or not show, halves of characters, and the backslash,
# which marks them.
_UNSEEN = re.compile(
    "[\\\\\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_REFUSED = re.compile(r'[<>:"|?*/]')  # by Windows
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*", re.I)
_MARK = 6  # characters of a hash
_ASIDE = "originals"  # a folder of this name is passed over


def shown(name: str) -> str:
    """A file's name as text that shows what it is: no two names are shown alike.

    >>> shown("a\\u202efdp.md")
    'a\\\\u202efdp.md'
    """
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", name)


def kept(name: str) -> str:
    """The name that a file called `name` gets: one that every system takes, inside the folder.

    A folder's files come as "folder/file". What had to be changed ends in a hash of `name`, so
    that another file does not get the same name by being changed alike.

    >>> kept("Report 2024.pdf"), kept("../../etc/cron.d/job.md")
    ('Report 2024.pdf', 'etc/cron.d/job-ddaebc.md')
    """
    parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")] or [""]
    same = "/".join(_safe(part) for part in parts)
    if same == unicodedata.normalize("NFC", name):
        return same
    folders = [_safe(part) for part in parts[:-1]]
    return apart("/".join([*folders, _safe(parts[-1], room=_MARK + 1)]), name)


def apart(name: str, source: str) -> str:
    """A name for what came from `source`, told apart from another of the same name."""
    path = PurePosixPath(name)
    mark = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
    return path.with_name(f"{path.stem}-{mark}{path.suffix}").as_posix()


def fold(name: str) -> str:
    """What is equal for names that some file systems take for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _safe(part: str, room: int = 0) -> str:
    """One step of a path that every system takes, `room` characters shorter than it may be."""
    part = unicodedata.normalize("NFC", _UNSEEN.sub("", part))
    part = _REFUSED.sub("_", part).lstrip(". ").removeprefix("~$").rstrip(". ")
    stem, dot, suffix = part.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, dot, suffix = part, "", ""
    stem = stem[: MAX_LENGTH - room]
    while len(stem.encode()) > MAX_BYTES - room:
        stem = stem[:-1]
    stem = stem.rstrip(". ")
    if not stem or stem == _ASIDE or _RESERVED.fullmatch(stem.partition(".")[0]):
        stem = f"_{stem}"
    return f"{stem}{dot}{suffix}"
