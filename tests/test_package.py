"""The package as a whole: what importing it costs, what it exports, what it is made of."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageMetadata, metadata, packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from assistant import Assistant

PROJECT = Path(__file__).resolve().parent.parent
MODULES = sorted((PROJECT / "assistant").rglob("*.py"))
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
REQUIREMENTS = [
    Requirement(line)
    for line in [
        *PYPROJECT["project"]["dependencies"],
        *EXTRAS["dev"],
        *EXTRAS["mcp"],
        *EXTRAS["train"],
    ]
]
HEAVY = ("chromadb", "gradio", "langchain_core", "onnxruntime", "sentence_transformers", "torch")
MAIN = "from assistant.cli import main; main()"
QUESTION = "What does MaaS stand for?"


def run(*command: str, index: Path | None = None) -> str:
    """What a process of this Python prints, started in the project; it has to succeed."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "tests")}
    if index:
        environment["ASSISTANT_INDEX"] = str(index)
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_loads_nothing_heavy() -> None:
    loaded = run(sys.executable, "-c", "import sys, assistant; print(*sys.modules, sep='\\n')")
    assert "assistant" in loaded.split()
    assert not set(HEAVY) & set(loaded.split())


def kind_and_name(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then functions: the order that the linter keeps."""
    return not name.isupper(), not name[0].isupper(), name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_exports_are_sorted_and_there(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.name == "__main__.py" or len(tree.body) < 2:
        return  # a command, or a docstring alone
    exported = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    assert len(exported) == 1, "one __all__ in every module"
    assert exported[0] == sorted(set(exported[0]), key=kind_and_name)


def test_exports_can_be_imported() -> None:
    import assistant

    for name in assistant.__all__:
        assert hasattr(assistant, name)


def test_every_package_is_named() -> None:
    folders = {path.parent.relative_to(PROJECT) for path in MODULES}
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == {
        ".".join(folder.parts) for folder in folders
    }


def test_answers_with_the_network_blocked(assistant: "Assistant", index_folder: Path) -> None:
    printed = run(sys.executable, "-m", "offline", "ask", "--json", QUESTION, index=index_folder)
    same = assistant.answer(QUESTION)
    assert same.citations
    assert json.loads(printed) == json.loads(json.dumps(asdict(same)))


def no_network() -> Sequence[str]:
    """The start of a command that runs without any network at all; empty where there is none."""
    command = ("unshare", "--net", "--map-root-user")
    if not shutil.which("unshare"):
        return ()
    tried = subprocess.run([*command, "true"], capture_output=True)
    return () if tried.returncode else command


@pytest.mark.usefixtures("assistant")
def test_answers_where_there_is_no_network(index_folder: Path) -> None:
    if not (alone := no_network()):
        pytest.skip("this system does not let a process give up its network")
    command = (sys.executable, "-c", MAIN, "ask", "--json", QUESTION)
    assert json.loads(run(*alone, *command, index=index_folder))["citations"]


PERMISSIVE = {
    "0BSD",
    "Apache 2.0 License",
    "Apache Software License",
    "Apache-2.0",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC License (ISCL)",
    "LLVM-exception",
    "MIT",
    "MIT License",
    "Zlib",
}
# What a package says in words of its own, or what holds for files of it that are used unchanged:
# hypothesis and axe-core (MPL-2.0) by the tests alone, orjson by Chroma anyway.
SEEN = {
    "axe-playwright-python": {None},  # MIT, says the file in it
    "hypothesis": {"MPL-2.0"},
    "orjson": {"MPL-2.0"},
    "pypdfium2": {"BSD-3-Clause, Apache-2.0, dependency licenses"},
}


OPTIONAL = {"matplotlib"}  # imported where somebody happens to have it


def plain(name: str) -> str:
    """A distribution's name as registries compare it: "PyStemmer" is "pystemmer"."""
    return re.sub("[-_.]+", "-", name).lower()


def licences(package: PackageMetadata) -> set[str]:
    """The names of a package's licences, from the field that says it most exactly.

    "MIT AND BSD-3-Clause" gives {"MIT", "BSD-3-Clause"}.
    """
    if package["License-Expression"]:
        return set(
            re.split(r" (?:AND|OR|WITH) ", re.sub("[()]", "", package["License-Expression"]))
        )
    classified = [line.split(" :: ") for line in package.get_all("Classifier") or []]
    named = {parts[-1] for parts in classified if parts[0] == "License"}
    return named or {package["License"]}


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_licences_are_permissive(requirement: Requirement) -> None:
    found = licences(metadata(requirement.name))
    assert found <= PERMISSIVE | SEEN.get(requirement.name, set())


def test_every_import_is_declared() -> None:
    declared = {plain(requirement.name) for requirement in REQUIREMENTS}
    known = {"assistant", *sys.stdlib_module_names, *OPTIONAL}
    for module, names in packages_distributions().items():
        if declared & {plain(name) for name in names}:
            known.add(module)
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {module.partition(".")[0] for module in modules} <= known, path


def test_every_direct_dependency_is_pinned() -> None:
    lines = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    versions = {plain(pin.name): str(pin.specifier) for pin in pins}
    assert all(re.fullmatch(r"==[\w.]+", version) for version in versions.values())
    for requirement in REQUIREMENTS:
        version = versions[plain(requirement.name)].removeprefix("==")
        assert requirement.specifier.contains(version), requirement.name
