"""Names that are shown, and names that are kept."""

import re
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.names import MAX_BYTES, apart, fold, kept, shown

RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)
anything = st.text(st.characters(), max_size=300) | st.text(
    st.sampled_from("abC./\\:*? \x00\x1b\u202e\ud800é\u0301中~$"), max_size=40
)


@given(anything)
@example("../../../etc/passwd")
@example("..\\..\\windows\\system32\\con.md")
@example("C:\\Users\\x.pdf")
@example("con")
@example("aux.tar.md")
@example("LPT1 .md")
@example("a" * 400 + ".pdf")
@example("中" * 400 + ".pdf")
@example("originals/a.md")
@example(".hidden")
@example("~$a.docx")
@example("a.md. . .")
@example("")
def test_any_name_is_kept_inside_and_fit_for_every_system(name: str) -> None:
    path = PurePosixPath(kept(name))
    assert not path.is_absolute()
    for part in path.parts:
        assert not RESERVED.fullmatch(part.partition(".")[0].rstrip())
        assert part not in ("..", "originals")
        assert not part.startswith((".", "~$"))
        assert not part.endswith((".", " "))
        assert len(part.encode()) < MAX_BYTES + 30
        assert shown(part) == part
        assert not set(part) & set('<>:"|?*\\')
    assert kept(path.as_posix()) == path.as_posix()


@given(anything, anything)
def test_names_that_had_to_be_changed_do_not_meet(one: str, other: str) -> None:
    if kept(one) == kept(other):
        assert fold(one) == fold(other)


@given(anything, anything)
def test_no_two_names_are_shown_alike(one: str, other: str) -> None:
    assert (shown(one) == shown(other)) == (one == other)


@pytest.mark.parametrize(
    "name",
    ["Report 2024.pdf", "a-b_c (1).md", "中国汽车.pdf", "é.md", "folder/sub/a.md", "v1.2.md"],
)
def test_an_ordinary_name_stays(name: str) -> None:
    assert kept(name) == name


def test_the_kind_of_a_file_stays_in_its_name() -> None:
    for name in ("a:b.pdf", "x" * 500 + ".DOCX", "con.md", "\u202egpj.txt"):
        assert PurePosixPath(kept(name)).suffix == PurePosixPath(name).suffix


def test_two_of_one_name_are_told_apart() -> None:
    assert apart("a/b.md", "/one/b.md") != apart("a/b.md", "/other/b.md")
    assert PurePosixPath(apart("a/b.md", "x")).suffix == ".md"
