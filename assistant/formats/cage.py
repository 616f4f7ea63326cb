"""The cage: a file is parsed in a process of its own, which may take so much and no more.

    parse("pdf", Path("report.pdf"))  ->  python -c ... "pdf" < report.pdf  ->  JSON on stdout

The child gets the file as its standard input, an empty environment and no rights that a parser
needs not: it can't write files, open connections or start programs, and the system ends it where
it takes too much memory or time. What it says is checked like any other input. Where the system
has no limits for processes (Windows), time and output are limited all the same.
"""

import json
import os
import re
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from assistant.errors import DocumentError
from assistant.formats.parsed import Parsed
from assistant.formats.writing import MAX_TEXT, clean

__all__ = ["CPU", "MEMORY", "OUTPUT", "WALL", "main", "parse", "restrict"]

MEMORY = 1_000_000_000  # bytes of address space
CPU = 25  # seconds of computing
WALL = 120  # seconds on the clock: on a busy computer, computing waits
OUTPUT = 4 * MAX_TEXT + 1_000_000  # bytes

_MUCH_MEMORY = f"it needs more than {MEMORY // 1_000_000_000} GB of memory to be read"
_DAMAGED = "it can't be read: damaged, or not what its name says"
_BOOT = "import sys; sys.path[:] = sys.argv[2:]; from assistant.formats.cage import main; main()"
_KEPT = ("DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")  # what Python itself needs
_LENGTH = 12  # digits in front of the JSON
_FORBIDDEN = (
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.kill",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.putenv",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.startfile",
    "os.symlink",
    "os.system",
    "os.truncate",
    "shutil.",
    "socket.",
    "subprocess.",
)


def parse(module: str, path: Path) -> Parsed:
    """What `assistant.formats.<module>.read(bytes)` makes of a file, in a process of its own.

    Safe to call from several threads at once. Raises DocumentError, whatever the file is;
    OSError where it can't be opened.
    """
    here = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-I", "-S", "-B", "-c", _BOOT, module, here, *sys.path]
    late = threading.Event()
    with (
        path.open("rb") as source,
        subprocess.Popen(  # noqa: S603 - this very Python, with arguments of our own
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
        ) as child,
    ):
        assert child.stdout is not None

        def end() -> None:
            late.set()
            child.kill()

        clock = threading.Timer(WALL, end)
        clock.daemon = True
        clock.start()
        try:
            said = child.stdout.read(OUTPUT + 1)
        finally:
            clock.cancel()
            child.kill()
    if late.is_set():
        raise DocumentError(f"it took longer than {WALL} seconds to be read: split it")
    if len(said) > OUTPUT:
        raise DocumentError(f"it becomes more than {OUTPUT // 1_000_000} MB of text")
    return _checked(said, child.returncode)


def _checked(said: bytes, status: int) -> Parsed:
    """What the child said, if it is whole and of the right form."""
    if not said[:_LENGTH].isdigit() or int(said[:_LENGTH]) != len(said) - _LENGTH:
        raise DocumentError(_crash(status))
    try:
        message = json.loads(said[_LENGTH:])
        if "error" in message:
            raise DocumentError(clean(str(message["error"])).replace("\n", " ")[:300])
        text, about = str(message["text"]), dict(message["about"])
        pages, notes = tuple(map(int, message["pages"])), tuple(map(str, message["notes"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DocumentError(_DAMAGED) from error
    facts = {str(key): clean(str(value)) for key, value in about.items()}
    ascending = all(a <= b for a, b in zip((0, *pages), (*pages, len(text)), strict=True))
    if not ascending or clean(text) != text or len(text) > MAX_TEXT:
        raise DocumentError(_DAMAGED)
    return Parsed(text, facts, pages, tuple(clean(note) for note in notes))


def _crash(status: int) -> str:
    """Why a child ended without a word."""
    if sys.platform != "win32":
        import signal

        if status == -signal.SIGXCPU:
            return f"it took longer than {CPU} seconds to be read: split it"
    return f"its reader failed: it is damaged, or {_MUCH_MEMORY}"


def main() -> NoReturn:
    """The child: reads a file from stdin with the module named first, and says what it holds."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no part of the answer
    restrict()
    module = sys.argv[1]
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it, for nothing
    message: dict[str, Any]
    try:
        data = sys.stdin.buffer.read()
        parsed = import_module(f"assistant.formats.{module}").read(data)
        message = {
            "text": parsed.text,
            "about": dict(parsed.about),
            "pages": parsed.pages,
            "notes": parsed.notes,
        }
        payload = json.dumps(message, ensure_ascii=False).encode()
    except BaseException as error:  # whatever a parser makes of a hostile file
        payload = json.dumps({"error": _reason(error)}).encode()
    answer.write(b"%0*d" % (_LENGTH, len(payload)) + payload)
    answer.flush()
    os._exit(0)  # nothing to tidy up, and much to take apart


def _reason(error: BaseException) -> str:
    if isinstance(error, DocumentError):
        return str(error)
    if isinstance(error, MemoryError) or _peak() > 0.8 * MEMORY:
        return _MUCH_MEMORY
    if isinstance(error, RecursionError):
        return "it is nested too deeply to be read"
    if isinstance(error, ImportError) and error.name:
        name = _PACKAGES.get(error.name.partition(".")[0], error.name)
        return f"it needs a library that is not installed: pip install {name}"
    return _DAMAGED


_PACKAGES = {"docx": "python-docx", "pptx": "python-pptx"}  # where pip's name is another


def _peak() -> int:
    """The most address space that this process has had, in bytes; 0 where the system does not
    say. (Not ru_maxrss: that is as high as the parent's was when it started this process.)"""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    peak = re.search(r"VmPeak:\s*(\d+) kB", status)
    return int(peak[1]) * 1024 if peak else 0


def restrict() -> None:
    """Gives up, for this process, what a parser does not need: more memory and time than that,
    writing files, connections, other programs."""
    try:
        import resource
    except ImportError:
        pass
    else:
        for limit, most in (
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_CPU, CPU),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            try:
                hard = resource.getrlimit(limit)[1]
                low = most if hard == resource.RLIM_INFINITY else min(most, hard)
                resource.setrlimit(limit, (low, hard if limit == resource.RLIMIT_CPU else low))
            except (ValueError, OSError):
                pass  # a system that does not have this one
    sys.addaudithook(_forbid)


def _forbid(event: str, arguments: tuple[Any, ...]) -> None:
    """Python's own audit: raises PermissionError for what no parser needs to do."""
    if event == "open":
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        if flags & writes:
            raise PermissionError("a reader may not write files")
    elif event.startswith(_FORBIDDEN):
        raise PermissionError("a reader may not do this")
