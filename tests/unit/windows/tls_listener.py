"""A TLS server that remembers every byte it is sent, and answers 503 to any HTTP request."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator


class Listener:
    """``received``: what came through TLS, of all connections together."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.connections = 0
        self.received = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _address = self._door.accept()
            except OSError:
                return
            self.connections += 1
            raw.settimeout(10)
            with contextlib.suppress(OSError), self._context.wrap_socket(raw, server_side=True) as connection:
                answered = False
                # Until the client has closed: what it had still to send would else reset the connection, with the answer in it.
                while data := connection.recv(65536):
                    self.received += data
                    if not answered and b"\r\n\r\n" in self.received:
                        connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy")
                        answered = True
            raw.close()

    def close(self) -> None:
        # Closing alone does not wake a thread that waits in accept.
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(15)


@contextlib.contextmanager
def listening(context: ssl.SSLContext) -> Iterator[Listener]:
    """The listener; at the end of the block everything that was sent to it has been received."""
    listener = Listener(context)
    try:
        yield listener
    finally:
        listener.close()


@contextlib.contextmanager
def tunnel(port: int) -> Iterator[int]:
    """The port of a proxy that takes one CONNECT, wherever to, and leads it to the port given."""
    door = socket.create_server(("127.0.0.1", 0))
    door.settimeout(20)

    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve():
        with contextlib.suppress(OSError):
            client, _address = door.accept()
            with client, socket.create_connection(("127.0.0.1", port)) as server:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += client.recv(4096)
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                back.join(10)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield door.getsockname()[1]
    finally:
        door.close()
        thread.join(20)
