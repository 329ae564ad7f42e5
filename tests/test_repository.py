"""What must stay true of the repository itself."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Collection
from graphlib import TopologicalSorter
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from django.urls import URLPattern, get_resolver
from django.utils import translation
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "partnership" / "locale").glob("*/LC_MESSAGES/django.po"))


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name]


#: The floors of the house, lowest first. A module imports from its own floor and from lower ones, never from a higher
#: one; what would point up is passed in. A package stands for all its modules unless one is listed by itself.
FLOORS = [
    [
        "partnership.fields",
        "partnership.glyphs",
        "partnership.environment",
        "partnership.release",
        "partnership.turns",
        "partnership.child_process",
    ],
    ["partnership.files"],
    ["partnership.publishing"],
    ["partnership.models"],
    ["projects.models"],
    ["visits.models"],
    ["partnership.per_version"],
    [
        "partnership.coverage",
        "partnership.issuers",
        "partnership.balance",
        "partnership.references",
        "projects.facets",
        "visits.facets",
    ],
    ["partnership.figures", "partnership.record", "partnership.search", "partnership.database"],
    ["partnership.addresses", "partnership.lists", "projects.list_rows"],
    ["visits.list_rows", "projects.forms", "visits.forms"],
    ["partnership.pictures", "partnership.ways_on"],
    ["partnership.web", "partnership.context_processors"],
    ["partnership.mail"],
    ["partnership.signin"],
    ["partnership.staff"],
    ["partnership.spreadsheets"],
    ["partnership.contributions", "partnership.following"],
    ["partnership.views"],
    ["projects.views", "visits.views", "partnership.feeds"],
    ["projects.iati", "partnership.opendata"],
    ["partnership.award"],
    ["partnership.telling"],
    ["partnership.templatetags"],
    [
        *("partnership.admin", "partnership.signin.admin", "partnership.award.admin", "projects.admin"),
        "partnership.telling.admin",
        *("visits.admin", "partnership.contributions.admin", "partnership.following.admin"),
    ],
    ["partnership.operations"],
    ["partnership.redaction"],
    [
        *("partnership.urls", "partnership.public_urls", "projects.urls", "projects.theme_urls", "visits.urls"),
        *("partnership.wsgi", "partnership.gunicorn_conf", "partnership.settings"),
        *("partnership.apps", "partnership.signin.apps", "projects.apps", "visits.apps"),
        *("partnership.management", "projects.management"),
    ],
]
FLOOR_OF = {name: number for number, floor in enumerate(FLOORS) for name in floor}
APPS = ("partnership", "projects", "visits")


def code_modules() -> dict[str, Path]:
    """Every module of the three apps but migrations, by its dotted name."""
    paths = (Path(name) for name in tracked() if name.endswith(".py") and name.startswith(APPS))
    return {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__"): ROOT / path
        for path in paths
        if "migrations" not in path.parts and (ROOT / path).exists()
    }


def imports(module: str, path: Path, modules: Collection[str]) -> set[str]:
    """The modules of the three apps that a module imports, relative and lazy imports included."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                names.add(inner if inner in modules else source)
    return {name for name in names if name.split(".")[0] in APPS}


def floor_of(module: str) -> int:
    """The floor of a module, or of the nearest package around it; raises KeyError where neither is listed."""
    name = module
    while name not in FLOOR_OF:
        name, _dot, _last = name.rpartition(".")
        if not name:
            raise KeyError(module)
    return FLOOR_OF[name]


def test_no_code_is_written_as_a_string():
    """It would be read by no linter, no type checker and nobody who renames a field."""
    code = re.compile(r"(?<![\w.])(exec|eval)\(|executable, \"-c\"")
    texts = ((name, (ROOT / name).read_text()) for name in tracked() if name.endswith(".py") and (ROOT / name).exists())
    assert [name for name, text in texts if code.search(text)] == []


def test_imports_never_point_up():
    modules = code_modules()
    upward = [
        f"{module} imports {imported}"
        for module, path in modules.items()
        if module not in APPS
        for imported in imports(module, path, modules)
        if imported not in APPS and floor_of(imported) > floor_of(module)
    ]
    assert upward == []


def test_an_import_that_points_up_is_seen_whatever_its_form(tmp_path):
    path = tmp_path / "numbers.py"
    path.write_text("def count():\n    from ..coverage import coverage_of\n    from .. import views\n")

    imported = imports("partnership.fields.numbers", path, {"partnership.coverage", "partnership.views"})

    assert imported == {"partnership.coverage", "partnership.views"}
    assert all(floor_of(name) > floor_of("partnership.fields.numbers") for name in imported)


def test_no_module_imports_in_a_circle():
    modules = code_modules()
    graph = {module: imports(module, path, modules) - {module} for module, path in modules.items()}

    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


#: Words that say nothing of the thing they would name.
EMPTY_NAMES = {"one", "found", "some", "wanted", "asked", "said", "kept", "made"}


def empty_names(code: str) -> list[int]:
    """The lines of Python code that bind a variable or a parameter to a word that says nothing."""
    nodes = list(ast.walk(ast.parse(code)))
    names = [(node.id, node.lineno) for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    names += [(node.arg, node.lineno) for node in nodes if isinstance(node, ast.arg)]
    return [line for name, line in names if name in EMPTY_NAMES]


def test_names_in_code_say_what_they_name():
    paths = [name for name in tracked() if name.endswith(".py") and (ROOT / name).exists()]

    assert [
        f"{name}:{line}"
        for name in paths
        if "/migrations/" not in name
        for line in empty_names((ROOT / name).read_text())
    ] == []


def test_names_in_templates_say_what_they_name():
    words = "|".join(sorted(EMPTY_NAMES))
    binding = re.compile(rf"{{%(?: for|[^%]* as) (?:{words})\b")

    paths = (ROOT / "templates").rglob("*.*")
    assert [str(path) for path in paths if binding.search(path.read_text())] == []


@pytest.mark.parametrize(
    "code", ["one = 1", "[one for one in range(3)]", "def read(*, said): ...", "lambda kept: 1", "if (found := 1): ..."]
)
def test_a_name_that_says_nothing_is_seen_wherever_it_is_bound(code):
    assert empty_names(code) == [1]


@pytest.mark.django_db
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


#: What our modules call the functions that translate.
_TRANSLATING = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
_IN_CONTEXT = {"pgettext", "pgettext_lazy"}


def words_of(name: str) -> set[str]:
    """The texts that a module or a template has translated."""
    text = (ROOT / name).read_text()
    if not name.endswith(".py"):
        # What Django gives to gettext: the translated texts, each perhaps behind its context, and all else crossed out.
        literal = r"""(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
        literals = re.findall(rf"(?:pgettext\(u{literal}, u)?({literal})", templatize(text))
        return {ast.literal_eval(literal) for literal in literals}
    words: set[object] = set()
    for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
        function = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if function in _TRANSLATING | _IN_CONTEXT:
            arguments = call.args[function in _IN_CONTEXT :]
            words |= {argument.value for argument in arguments if isinstance(argument, ast.Constant)}
    return {word for word in words if word and isinstance(word, str)}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_word_of_the_code_is_in_the_catalogue_and_no_other(path):
    written = {text for entry in polib.pofile(str(path)) for text in (entry.msgid, entry.msgid_plural) if text}
    ours = [name for name in tracked() if name.startswith((*APPS, "templates/")) and "/migrations/" not in name]
    words = {word for name in ours if name.endswith((".py", ".html", ".txt")) for word in words_of(name)}

    assert len(words) > 1000
    with translation.override(path.parts[-3]):
        # Django has its own words translated.
        assert sorted(word for word in words - written if translation.gettext(word) == word) == []
    assert sorted(written - words) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_translations_keep_their_variables(path):
    for entry in polib.pofile(str(path)):
        variables = set(re.findall(r"%\((\w+)\)s", entry.msgid + entry.msgid_plural))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            translated = set(re.findall(r"%\((\w+)\)s", text))
            assert translated <= variables, entry.msgid
            assert not text or translated == variables or entry.msgid_plural, entry.msgid


def test_the_top_level_is_what_the_client_asked_for():
    expected = {"manage.py", "partnership", "projects", "visits", "templates", "static", "tests", "pyproject.toml"}
    expected |= {"docs", "README.md", "CHANGELOG.md", "Makefile", "LICENSE"}
    allowed = expected | {"Containerfile", "compose.yaml", "SECURITY.md"}
    top = {name.split("/")[0] for name in tracked()}
    assert expected <= top
    assert {name for name in top - allowed if not name.startswith((".", "requirements"))} == set()


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


def test_templates_fit_a_screen():
    for path in (ROOT / "templates").rglob("*.*"):
        lines = path.read_text().splitlines()
        assert len(lines) < 120, f"{path} has {len(lines)} lines"
        for number, line in enumerate(lines, 1):
            assert len(line) <= 160, f"{path}:{number} has {len(line)} characters"


def routes() -> list[str]:
    """Every public address, per language, as a pattern."""

    def walk(patterns, prefix: str):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield route
            elif not route.startswith("admin/"):
                yield from walk(pattern.url_patterns, route)

    paths: set[str] = set()
    for language in ("en", "sv"):
        with translation.override(language):
            paths |= {f"/{route}" for route in walk(get_resolver().url_patterns, "")}
    return sorted(paths)


def test_public_addresses_stay():
    """An address that was public once is never dropped: a redirect takes its place, then this list may change."""
    assert routes() == (ROOT / "tests" / "routes.txt").read_text().split()


@pytest.mark.parametrize("variables", [{}, {"SECRET_KEY": ""}])
def test_without_a_secret_key_nothing_starts(variables):
    inherited = {name: value for name, value in os.environ.items() if name not in {"SECRET_KEY", "DEBUG"}}
    process = subprocess.run(
        [sys.executable, "-m", "tests.support.settings_without_file"],
        cwd=ROOT,
        env={**inherited, **variables},
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode != 0
    assert "SECRET_KEY is not set" in process.stderr
