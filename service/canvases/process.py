"""A canvas process: it answers one question after the other until the web process is gone.

`python -m service.canvases.process MAX_BYTES`, with a socket as standard input.
"""

import logging
import signal
import socket
import sys

from pipeline.errors import InvalidDrawing
from service.canvases.drawing import draw
from service.canvases.messages import (
    READY,
    pack,
    pack_drawing,
    pack_refusal,
    read_canvas,
    split_messages,
)

RECEIVED_AT_ONCE = 256 * 1024

log = logging.getLogger(__name__)


def answer_questions(connection: socket.socket, max_bytes: int) -> None:
    """Answer until the other side closes the connection."""
    connection.sendall(pack(READY, b""))
    buffer = bytearray()
    while received := connection.recv(RECEIVED_AT_ONCE):
        buffer += received
        for kind, content in split_messages(buffer):
            try:
                answer = pack_drawing(draw(read_canvas(kind, content), max_bytes))
            except InvalidDrawing as refused:
                answer = pack_refusal(refused)
            connection.sendall(answer)


def main() -> None:
    """Answer the questions that come through standard input, which is a socket."""
    # Who stops the service sends signals to all of its processes: requests that are being answered
    # still need this one. It ends when the web process has closed the connection, or is gone.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    with socket.socket(fileno=sys.stdin.fileno()) as connection:
        try:
            answer_questions(connection, int(sys.argv[1]))
        except ConnectionError:
            return
        except Exception:
            # Only now: a process that works needs no settings, and starts sooner without them.
            from pipeline.logs.configure import configure_logs
            from pipeline.settings_reading import load_settings

            configure_logs(load_settings())
            log.exception("a canvas process ends by an error")
            sys.exit(1)


if __name__ == "__main__":
    main()
