"""A server on this machine that answers as it is told, and remembers what came."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What a server answers."""

    code: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """What a server was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Takes every request; a subclass says what it answers.

    Parameters
    ----------
    first
        Answers given before any other, in turn, whatever is asked.
    """

    def __init__(self) -> None:
        self.url = ""
        self.first: list[Answer] = []
        self.asked: list[Asked] = []
        self.when: list[float] = []

    def answer(self, asked: Asked) -> Answer:
        return Answer()

    def take(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        self.when.append(time.monotonic())
        return self.first.pop(0) if self.first else self.answer(asked)


@contextmanager
def serving(receiver: Receiver) -> Iterator[Receiver]:
    """Serve on a free port of this machine until the end of the block."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _all(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): told for name, told in self.headers.items()}
            with lock:
                found = receiver.take(Asked(self.command, self.path, headers, body))
            told = found.body if isinstance(found.body, bytes) else b""
            if found.body is not None and not isinstance(found.body, bytes):
                told = json.dumps(found.body).encode()
                found.headers.setdefault("Content-Type", "application/json;charset=utf-8")
            self.send_response(found.code)
            for name, value in {**found.headers, "Content-Length": str(len(told))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._all)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
