"""What must stay true of the repository itself."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from django.urls import URLPattern, get_resolver
from django.utils import translation

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "partnership" / "locale").glob("*/LC_MESSAGES/django.po"))


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name]


def imports(path: Path) -> set[str]:
    """The apps that a module imports from, when it is loaded or later."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.split(".")[0])
    return names & {"partnership", "projects", "visits"}


def test_models_point_one_way():
    for path in (ROOT / "partnership" / "models").glob("*.py"):
        assert not imports(path) & {"projects", "visits"}, path
    for name in ("fields.py", "publishing.py", "images.py"):
        assert not imports(ROOT / "partnership" / name) & {"projects", "visits"}, name
    assert "visits" not in imports(ROOT / "projects" / "models.py")


def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_word_is_translated_and_compiled(path):
    catalogue = polib.pofile(str(path))
    assert not catalogue.untranslated_entries()
    assert not catalogue.fuzzy_entries()
    compiled = {
        entry.msgid: entry.msgstr or entry.msgstr_plural for entry in polib.mofile(str(path.with_suffix(".mo")))
    }
    written = {entry.msgid: entry.msgstr or entry.msgstr_plural for entry in catalogue if not entry.obsolete}
    assert compiled == written


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_translations_keep_their_variables(path):
    for entry in polib.pofile(str(path)):
        wanted = set(re.findall(r"%\((\w+)\)s", entry.msgid + entry.msgid_plural))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            found = set(re.findall(r"%\((\w+)\)s", text))
            assert found <= wanted, entry.msgid
            assert not text or found == wanted or entry.msgid_plural, entry.msgid


def test_the_top_level_is_what_the_client_asked_for():
    expected = {"manage.py", "partnership", "projects", "visits", "templates", "static", "tests", "pyproject.toml"}
    expected |= {"README.md", "CHANGELOG.md", "Makefile", "LICENSE"}
    top = {name.split("/")[0] for name in tracked()}
    assert expected <= top
    assert {name for name in top - expected if not name.startswith((".", "requirements"))} == set()


def test_nothing_names_a_machine_or_a_registry():
    forbidden = re.compile(r"/(?:root|home|work|opt)/\w|pypi\.org|files\.pythonhosted|registry\.npmjs")
    for name in tracked():
        path = ROOT / name
        if path.suffix in {".py", ".html", ".css", ".md", ".toml", ".txt", ".yaml", ".po", ""} and path.is_file():
            if name == "tests/test_repository.py":
                continue
            assert not forbidden.search(path.read_text(errors="ignore")), name


def test_templates_hold_no_style_and_no_script():
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", text), path


def routes() -> list[str]:
    """Every public address, per language, as a pattern."""

    def walk(patterns, prefix: str):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield route
            elif not route.startswith("admin/"):
                yield from walk(pattern.url_patterns, route)

    found: set[str] = set()
    for language in ("en", "sv"):
        with translation.override(language):
            found |= {f"/{route}" for route in walk(get_resolver().url_patterns, "")}
    return sorted(found)


def test_public_addresses_stay():
    """An address that was public once is never dropped: a redirect takes its place, then this list may change."""
    assert routes() == (ROOT / "tests" / "routes.txt").read_text().split()


@pytest.mark.parametrize("variables", [{}, {"SECRET_KEY": ""}])
def test_without_a_secret_key_nothing_starts(variables):
    kept = {name: value for name, value in os.environ.items() if name not in {"SECRET_KEY", "DEBUG"}}
    # A developer’s own .env is left out, as on a server that has none.
    code = (
        "import environ; environ.Env.read_env = classmethod(lambda *arguments, **options: None);"
        "import partnership.settings"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr
