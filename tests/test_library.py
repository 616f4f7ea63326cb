"""Adding, removing and refreshing documents, whatever they are called and whoever does it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from indexing import FILES, WordEmbedder, child_environment, run

from assistant import Assistant, corpus, formats, library
from assistant import index as indexes
from assistant.embeddings import Embedder
from assistant.errors import AssistantError, CorpusError, IndexingError
from assistant.settings import Settings
from assistant.types import Entry

Make = Callable[[Path, Mapping[str, str | bytes]], Path]

CATS = "# Cats\n\nCats sleep for sixteen hours a day.\n"
DOGS = "# Dogs\n\nDogs bark forty times a minute.\n"
MICE = "# Mice\n\nMice live for two years.\n"


@pytest.fixture
def settings(tmp_path: Path, make_corpus: Make) -> Settings:
    return Settings.load(make_corpus(tmp_path, FILES), tmp_path / "index")


def added(settings: Settings, *paths: Path, names: list[str] | None = None) -> list[Entry]:
    index, entries = library.add(settings, WordEmbedder(), paths, names)
    index.close()
    return entries


def there(settings: Settings) -> dict[str, str]:
    """The files of the corpus folder, hidden ones too."""
    return {
        path.relative_to(settings.corpus).as_posix(): path.read_text()
        for path in settings.corpus.rglob("*")
        if path.is_file()
    }


def test_files_and_folders_are_copied_and_indexed(settings: Settings, tmp_path: Path) -> None:
    given = tmp_path / "given"
    (given / "below").mkdir(parents=True)
    (given / "dogs.md").write_text(DOGS)
    (given / "below" / "mice.md").write_text(MICE)
    (given / "below" / "felines.md").write_text(FILES["cats.md"])
    (given / "picture.png").write_bytes(b"")
    (tmp_path / "bad.pdf").write_bytes(b"no")
    (tmp_path / "single.txt").write_text("Alone.")
    paths = [given, tmp_path / "bad.pdf", tmp_path / "single.txt", tmp_path / "nowhere.md"]
    entries = added(settings, *paths, given / "picture.png")
    assert [(e.name, e.status, e.document) for e in entries] == [
        ("given/below/felines.md", "duplicate", "cats"),
        ("given/below/mice.md", "indexed", "mice"),
        ("given/dogs.md", "indexed", "dogs"),
        ("bad.pdf", "failed", None),
        ("single.txt", "indexed", "single"),
        ("nowhere.md", "failed", None),
        ("picture.png", "failed", None),
    ]
    reasons = [entry.reason for entry in entries]
    assert reasons[0] == "it is there already, as cats.md"
    assert reasons[5] == "there is no such file"
    assert "of a kind that can't be read" in reasons[6]
    new = {"given/below/mice.md", "given/dogs.md", "bad.pdf", "single.txt"}
    assert set(there(settings)) == set(FILES) | new


def test_a_file_of_the_same_name_takes_the_place_of_its_old_self(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "cats.md"
    path.write_text(CATS)
    [entry] = added(settings, path)
    assert (entry.name, entry.status, entry.document) == ("cats.md", "indexed", "cats")
    assert entry.reason == "it took the place of the file of that name"
    assert there(settings)["cats.md"] == CATS
    path.write_bytes(b"\xff\xfe\x00broken")
    [entry] = added(settings, path)
    assert entry.status == "failed"
    assert entry.reason.endswith("the one that is there stays")
    assert there(settings)["cats.md"] == CATS
    [entry] = added(settings, settings.corpus / "cats.md")
    assert (entry.status, entry.document, entry.reason) == ("indexed", "cats", "")


def test_what_could_not_be_read_can_be_added_under_its_right_name(
    settings: Settings, tmp_path: Path
) -> None:
    for name, status in (("dogs.pdf", "failed"), ("dogs.md", "indexed"), ("dogs.txt", "duplicate")):
        (tmp_path / name).write_text(DOGS)
        [entry] = added(settings, tmp_path / name)
        assert entry.status == status


def test_other_files_of_the_same_name_do_not_get_in_each_others_way(
    settings: Settings, tmp_path: Path
) -> None:
    for folder, text in (("one", DOGS), ("two", MICE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "notes.md").write_text(text)
    paths = [tmp_path / "one" / "notes.md", tmp_path / "two" / "notes.md"]
    first, second = added(settings, *paths)
    assert first.name == "notes.md"
    assert second.name.startswith("notes-")
    assert (first.status, second.status) == ("indexed", "indexed")
    (tmp_path / "CATS.md").write_text(CATS)
    [entry] = added(settings, tmp_path / "CATS.md")
    assert entry.name.startswith("CATS-")
    assert there(settings)["cats.md"] == FILES["cats.md"]


HOSTILE = [
    "../../outside.md",
    "/etc/outside.md",
    "..\\..\\outside.md",
    "C:\\outside.md",
    "null\0byte.md",
    "right\u202etxt.md",
    "x" * 400 + ".md",
    "CON.md",
    "nul.txt.md",
    "trailing.md. . .",
    ".hidden.md",
    "~$lock.md",
    "line\nbreak\x1b[31m.md",
    "half\ud800.md",
    "<b>&\"'.md",
    "$(reboot);`id`.md",
    "-rf.md",
    "originals/x.md",
    "a/../../b.md",
]


def test_no_name_leads_out_of_the_folder_or_is_hidden(settings: Settings, tmp_path: Path) -> None:
    outside = {path for path in tmp_path.iterdir() if path.name not in ("corpus", "index")}
    paths = []
    for number, _ in enumerate(HOSTILE):
        path = tmp_path / f"upload-{number}"
        path.write_text(f"# Upload\n\nNumber {number}.")
        paths.append(path)
    entries = added(settings, *paths, names=HOSTILE)
    assert [entry.status for entry in entries] == ["indexed"] * len(HOSTILE)
    assert len({entry.name for entry in entries}) == len(HOSTILE)
    assert len({entry.document for entry in entries}) == len(HOSTILE)
    assert all(entry.name.isprintable() for entry in entries)
    assert all(settings.corpus in (settings.corpus / e.name).resolve().parents for e in entries)
    now = {path for path in tmp_path.iterdir() if path.name not in ("corpus", "index")}
    assert now == outside | set(paths)
    again = added(settings, *paths, names=HOSTILE)
    assert [entry.status for entry in again] == ["duplicate"] * len(HOSTILE)


def test_links_in_the_corpus_folder_are_not_followed_out_of_it(
    settings: Settings, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "target.md").write_text("Not to be touched.")
    (settings.corpus / "given").symlink_to(elsewhere)
    (settings.corpus / "link.md").symlink_to(elsewhere / "target.md")
    given = tmp_path / "given"
    given.mkdir()
    (given / "dogs.md").write_text(DOGS)
    (tmp_path / "link.md").write_text(MICE)
    first, second = added(settings, given, tmp_path / "link.md")
    assert "is not a folder" in first.reason
    assert (second.name, second.status) == ("link.md", "indexed")
    assert [path.name for path in elsewhere.iterdir()] == ["target.md"]
    assert (elsewhere / "target.md").read_text() == "Not to be touched."


def test_what_is_larger_than_allowed_is_not_copied(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_BYTES", 500)
    (tmp_path / "large.md").write_text("word " * 200)
    [entry] = added(settings, tmp_path / "large.md")
    assert "larger than" in entry.reason
    assert set(there(settings)) == set(FILES)


def test_a_folder_is_made_and_what_fails_alone_is_still_said(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "new" / "corpus")
    (tmp_path / "bad.pdf").write_bytes(b"no")
    [entry] = added(settings, tmp_path / "bad.pdf")
    assert entry.status == "failed"
    assert indexes.recorded(settings.index)[0] == (entry,)
    (tmp_path / "cats.md").write_text(CATS)
    assert added(settings, tmp_path / "cats.md")[0].status == "indexed"


def test_documents_are_removed_by_id_or_name(settings: Settings) -> None:
    shutil.copy(settings.corpus / "cats.md", settings.corpus / "felines.md")
    (settings.corpus / "below").mkdir()
    (settings.corpus / "below" / "bad.pdf").write_bytes(b"no")
    embedder = WordEmbedder()
    indexes.build(settings, embedder).close()
    with pytest.raises(CorpusError, match="There is no document dogs in"):
        library.remove(settings, embedder, ["cats", "dogs"])
    assert len(there(settings)) == 5
    _, entries = library.remove(settings, embedder, ["felines.md", "below/bad.pdf"])
    assert [entry.name for entry in entries] == ["felines.md", "below/bad.pdf"]
    assert not (settings.corpus / "below").exists()
    shutil.copy(settings.corpus / "cats.md", settings.corpus / "felines.md")
    index, entries = library.remove(settings, embedder, ["cats"])
    assert [entry.name for entry in entries] == ["cats.md", "felines.md"] or len(entries) == 1
    index, _ = library.remove(settings, embedder, [*index.documents])
    assert there(settings) == {}
    assert index.entries == ()


def test_changes_are_counted() -> None:
    one, two = Entry("a", "indexed", sha256="1"), Entry("b", "indexed", sha256="2")
    bad = Entry("c", "failed", "broken", sha256="3")
    found = library.changes([one, two], [Entry("b", "indexed", sha256="4"), bad])
    assert ([e.name for e in found.changed], [e.name for e in found.removed]) == (["b"], ["a"])
    assert (found.failed, found.new) == ((bad,), ())
    assert not library.changes([one], [one])
    assert library.failures([one]) is None
    assert "c: broken" in str(library.failures([bad]))
    assert "2 files" in str(library.failures([bad, bad]))


def test_a_copy_that_was_cut_off_is_not_a_document(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "dogs.md").write_text(DOGS)
    code = (
        "def hook(event, arguments):\n"
        "    if event == 'os.rename' and '.adding-' in str(arguments[0]):\n"
        "        die()\n"
        "sys.addaudithook(hook)\nfrom assistant import library\n"
    )
    work = f"library.add(settings, embedder, [{str(tmp_path / 'dogs.md')!r}])"
    assert run(settings, code, work=work)[0] == -signal.SIGKILL
    assert len(there(settings)) == len(FILES) + 1
    assert set(indexes.build(settings, WordEmbedder()).documents) == {"cars", "cats", "trees"}
    assert [entry.status for entry in added(settings, tmp_path / "dogs.md")] == ["indexed"]
    assert set(there(settings)) == {*FILES, "dogs.md"}


def test_a_disk_that_takes_no_more_is_said_of_each_file(settings: Settings, tmp_path: Path) -> None:
    indexes.build(settings, WordEmbedder()).close()
    (tmp_path / "dogs.md").write_text(DOGS * 3000)
    (tmp_path / "mice.md").write_text(MICE)
    paths = [str(tmp_path / "dogs.md"), str(tmp_path / "mice.md")]
    code = (
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "from assistant.library import _Given, _Shelf\nfrom pathlib import Path\n"
        "shelf = _Shelf(settings)\n"
        f"for path in map(Path, {paths}):\n"
        "    print(shelf.put(_Given(path.name, path)).problem)\n"
    )
    status, out = run(settings, code, work="")
    assert status == 0
    assert out == f"it can't be copied to {settings.corpus}: File too large\n\n"
    assert set(there(settings)) == {*FILES, "mice.md"}


# The assistant while its library changes


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory, make_corpus: Make) -> Assistant:
    folder = tmp_path_factory.mktemp("mine")
    return Assistant(make_corpus(folder, {"cats.md": CATS, "cars.md": FILES["cars.md"]}))


def test_a_running_assistant_answers_from_what_was_added(mine: Assistant, tmp_path: Path) -> None:
    question = "How often do dogs bark?"
    runnable = mine.as_runnable()
    assert not mine.answer(question).found
    (tmp_path / "dogs.md").write_text(DOGS)
    told: list[str] = []
    [entry] = mine.add([tmp_path / "dogs.md"], progress=lambda step, *_: told.append(step))
    assert entry.document == "dogs"
    assert "reading" in told
    for answer in (mine.answer(question), runnable.invoke({"question": question})):
        assert "forty times a minute" in answer.text
        [c] = answer.citations
        assert mine.documents[c.document].text[c.start : c.end] == c.quote
    assert [e.name for e in mine.entries] == ["cars.md", "cats.md", "dogs.md"]
    assert [e.name for e in mine.remove(["dogs"])] == ["dogs.md"]
    assert not mine.answer(question).found
    assert not mine.refresh()
    (mine.settings.corpus / "dogs.md").write_text(DOGS)
    assert [e.name for e in mine.refresh().new] == ["dogs.md"]
    assert mine.answer(question).found
    mine.remove(["dogs"])


def test_what_another_process_builds_is_taken_up(
    mine: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.api.LOOK", 0.0)
    (tmp_path / "mice.md").write_text(MICE)
    mine.add([tmp_path / "mice.md"])
    assert "two years" in mine.answer("How long do mice live?").text
    where = ["--corpus", str(mine.settings.corpus), "--index", str(mine.settings.index)]
    command = [sys.executable, "-m", "offline", *where, "remove", "mice"]
    out = subprocess.run(command, check=True, capture_output=True, env=child_environment())
    assert out.stdout == b"removed    mice.md\n"
    mine._look = 0.0
    found = mine.retrieve("How long do mice live?")
    assert found
    assert "mice" not in {one.passage.document for one in found}
    assert not mine.answer("How long do mice live?").found


def test_questions_under_way_end_on_the_index_they_began_with(
    mine: Assistant, tmp_path: Path
) -> None:
    stop = threading.Event()
    wrong: list[object] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                answer = mine.answer("How long do cats sleep?")
                if "sixteen hours" not in answer.text:
                    wrong.append(answer)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(2):
        (tmp_path / f"new-{number}.md").write_text(f"# New\n\nNumber {number}.")
        mine.add([tmp_path / f"new-{number}.md"])
    mine.remove([f"new-{number}" for number in range(2)])
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_two_at_once_in_one_process_wait_for_each_other(mine: Assistant, tmp_path: Path) -> None:
    results: list[Entry] = []

    def add(number: int) -> None:
        (tmp_path / f"both-{number}.md").write_text(f"# Both\n\nNumber {number}.")
        results.extend(mine.add([tmp_path / f"both-{number}.md"]))

    threads = [threading.Thread(target=add, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry.status for entry in results) == ["indexed", "indexed"]
    mine.remove([str(entry.document) for entry in results])


def test_a_file_that_fails_is_warned_of_once(tmp_path: Path, make_corpus: Make) -> None:
    folder = make_corpus(tmp_path, {"cats.md": CATS, "bad.pdf": b"no"})
    with pytest.warns(UserWarning, match=r"A file is not among the documents: bad\.pdf: it is"):
        first = Assistant(folder)
    assert [entry.status for entry in first.entries] == ["failed", "indexed"]
    Assistant(folder)


def test_a_library_may_be_emptied_and_filled_again(tmp_path: Path, make_corpus: Make) -> None:
    mine = Assistant(make_corpus(tmp_path, {"cats.md": CATS}))
    mine.remove(["cats"])
    assert not mine.answer("How long do cats sleep?").found
    assert not Assistant(mine.settings.corpus).answer("How long do cats sleep?").found
    (tmp_path / "cats.md").write_text(CATS)
    mine.add([tmp_path / "cats.md"])
    assert mine.answer("How long do cats sleep?").found


# Watching


@pytest.fixture
def watched(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    code = (
        "from assistant import library; from assistant.settings import Settings\n"
        "from indexing import WordEmbedder\n"
        "library.QUIET = 200\nlibrary.LOOK = 1000\n"
        f"settings = Settings.load({str(settings.corpus)!r}, {str(settings.index)!r})\n"
        "def tell(news):\n"
        "    named = news if isinstance(news, Exception) else [e.name for e in news]\n"
        "    print(type(news).__name__, named, flush=True)\n"
        "try:\n    library.watch(settings, WordEmbedder(), tell)\n"
        "except KeyboardInterrupt:\n    print('ended', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=child_environment()
    )
    yield process
    process.kill()
    process.communicate()


def test_a_watched_folder_is_followed(
    settings: Settings, watched: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert watched.stdout
    said = watched.stdout.readline
    assert said() == "tuple ['cars.md', 'cats.md', 'trees.txt']\n"
    (settings.corpus / "dogs.md").write_text(DOGS)
    assert said() == "tuple ['cars.md', 'cats.md', 'dogs.md', 'trees.txt']\n"
    (settings.corpus / "dogs.md").unlink()
    assert said() == "tuple ['cars.md', 'cats.md', 'trees.txt']\n"
    settings.corpus.rename(tmp_path / "away")
    assert said().startswith("CorpusError There is no folder")
    (tmp_path / "away").rename(settings.corpus)
    assert said() == "tuple ['cars.md', 'cats.md', 'trees.txt']\n"
    (settings.corpus / "mice.md").write_text(MICE)
    assert "mice.md" in said()
    watched.send_signal(signal.SIGINT)
    assert said() == "ended\n"
    assert watched.wait(30) == 0


def test_watching_waits_for_another_writer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    def tell(news: object) -> None:
        told.append(news)
        if not isinstance(news, AssistantError):
            raise KeyboardInterrupt

    def hold() -> None:
        with indexes.writing(settings.index):
            held.set()
            release.wait()

    held, release = threading.Event(), threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    threading.Timer(1.5, release.set).start()
    monkeypatch.setattr(library, "QUIET", 100)
    monkeypatch.setattr(library, "LOOK", 300)
    with pytest.raises(KeyboardInterrupt):
        library.watch(settings, WordEmbedder(), tell)
    holder.join()
    assert isinstance(told[0], IndexingError)
    assert len(told) == 2


# Whatever is done in whatever order

names = st.sampled_from(["a.md", "b.md", "c.txt", "below/a.md", "D.md"])
contents = st.sampled_from([f"# Title {n}\n\nIt is about thing{n}.\n" for n in range(6)])
EMBEDDER = Embedder()


class Library(RuleBasedStateMachine):
    """A library beside a plain dictionary of names and contents."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(os.environ["LIBRARY"]) / str(time.monotonic_ns())
        self.folder.mkdir()
        self.settings = Settings.load(self.folder / "corpus", self.folder / "index")
        self.files: dict[str, str] = {}
        self.index = library.add(self.settings, EMBEDDER, [])[0]

    @rule(name=names, content=contents)
    def add(self, name: str, content: str) -> None:
        upload = self.folder / "upload"
        upload.write_text(content)
        base = name.rpartition("/")[2]
        self.index, [entry] = library.add(self.settings, EMBEDDER, [upload], [base])
        if content in self.files.values():
            assert entry.status == "duplicate"
        else:
            assert (entry.name, entry.status) == (base, "indexed")
            self.files[base] = content

    @rule(name=names, content=contents | st.just(""))
    def write(self, name: str, content: str) -> None:
        """By whoever has the folder open."""
        path = self.settings.corpus / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        self.files[name] = content
        self.refresh()

    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        if self.files:
            old = data.draw(st.sampled_from(sorted(self.files)))
            new = data.draw(names)
            (self.settings.corpus / new).parent.mkdir(exist_ok=True)
            (self.settings.corpus / old).rename(self.settings.corpus / new)
            self.files[new] = self.files.pop(old)
            self.refresh()

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        if self.index.documents:
            id = data.draw(st.sampled_from(sorted(self.index.documents)))
            self.index, gone = library.remove(self.settings, EMBEDDER, [id])
            for entry in gone:
                del self.files[entry.name]

    @rule()
    def restart(self) -> None:
        self.index.close()
        self.index = indexes.open_index(self.settings, EMBEDDER)

    def refresh(self) -> None:
        self.index = indexes.build(self.settings, EMBEDDER, empty=True)

    @invariant()
    def the_index_is_what_the_dictionary_says(self) -> None:
        good = {content for content in self.files.values() if content}
        texts = [document.text.strip() for document in self.index.documents.values()]
        assert sorted(texts) == sorted(content.strip() for content in good)
        statuses = {entry.name: entry.status for entry in self.index.entries}
        assert statuses.keys() == self.files.keys()
        seen: set[str] = set()
        for name in sorted(self.files, key=lambda name: name.split("/")):
            content = self.files[name]
            expected = "failed" if not content else "duplicate" if content in seen else "indexed"
            assert statuses[name] == expected
            seen.add(content)
        assert len(self.index.passages) == len(good)
        assert self.index.is_whole
        for number, passage in enumerate(self.index.passages):
            words = passage.text.split()[-1].rstrip(".")
            assert self.index.lexical.search(words, 1)[0][0] == number
            assert self.index.search(self.index.vectors[number], 1)[0][0] == number

    def teardown(self) -> None:
        if hasattr(self, "index"):
            self.index.close()
            shutil.rmtree(self.folder)


def test_whatever_is_done_the_library_is_what_the_folder_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    monkeypatch.setenv("LIBRARY", str(tmp_path))
    few = profile(max_examples=3, stateful_step_count=8, deadline=None)
    run_state_machine_as_test(Library, settings=few)


@pytest.mark.slow
def test_whatever_is_done_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    monkeypatch.setenv("LIBRARY", str(tmp_path))
    many = profile(max_examples=60, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(Library, settings=many)


def test_a_folder_is_scanned_no_deeper_than_it_is(settings: Settings) -> None:
    deep = settings.corpus
    for _ in range(60):
        deep /= "below"
        deep.mkdir()
    (deep / "bottom.md").write_text("Deep down.")
    assert len(corpus.files(settings.corpus)) == len(FILES) + 1
    assert "bottom" in indexes.build(settings, WordEmbedder()).documents
