"""A proxy between a client and its server, which cuts and delays on demand."""

import socket
import threading
from collections import deque
from enum import Enum
from select import select
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType

_MARK = b"EVALSHA"
_CHUNK = 1 << 16


class Fault(Enum):
    """What happens to one call of a script."""

    CUT_REQUEST = "the connection breaks before the request reaches the server"
    CUT_REPLY = "the connection breaks after the server has executed it, before the reply"
    LATE_REPLY = "the reply does not come until the client has given up"
    LATE_REQUEST = "the request reaches the server only when the client has long sent another"


class FaultyProxy:
    """Forwards everything, but for the calls of scripts that :meth:`inject` has named a fault for.

    Args:
        address: Where the server listens: a unix socket's path, or host and port.
    """

    def __init__(self, address: str | tuple[str, int]) -> None:
        self._address = address
        self._faults: deque[Fault] = deque()
        self._let_go = threading.Event()
        self.executed = 0
        """How many calls the server has answered."""
        self._server = ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        # A client that is still connected must not keep a test from ending.
        self._server.daemon_threads, self._server.block_on_close = True, False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """Where clients find it; they give a reply up after a short time."""
        port = self._server.server_address[1]
        return f"redis://127.0.0.1:{port}?socket_timeout=0.3"

    def inject(self, *faults: Fault) -> None:
        """Have these happen to the next calls, one each."""
        self._faults.extend(faults)

    def release(self) -> None:
        """Let go of what is being held back."""
        self._let_go.set()

    def __enter__(self) -> "FaultyProxy":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _connect(self) -> socket.socket:
        if not isinstance(self._address, str):
            return socket.create_connection(self._address)
        upstream = socket.socket(socket.AF_UNIX)
        upstream.connect(self._address)
        return upstream

    def _handler(self) -> type[BaseRequestHandler]:
        proxy = self

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                with proxy._connect() as upstream:
                    proxy._relay(self.request, upstream)

        return Handler

    def _relay(self, client: socket.socket, upstream: socket.socket) -> None:
        """Forward in both directions until either side or a fault ends it."""
        going_on = True
        while going_on:
            readable, _, _ = select([client, upstream], [], [])
            if client in readable:
                going_on = self._forward_request(client, upstream)
            elif data := upstream.recv(_CHUNK):
                client.sendall(data)
            else:
                going_on = False

    def _forward_request(self, client: socket.socket, upstream: socket.socket) -> bool:
        """Forward what the client sent; return whether the connection is still good."""
        data = client.recv(_CHUNK)
        if _MARK not in data:
            upstream.sendall(data)
            return bool(data)
        fault = self._faults.popleft() if self._faults else None
        if fault is Fault.CUT_REQUEST:
            return False
        if fault is Fault.LATE_REQUEST:
            self._let_go.wait()
        upstream.sendall(data)
        reply = upstream.recv(_CHUNK)
        self.executed += 1
        if fault is Fault.LATE_REPLY:
            self._let_go.wait()
        if fault is not None:
            return False
        client.sendall(reply)
        return True
