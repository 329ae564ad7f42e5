"""README and docs/ name only what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", *DOCS]
TOP = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}

EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def paths_in(text: str) -> list[str]:
    """The paths of this repository that stand in backticks."""
    quoted = re.findall(r"`([^`\s]+)`", text)
    return [name for name in quoted if name.split("/")[0] in TOP and "/" in name]


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", prose(path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_the_first_line_says_who_a_page_is_for(page):
    assert re.match(r"For [^\n]+\.\n\n# ", page.read_text())


@EACH_PAGE
def test_paths_exist(page):
    missing = [name for name in paths_in(prose(page.read_text())) if not any(ROOT.glob(re.sub(r"<\w+>", "*", name)))]

    assert not missing


def test_the_tree_in_the_readme_exists():
    tree = re.findall(r"```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    parent, missing = "", []
    for indent, name in re.findall(r"^( *)([\w.]+/)", tree, re.MULTILINE):
        parent = parent if indent else name
        if not (ROOT / (parent if indent else "") / name).is_dir():
            missing.append(name)

    assert not missing


@EACH_PAGE
def test_names_are_in_the_files_that_are_named_with_them(page):
    pairs = re.findall(r"`(\w+)`(?: \([^)]*\))? in `([\w/.]+\.(?:py|html))`", page.read_text())

    assert [(name, path) for name, path in pairs if name not in (ROOT / path).read_text()] == []


@EACH_PAGE
def test_links_lead_somewhere(page):
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text())):
        name, _hash, anchor = target.partition("#")
        path = page.parent / name if name else page
        if not target.startswith("https://") and not (path.exists() and (not anchor or anchor in anchors(path))):
            dead.append(target)

    assert not dead


@EACH_PAGE
def test_commands_exist(page):
    text = page.read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= targets


def test_every_errand_of_a_newcomer_is_a_path_of_at_most_three_files():
    section = (ROOT / "docs" / "extending.md").read_text().split("## Where is it")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.*\?) \| (.*) \|$", section, re.MULTILINE)

    assert len(rows) >= 12
    assert {question: len(paths_in(path)) for question, path in rows if not 1 <= len(paths_in(path)) <= 3} == {}


def test_every_setting_is_documented():
    settings = (ROOT / "partnership" / "settings.py").read_text()
    names = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", settings))
    rows = re.findall(r"^\| (`[A-Z_]+`.*?) \|", (ROOT / "docs" / "operating.md").read_text(), re.MULTILINE)

    assert names
    assert names <= set(re.findall(r"`([A-Z_]+)`", " ".join(rows)))


def test_comments_cite_pages_that_exist():
    cited = {
        name
        for folder in ("partnership", "projects", "visits", "templates", "static", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".css", ".js"}
        for name in re.findall(r"docs/\w+\.md", path.read_text())
    }

    assert cited
    assert {name for name in cited if not (ROOT / name).exists()} == set()
