"""A mail server that keeps a line for every message and makes faults: sink.py --port PORT --log FILE [faults]

Each line is JSON: t (seconds since 1970), rcpt, id (Message-ID), sha (SHA-256 of the message as sent), reply (250, 451, 550 or cut). The line is
written before the reply. SIGTERM stops in order: messages under way are answered, then connections close."""

import argparse
import asyncio
import hashlib
import json
import random
import re
import signal
import time

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
END = b"\r\n.\r\n"


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink):
        self.sink, self.buffer, self.in_data, self.recipient = sink, b"", False, ""

    def connection_made(self, transport):
        self.transport = transport
        self.sink.connections += 1
        self.sink.open.add(self)
        self.reply("220 sink ESMTP")

    def connection_lost(self, _):
        self.sink.open.discard(self)

    def reply(self, line):
        if not self.transport.is_closing():
            self.transport.write(line.encode() + b"\r\n")

    def data_received(self, data):
        self.buffer += data
        while not self.transport.is_closing():
            end = END if self.in_data else b"\r\n"
            # An empty message ends with the dot alone.
            place = self.buffer.find(end)
            if place < 0:
                return
            taken, self.buffer = self.buffer[:place], self.buffer[place + len(end):]
            if self.in_data:
                self.in_data = False
                self.message(taken.replace(b"\r\n..", b"\r\n.") + b"\r\n")
            else:
                self.command(taken)

    def command(self, line):
        word = line[:4].upper()
        if word == b"EHLO":
            self.reply("250-sink\r\n250-8BITMIME\r\n250 SIZE 52428800")
        elif word == b"RCPT":
            self.recipient = line.split(b"<")[1].split(b">")[0].decode()
            refused = self.sink.refuses(self.recipient)
            if refused:
                self.sink.note(self.recipient, b"", "550")
            self.reply("550 5.1.1 no such mailbox" if refused else "250 ok")
        elif word == b"DATA":
            self.in_data = True
            self.reply("354 go on")
        elif word == b"QUIT":
            self.reply("221 bye")
            self.transport.close()
        else:
            self.reply("250 ok")

    def message(self, content):
        fault = self.sink.fault()
        if self.sink.delay:
            asyncio.get_running_loop().call_later(self.sink.delay, self.answer, content, fault)
        else:
            self.answer(content, fault)

    def answer(self, content, fault):
        if self.transport.is_closing():
            return  # The sender has gone: it was never told, and this server never took the message.
        self.sink.note(self.recipient, content, fault or "250")
        if fault == "cut":
            self.transport.abort()
        else:
            self.reply("451 4.3.0 try again" if fault else "250 2.0.0 taken")


class Sink:
    """What all connections share."""

    def __init__(self, arguments):
        self.arguments, self.delay = arguments, arguments.delay_ms / 1000
        self.random = random.Random(arguments.seed)
        self.log = open(arguments.log, "a", buffering=1)
        self.connections, self.open = 0, set()

    def refuses(self, recipient):
        return bool(self.arguments.refuse) and recipient.split("@")[0].endswith(self.arguments.refuse)

    def fault(self):
        draw = self.random.random()
        if draw < self.arguments.busy:
            return "451"
        return "cut" if draw < self.arguments.busy + self.arguments.cut else None

    def note(self, recipient, content, reply):
        found = MESSAGE_ID.search(content)
        line = {"t": time.time(), "rcpt": recipient, "id": found[1].decode() if found else "", "reply": reply}
        self.log.write(json.dumps(line | {"sha": hashlib.sha256(content).hexdigest(), "size": len(content)}) + "\n")


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--delay-ms", type=float, default=0, help="wait before the answer to each message")
    parser.add_argument("--busy", type=float, default=0, help="part of the messages answered with 451 at the final dot")
    parser.add_argument("--cut", type=float, default=0, help="part of the messages taken and not answered: the connection is cut")
    parser.add_argument("--refuse", default="", help="550 for recipients whose local part ends so")
    parser.add_argument("--seed", type=int, default=1)
    sink = Sink(parser.parse_args())
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: Session(sink), "127.0.0.1", sink.arguments.port, backlog=1024)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    server.close()
    await asyncio.sleep(0.2 + sink.delay)
    for session in list(sink.open):
        session.transport.close()
    await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main())
