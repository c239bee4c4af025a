"""A real SMTP server that keeps what it takes."""

import asyncio
import email
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from support import free_port


class Mailbox:
    """Takes each letter after `delay` seconds; the first `busy` are answered with 451 at the final dot. With a certificate it wants STARTTLS and
    a log-in first."""

    USER, PASSWORD = "leitai", "correct horse"

    def __init__(self, busy=0, delay=0, certificate=None):
        self.taken, self.lock, self.busy, self.delay = [], threading.Lock(), busy, delay
        wanted = {}
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            wanted = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": self.known}
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port(), **wanted)

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *error):
        self.controller.stop()

    def known(self, server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (self.USER.encode(), self.PASSWORD.encode()))

    @property
    def port(self):
        return self.controller.port

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server, session, envelope):
        with self.lock:
            if self.busy > 0:
                self.busy -= 1
                return "451 4.3.0 busy, try again"
        await asyncio.sleep(self.delay)
        with self.lock:
            self.taken.append((tuple(envelope.rcpt_tos), envelope.original_content))
        return "250 taken"

    def letters(self):
        """Recipients and bytes of every letter, in the order they came."""
        with self.lock:
            return list(self.taken)


def key(letter):
    """What a letter and its doubles share: to whom, and the Message-ID."""
    return letter[0], email.message_from_bytes(letter[1])["Message-ID"]
