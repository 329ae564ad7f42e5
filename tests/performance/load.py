"""Requests a page for some seconds, on a thread for each client, and prints the responses a second.

python load.py port path seconds clients "header: value" …
"""

from __future__ import annotations

import http.client
import sys
import threading
import time


def main() -> None:
    port, path, seconds, clients, *sent = sys.argv[1:]
    headers = dict(header.split(": ", 1) for header in sent)
    ends = time.monotonic() + float(seconds)
    counts: list[int] = []

    def request() -> None:
        count = 0
        connection = http.client.HTTPConnection("127.0.0.1", int(port))
        while time.monotonic() < ends:
            try:
                connection.request("GET", path, headers=headers)
                connection.getresponse().read()
                count += 1
            except (OSError, http.client.HTTPException):
                connection.close()
        counts.append(count)

    threads = [threading.Thread(target=request) for _number in range(int(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(counts) / float(seconds))


if __name__ == "__main__":
    main()
