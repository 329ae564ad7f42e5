"""How gunicorn serves the site: “make serve” and the units in docs/operating.md start it with this file.

The site is not loaded before the workers are forked (no ``preload_app``): each worker loads it anew, and so
``kill -HUP`` of the master reloads code, templates and settings without a failed request. Loading it once would save
some 40 MB a worker, but then only a restart, with requests refused meanwhile, would load anything new.
"""

import ctypes
import json
import logging
import os
import shutil
import socket
import struct
import tempfile
import time

wsgi_app = "partnership.wsgi"
# A slow client holds a thread, not a worker; in production a proxy in front buffers slow clients.
worker_class = "gthread"
_WORKERS = os.environ.get("WEB_CONCURRENCY", "").strip() or "2"
if not (_WORKERS.isdecimal() and 1 <= int(_WORKERS) <= 64):
    raise SystemExit(f"WEB_CONCURRENCY: it holds “{_WORKERS}”; it may be a whole number from 1 to 64.")
workers = int(_WORKERS)
# More than “partnership.turns” lets work and wait: the others send what is kept.
threads = 10
# glibc would give each thread a heap of its own, of which no other uses what is free, and would keep ever larger blocks
# in it. Other C libraries have no such numbers to set. Numbers of malloc.h: arenas, and bytes from which a block is
# given back to the system.
_M_ARENA_MAX, _M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -8, -3, -1
if hasattr(ctypes.CDLL(None), "mallopt"):
    for parameter, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, 64 * 1024), (_M_TRIM_THRESHOLD, 128 * 1024)):
        ctypes.CDLL(None).mallopt(parameter, value)
# Seconds. A worker that hangs for so long is replaced; one that is told to stop has as long to finish.
timeout = graceful_timeout = 30
keepalive = 5
# Bytes and lines: a longer URL gets 414, longer or more headers 431 or 400.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# No header says where the site lies, who somebody is, or how they came: Django alone asks the proxy (BEHIND_PROXY).
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# Else gunicorn opens a control socket in the home folder.
control_socket_disable = True
loglevel = "warning"

#: Where the workers count together for /metrics; prometheus_client reads the variable when it is imported.
_OWN = f"record-metrics-{os.getpid()}-"
METRICS = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "") or tempfile.mkdtemp(prefix=_OWN)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS

if os.environ.get("LOG_FORMAT", "").strip() == "json":

    class FirstLines(logging.Formatter):
        """Until a worker has loaded the site, which writes its own log from then on."""

        def format(self, record: logging.LogRecord) -> str:
            fields: dict[str, object] = {
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
                "level": record.levelname,
                "logger": record.name,
                "message": record.getMessage().partition("\n")[0],
            }
            if record.exc_info and record.exc_info[1]:
                fields["errors"] = [f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"]
            return json.dumps(fields, ensure_ascii=False)

    _LOGGER = {"level": loglevel.upper(), "handlers": ["error_console"], "propagate": False}
    logconfig_dict = {
        "formatters": {"generic": {"()": FirstLines}},
        "loggers": {"gunicorn.error": _LOGGER},
        "root": {"level": loglevel.upper(), "handlers": ["error_console"]},
    }

#: Seconds that a client may be silent in the middle of a request, or of reading the response.
CLIENT_TIMEOUT = 5


def when_ready(server) -> None:
    """Sets the client timeout: gunicorn has none for threads. Connections inherit it from the listening socket."""
    for listener in server.LISTENERS:
        for direction in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, direction, struct.pack("ll", CLIENT_TIMEOUT, 0))


def post_worker_init(worker) -> None:
    """Sends gunicorn’s messages through the site’s own log, which leaves IP addresses out."""
    logger = logging.getLogger("gunicorn.error")
    logger.handlers, logger.propagate = logging.getLogger().handlers, False
    # A client that times out is no error of the site.
    logger.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError)))


def child_exit(server, worker) -> None:
    """What a worker counted stays counted; what it was is forgotten."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server) -> None:
    # A folder that came with the environment may be another’s as well.
    if os.path.basename(METRICS).startswith(_OWN):
        shutil.rmtree(METRICS, ignore_errors=True)
