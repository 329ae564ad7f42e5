"""The examples of docs/operating.md, and nginx started with them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.tools import missing, nginx

ROOT = Path(__file__).resolve().parents[2]
OPERATING = (ROOT / "docs" / "operating.md").read_text()


def example(language: str, first_line: str) -> str:
    """The code block in docs/operating.md that begins so."""
    blocks = re.findall(rf"```{language}\n(.*?)```", OPERATING, re.DOTALL)
    return next(block for block in blocks if block.startswith(first_line))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running_nginx(folder: Path, text: str, port: int) -> Iterator[None]:
    """nginx with a documented server, without its certificate, on a port of this machine."""
    if "nginx" in missing():
        raise RuntimeError(f"No nginx. Run: {missing()['nginx']}")
    text = re.sub(r"listen 443 ssl[^;]*;", f"listen 127.0.0.1:{port};", text)
    text = re.sub(r"listen (\[::\]:)?(80|443)[^;]*;", lambda _found: f"listen 127.0.0.1:{free_port()};", text)
    text = re.sub(r"ssl_certificate\w*[^;]*;", "", text)
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    around = [
        # The tests' own folder is open to nobody else.
        "user root;" if os.geteuid() == 0 else "",
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;",
        "events { worker_connections 1024; }",
        "http { access_log off;",
        *(f"{name}_temp_path {folder}/{name};" for name in temporary),
        text,
        "}",
    ]
    (folder / "nginx.conf").write_text("\n".join(around))
    process = subprocess.Popen([nginx(), "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.PIPE)
    try:
        for _attempt in range(200):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.stderr.read().decode()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stderr.close()
