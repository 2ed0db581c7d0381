"""An FTP server that knows one password: `python -m tests.live.ftp_server ADDRESS PASSWORD`; serves until killed."""

from __future__ import annotations

import socketserver
import sys


class Login(socketserver.StreamRequestHandler):
    """Says no to every other password (RFC 959)."""

    def handle(self) -> None:
        """Answer until the client has gone."""
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            word, _, rest = line.strip().partition(b" ")
            if word.upper() == b"USER":
                self.wfile.write(b"331 which password?\r\n")
            elif word.upper() == b"PASS":
                right = rest == sys.argv[2].encode()
                self.wfile.write(b"230 come in\r\n" if right else b"530 no\r\n")
            elif word.upper() == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"500 what?\r\n")


class Server(socketserver.ThreadingTCPServer):
    """Takes several at once, as hydra wants it."""

    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server((sys.argv[1], 21), Login).serve_forever()
