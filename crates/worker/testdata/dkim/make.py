#!/usr/bin/env python3
"""Makes the vectors in this directory with dkimpy: letter.eml signed with each key, the headers chosen as the worker chooses them.

The keys are openssl's, made for these tests and used nowhere else."""

import base64
import pathlib
import re

import dkim

HERE = pathlib.Path(__file__).parent
LETTER = (
    b"From: =?utf-8?b?5LiT54+t?= <zhuanban@province.example>\r\n"
    b"Reply-To: diaodu@province.example\r\n"
    b"To: =?utf-8?b?6LSi5pS/5Y6F?= <a@agency.example>,\r\n"
    b"\t=?utf-8?b?6LSi5pS/5Y6F?= <b@agency.example>\r\n"
    b"SUBJECT:   =?utf-8?b?552j5Yqe?=  \t =?utf-8?b?5Ye9?=  \r\n"
    b"Date: Fri, 18 Apr 2025 09:00:00 +0000\r\n"
    b"Message-ID: <1@leitai.example>\r\n"
    b"X-Unsigned: anything\r\n"
    b"Auto-Submitted: auto-generated\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"\r\n"
    b".a line  with \t white space at its end \t\r\n"
    b" \r\n"
    b"end\r\n"
    b"\r\n"
    b" \t\r\n"
    b"\r\n"
)
HEADERS = [
    b"from", b"from", b"reply-to", b"to", b"to", b"subject", b"subject", b"date", b"date", b"message-id", b"mime-version",
    b"content-type", b"content-transfer-encoding", b"auto-submitted",
]  # fmt: skip


def main():
    (HERE / "letter.eml").write_bytes(LETTER)
    rsa = (HERE / "rsa.pkcs1.pem").read_bytes()
    pem = (HERE / "ed25519.pem").read_text()
    # dkimpy wants the bare seed: the last 32 bytes of the PKCS#8.
    seed = base64.b64encode(base64.b64decode(re.sub(r"-----[^-]+-----|\s", "", pem))[-32:])
    for name, key, algorithm in (("rsa", rsa, b"rsa-sha256"), ("ed25519", seed, b"ed25519-sha256")):
        header = dkim.sign(
            LETTER, b"leitai", b"province.example", key, canonicalize=(b"relaxed", b"relaxed"), include_headers=HEADERS,
            signature_algorithm=algorithm,
        )  # fmt: skip
        (HERE / f"dkimpy.{name}.eml").write_bytes(header + LETTER)


main()
