"""Figures, each as a ratio within one run on one machine: absolute times say little on shared machines.

Run with “make bench”. Every site that is measured has a folder of its own, thrown away at the end. Rounds are
interleaved, every other one backwards, and a ratio is the median of the rounds’ ratios.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from tests.performance import wagtail_site
from tests.performance.jury import jury_room
from tests.performance.servers import Load, Server, load, wrk
from tests.support.operating import example, free_port, running_nginx

ROOT = Path(__file__).resolve().parents[2]
SMALL, LARGE, HUGE = (38, 100), (3_800, 10_000), (38_000, 100_000)
ROUNDS = 15
T = TypeVar("T")
#: Each page of the record at different sizes: its URL, and the ratio of its time that is aimed at for LARGE and HUGE.
PAGES: dict[str, tuple[str, float, float]] = {
    "project list": ("/en/projects/", 1.5, 6),
    "project list, one year": ("/en/projects/?from=2007&to=2007", 1.5, 6),
    "project list, one theme": ("/en/projects/?theme=sample-t0", 1.5, 6),
    "project": ("/en/projects/sample-7/", 1.5, 6),
    "visit list": ("/en/visits/", 1.5, 6),
    "visit list, one year": ("/en/visits/?year=2007", 1.5, 6),
    "visit": ("/en/visits/sample-v7/", 1.5, 6),
    "all themes": ("/en/themes/", 1.5, 6),
    "theme": ("/en/themes/sample-t0/", 1.5, 6),
    "partner": ("/en/partners/sample-p0/", 1.5, 6),
    "home": ("/en/", 1.5, 6),
}
#: The first page after a write to a record of a kind makes anew what was counted from its table.
AFTER_A_WRITE = {"project list": "/en/projects/", "visit list": "/en/visits/"}
WRITES = ("project", "visit", "source")
#: The pages of the menu, each asked for as the first one after the start.
MENU = ("projects", "visits", "themes", "partners", "history", "dossier/platforma-2018")
SEARCHES = {"search, common word": "/en/search/?q=library", "search, nineteen hits": "/en/search/?q=theme"}
#: Of a search, its time at LARGE.
SLOWER_SEARCH = 1.5


class Site:
    """A site with a sample record of one size, in a process of its own: see measured.py."""

    reader = "public"

    def __init__(self, directory: Path, projects: int, visits: int, *, make: bool = True):
        environment = {
            **os.environ,
            "DATA_DIR": str(directory / f"{projects}-{visits}"),
            "DJANGO_SETTINGS_MODULE": "partnership.settings",
            "SECRET_KEY": "bench",
            "DEBUG": "off",
        }
        Path(environment["DATA_DIR"]).mkdir(exist_ok=True)
        size = [str(projects), str(visits), "make" if make else "keep"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.performance.measured", *size, self.reader],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read_line()

    def _read_line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("The measured process has stopped.")
        return line.strip()

    def ask(self, **order: Any):
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self._read_line())

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def interleaved(measures: list[Callable[[], T]], rounds: int = ROUNDS) -> list[list[T]]:
    """The values of each measure, one a round; every other round runs backwards."""
    values: list[list[T]] = [[] for _measure in measures]
    for round_ in range(rounds):
        for index in range(len(measures))[:: -1 if round_ % 2 else 1]:
            values[index].append(measures[index]())
    return values


def ratio(numerators: list[float], denominators: list[float]) -> float:
    return median([a / b for a, b in zip(numerators, denominators, strict=True)])


# How fast: the page cache


def real_site(directory: Path) -> dict[str, str]:
    """The environment of a site with the real record."""
    environment = {"DATA_DIR": str(directory / "real"), "DJANGO_SETTINGS_MODULE": "partnership.settings"}
    for command in ("migrate", "load_record", "collectstatic"):
        manage(command, environment)
    return environment


def manage(command: str, environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", command, "--verbosity", "0", *["--noinput"] * (command != "load_record")],
        cwd=ROOT,
        env={**os.environ, **environment, "SECRET_KEY": "bench", "DEBUG": "off"},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def cached_page(directory: Path, environment: dict[str, str]) -> list[str]:
    """A cached page against WhiteNoise, which sends the same bytes from a file."""
    (directory / "public").mkdir()
    with Server("partnership.wsgi", ROOT, environment) as site:
        site.wait("/en/projects/")
        plain, packed = site.get("/en/projects/"), site.get("/en/projects/", accept_encoding="gzip")
        (directory / "public" / "list.html").write_bytes(plain.body)
        (directory / "public" / "list.html.gz").write_bytes(packed.body)
        with Server("tests.performance.static_site", directory, {"PYTHONPATH": str(ROOT)}) as files:
            files.wait("/list.html")
            assert files.get("/list.html").body == plain.body == gzip.decompress(packed.body)
            assert files.get("/list.html", accept_encoding="gzip").body == packed.body
            lines = []
            for label, headers, must in [
                ("cached page / WhiteNoise, gzip", {"accept_encoding": "gzip"}, 1.1),
                ("cached page / WhiteNoise, plain", {}, 1.1),
                ("304 / WhiteNoise’s 304", {"accept_encoding": "gzip"}, 0.95),
            ]:
                ours, theirs = dict(headers), dict(headers)
                if label.startswith("304"):
                    ours["if_none_match"] = packed.headers["etag"]
                    theirs["if_none_match"] = files.get("/list.html", **headers).headers["etag"]
                    assert site.get("/en/projects/", **ours).status == files.get("/list.html", **theirs).status == 304

                our_speeds, their_speeds = interleaved(
                    [partial(site.load, "/en/projects/", 2, **ours), partial(files.load, "/list.html", 2, **theirs)],
                    rounds=7,
                )
                speeds = f"({median(our_speeds):,.0f} and {median(their_speeds):,.0f} a second)"
                lines.append(f"{label:34} {ratio(our_speeds, their_speeds):5.2f} ×   {speeds}   aim ≥ {must} ×")
    return lines


def behind_nginx(directory: Path, environment: dict[str, str]) -> list[str]:
    """A page through nginx as documented, against the same bytes that nginx sends from a file."""
    folder, port, lines = directory / "nginx", free_port(), []
    folder.mkdir()
    proxied = {**environment, "BEHIND_PROXY": "on", "SITE_URL": "http://127.0.0.1", "ALLOWED_HOSTS": "127.0.0.1"}
    codings = {"en": "gzip", "sv": "br"}
    paths = {"en": "/en/projects/", "sv": "/sv/projekt/"}
    with Server("partnership.wsgi", ROOT, proxied) as site:
        files = ""
        for language, coding in codings.items():
            site.wait(paths[language])
            (folder / language).write_bytes(site.get(paths[language], accept_encoding=coding).body)
            files += (
                f"location = /file/{language} {{ alias {folder}/{language}; default_type text/html;"
                f" add_header Content-Encoding {coding}; }}\n"
            )
        text = example("nginx", "# /etc/nginx/conf.d/record.conf").replace("location / {", f"{files}location / {{", 1)
        text = text.replace("127.0.0.1:8001", f"127.0.0.1:{site.port}").replace(
            "/var/lib/nginx/record", f"{folder}/kept"
        )
        with running_nginx(folder, text, port):
            for language, coding in codings.items():
                measures = [partial(_load, port, path, coding) for path in (paths[language], f"/file/{language}")]
                _load(port, paths[language], coding)
                ours, theirs = interleaved(measures, rounds=5)
                faster = ratio([load.per_second for load in ours], [load.per_second for load in theirs])
                speeds = f"{median([load.per_second for load in ours]):,.0f} a second"
                p99 = median([load.p99 for load in ours])
                label = f"through nginx / its own file, {coding}"
                lines.append(
                    f"{label:34} {faster:5.2f} ×   ({speeds})   aim ≥ 0.8 ×;  99 of 100 in {p99:.1f} ms, aim ≤ 10 ms"
                )
    return lines


def _load(port: int, path: str, coding: str) -> Load:
    return load(port, path, 3, clients=32, accept_encoding=coding)


# How lean: pages that are not cached, against a peer


def peer(directory: Path, environment: dict[str, str]) -> list[str]:
    """Pages with a list, a record or all of it, not cached, against the same content in Wagtail 8.

    The peer is favoured: pictures that ours draw are stored with its pages.
    """
    folder, python = wagtail_site.make(directory, environment)
    lines = []
    anew = {**environment, "PAGE_STORE_MB": "0"}
    with (
        Server("partnership.wsgi", ROOT, anew) as site,
        Server("peer.wsgi", folder, wagtail_site.SETTINGS, python) as wagtail,
    ):
        for label, ours, theirs, must in [
            ("project list / Wagtail’s", "/en/projects/", "/en/projects/", 3),
            ("project page / Wagtail’s", "/en/projects/leseding/", "/en/projects/leseding/", 2.5),
            ("home / Wagtail’s", "/en/", "/en/", 2),
            ("visit list / Wagtail’s", "/en/visits/", "/en/visits/", 2),
        ]:
            site.wait(ours)
            wagtail.wait(theirs)
            sizes = len(site.get(ours).body), len(wagtail.get(theirs).body)
            our_speeds, their_speeds = interleaved(
                [partial(site.load, ours, 3), partial(wagtail.load, theirs, 3)], rounds=5
            )
            speeds = f"{median(our_speeds):,.0f} and {median(their_speeds):,.0f} a second"
            bodies = f"{sizes[0]:,} and {sizes[1]:,} bytes"
            lines.append(f"{label:34} {ratio(our_speeds, their_speeds):5.2f} ×   ({speeds}, {bodies})   aim ≥ {must} ×")
    return lines


# How light: the first response and memory


def start_and_memory(directory: Path, environment: dict[str, str]) -> list[str]:
    subprocess.run([sys.executable, "-m", "django", "startproject", "empty", str(directory)], check=True)
    env = {**environment, "PAGE_STORE_MB": "0"}

    # Both with their modules compiled, as wherever a site is started a second time.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(directory / "compiled")}
    start, empty_site = {**environment, **compiled}, {"DJANGO_SETTINGS_MODULE": "empty.settings", **compiled}

    def first(application: str, folder: Path, path: str, environment: dict[str, str]) -> float:
        with Server(application, folder, environment) as server:
            return server.wait(path)

    def measures() -> list[Callable[[], float]]:
        return [
            lambda: first("partnership.wsgi", ROOT, "/healthz", start),
            lambda: first("partnership.wsgi", ROOT, "/en/accessibility/", start),
            lambda: first("partnership.wsgi", ROOT, "/en/", start),
            lambda: first("empty.wsgi", directory, "/", empty_site),
            *(partial(first, "partnership.wsgi", ROOT, f"/en/{page}/", start) for page in MENU),
        ]

    interleaved(measures(), rounds=1)
    ready, plain, home, empty, *menu = interleaved(measures(), rounds=9)
    with Server("partnership.wsgi", ROOT, env) as server:
        server.wait("/en/")
        # Often enough that both workers serve each page.
        for path in ("/en/", "/en/projects/", "/sv/", "/en/visits/", "/en/projects/leseding/") * 8:
            server.get(path, accept_encoding="br")
        memory = server.unshared_memory()
    return [
        f"{'first page / empty Django’s':34} {ratio(plain, empty):5.2f} ×   "
        f"({median(plain):.2f} s and {median(empty):.2f} s)   aim ≤ 1.5 ×",
        f"{'the same, if it is the start page':34} {ratio(home, empty):5.2f} ×   ({median(home):.2f} s)   aim ≤ 1.8 ×",
        *(
            f"{f'the same, if it is {page}':34} {ratio(times, empty):5.2f} ×   ({median(times):.2f} s)   aim ≤ 1.8 ×"
            for page, times in zip(MENU, menu, strict=True)
        ),
        f"{'/healthz answers / the same':34} {ratio(ready, empty):5.2f} ×   ({median(ready):.2f} s)",
        f"{'memory of a worker, unshared':34} {memory:5.1f} MB   aim ≤ 60 MB",
    ]


# How far: sizes


def growth(directory: Path, sizes: list[tuple[int, int]]) -> list[str]:
    """How much longer pages take when the record is a hundred or a thousand times as large."""
    sites = {size: Site(directory, *size) for size in sizes}
    pages = {label: (path, most) for label, (path, *most) in PAGES.items()}
    pages |= {label: (path, [SLOWER_SEARCH]) for label, path in SEARCHES.items()}
    lines = []
    for (label, path), kind in product(AFTER_A_WRITE.items(), WRITES):
        small, *larger = interleaved([partial(sites[size].ask, get=path, write=kind) for size in sizes], rounds=5)
        ratios = ", ".join(
            f"{ratio(times, small):5.2f} × at {size[0]:,} (aim ≤ {limit} ×)"
            for size, times, limit in zip(sizes[1:], larger, (1.3, 3), strict=False)
        )
        lines.append(f"{f'{label}, {kind} written':34} {ratios}   {median(small) * 1000:.1f} ms at {SMALL[0]}")
    for label, (path, most) in pages.items():
        measured = sizes[: len(most) + 1]
        for size in measured:
            sites[size].ask(get=path)
        small, *larger = interleaved([partial(sites[size].ask, get=path) for size in measured])
        ratios = ", ".join(
            f"{ratio(times, small):5.2f} × at {size[0]:,} (aim ≤ {limit} ×)"
            for size, times, limit in zip(measured[1:], larger, most, strict=False)
        )
        lines.append(f"{label:34} {ratios}   {median(small) * 1000:.1f} ms at {SMALL[0]}")
    for site in sites.values():
        site.end()
    return lines


def under_writers(directory: Path) -> list[str]:
    """Readers while four who write save forty records a second, against readers while nobody writes."""
    first = Site(directory, *LARGE)
    writers = [first, *(Site(directory, *LARGE, make=False) for _number in range(3))]
    environment = {
        "DATA_DIR": str(directory / f"{LARGE[0]}-{LARGE[1]}"),
        "DJANGO_SETTINGS_MODULE": "partnership.settings",
    }
    manage("collectstatic", environment)
    lines = []
    with Server("partnership.wsgi", ROOT, {**environment, "PAGE_STORE_MB": "0"}) as site:
        for label, path in [("project list", "/en/projects/"), ("project page", "/en/projects/sample-7/")]:
            site.wait(path)

            def busy(path: str = path) -> Load:
                with ThreadPoolExecutor(len(writers)) as pool:
                    saving = [pool.submit(writer.ask, save=7) for writer in writers]
                    measured = load(site.port, path, 6)
                    assert sum(job.result() for job in saving) > 0
                return measured

            quiet, written = interleaved([partial(load, site.port, path, 6), busy], rounds=5)
            slower = ratio([each.p99 for each in written], [each.p99 for each in quiet])
            p99 = median([each.p99 for each in quiet])
            lines.append(f"{f'{label}, 4 writers / none, p99':34} {slower:5.2f} ×   ({p99:.0f} ms)   aim ≤ 1.5 ×")
    for writer in writers:
        writer.end()
    return lines


def memory(directory: Path) -> list[str]:
    """The memory of streaming 100,000 visits, beyond that of an idle process."""
    Site(directory, 0, 100_000).end()
    # In a fresh process: the one that made the rows had them all in memory.
    site = Site(directory, 0, 100_000, make=False)
    rows, more = site.ask(memory="/data/visits.csv")
    site.end()
    return [f"{'CSV of 100,000 visits, memory':34} {more:5.1f} MB  ({rows - 1:,} rows)   aim ≤ 60 MB"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = "store, nginx, peer, start, jury, sizes, writers, stream, desk, import"
    parser.add_argument("parts", nargs="*", help=f"only these: {names}")
    parser.add_argument("--small", action="store_true", help="without the largest size, which takes minutes to make")
    options = parser.parse_args()
    # Imported here, since it takes its measures from this module.
    from tests.performance import desk

    sizes = [SMALL, LARGE] if options.small else [SMALL, LARGE, HUGE]
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores; {wrk()}")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        environment = real_site(directory)
        parts: dict[str, Callable[[], list[str]]] = {
            "store": lambda: cached_page(directory, environment),
            "nginx": lambda: behind_nginx(directory, environment),
            "peer": lambda: peer(directory, environment),
            "start": lambda: start_and_memory(directory, environment),
            "jury": lambda: jury_room(environment),
            "sizes": lambda: growth(directory, sizes),
            "writers": lambda: under_writers(directory),
            "stream": lambda: memory(directory),
            "desk": lambda: desk.lists(directory),
            "import": lambda: desk.spreadsheet(directory),
        }
        for part, measure in parts.items():
            if not options.parts or part in options.parts:
                print(*measure(), sep="\n", flush=True)


if __name__ == "__main__":
    main()
