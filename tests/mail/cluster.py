"""Leitai's notification and workers as processes of their own on one made-up round, and what their store says."""

import contextlib
import os
import signal
import sqlite3
import subprocess

import peers
import support


class Cluster:
    """`leitai bench findings` serves the round; notification issues it; workers send to `smtp_port`. Not started until asked."""

    def __init__(self, leitai, directory, smtp_port, divisions, indicators=13, workers=1, connections=20, defaults=False):
        self.leitai, self.directory, self.divisions = leitai, directory, divisions
        self.findings_port, self.notification_port = support.free_port(), support.free_port()
        self.log = open(directory / "leitai.log", "ab")
        self.size = ["--divisions", str(divisions), "--indicators", str(indicators)]
        self.environment = os.environ | {
            "LEITAI__LOG__FILTER": "warn",
            "LEITAI__NOTIFICATION__LISTEN": f"127.0.0.1:{self.notification_port}",
            "LEITAI__NOTIFICATION__DATABASE": f"sqlite://{directory}/notification.sqlite?mode=rwc",
            "LEITAI__NOTIFICATION__SERVICE__EVALUATION_ENDPOINT": f"http://127.0.0.1:{self.findings_port}",
            "LEITAI__NOTIFICATION__SERVICE__POLICY_FILE": f"{directory}/policy.toml",
            "LEITAI__NOTIFICATION__SERVICE__ADDRESSES_FILE": f"{directory}/addresses.toml",
            "LEITAI__NOTIFICATION__SERVICE__CHARTS": "false",
            "LEITAI__WORKER__NOTIFICATION_ENDPOINT": f"http://127.0.0.1:{self.notification_port}",
            "LEITAI__WORKER__CONCURRENCY": str(connections // workers),
            "LEITAI__WORKER__TRANSPORT__KIND": "smtp",
            "LEITAI__WORKER__TRANSPORT__SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
            **peers.NO_LIMITS,
        }
        if not defaults:
            # Shorter waits, so that a run ends sooner.
            self.environment |= {
                "LEITAI__NOTIFICATION__SERVICE__RETRY__FIRST_SECONDS": "1",
                "LEITAI__NOTIFICATION__SERVICE__RETRY__MOST_SECONDS": "5",
                "LEITAI__WORKER__LEASE_SECONDS": "5",
            }
        self.children = {}
        self.workers = [f"worker{number}" for number in range(workers)]

    def __enter__(self):
        self.spawn("findings", ["bench", "findings", "--listen", f"127.0.0.1:{self.findings_port}", "--dir", self.directory, *self.size])
        with contextlib.ExitStack() as stack:
            stack.push(self)
            support.wait_until("findings are served", lambda: support.listens(self.findings_port))
            stack.pop_all()
        return self

    def __exit__(self, *_):
        for child in self.children.values():
            support.end(child)
        self.log.close()

    def spawn(self, name, arguments, extra=()):
        command = [str(self.leitai), *map(str, arguments)]
        self.children[name] = subprocess.Popen(command, env=self.environment | dict(extra), stdout=self.log, stderr=self.log)

    def start(self, name):
        if name == "notification":
            self.spawn(name, ["serve", "--role", "notification"])
        else:
            self.spawn(name, ["serve", "--role", "worker"], {"LEITAI__WORKER__WORKER_ID": name})

    def kill(self, name):
        self.children[name].send_signal(signal.SIGKILL)
        self.children[name].wait()

    def issue(self):
        """Starts notification and waits for the letters."""
        self.start("notification")
        support.wait_until("the letters are made", lambda: self.ask("SELECT letter_count FROM issued_rounds") != [])

    def ask(self, sql):
        """Rows of notification's store; none before it is there."""
        path = self.directory / "notification.sqlite"
        if not path.exists():
            return []
        try:
            store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
            try:
                return store.execute(sql).fetchall()
            finally:
                store.close()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "unable to open" in str(error):
                return []
            raise

    def unfinished(self):
        return self.ask("SELECT COUNT(*) FROM deliveries WHERE finished_at_ms IS NULL")[0][0]

    def states(self):
        return dict(self.ask("SELECT state, COUNT(*) FROM deliveries GROUP BY state"))

    def sent_recipients(self):
        return {row[0] for row in self.ask("SELECT recipient FROM deliveries WHERE state = 'sent'")}

    def attempts(self):
        return dict(self.ask("SELECT outcome, COUNT(*) FROM attempts GROUP BY outcome"))
