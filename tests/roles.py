"""Leitai's roles as processes of their own, and its command line on them."""

import contextlib
import itertools
import json
import os
import signal
import subprocess

from support import DEADLINE, PLAN, free_port, listens, run, wait_until

SERVICES = ("ingestion", "evaluation", "notification")
ROLES = (*SERVICES, "worker")


def sqlite(directory, services=SERVICES):
    """Each service's database in a directory."""
    return {service: f"sqlite://{directory}/{service}.sqlite?mode=rwc" for service in services}


def placed(ports, databases):
    """Settings: where each service listens, where the command line finds it, and its database."""
    return {
        **{f"LEITAI__{service.upper()}__LISTEN": f"127.0.0.1:{port}" for service, port in ports.items()},
        **{f"LEITAI__ENDPOINTS__{service.upper()}": f"http://127.0.0.1:{port}" for service, port in ports.items()},
        **{f"LEITAI__{service.upper()}__DATABASE": database for service, database in databases.items()},
    }


def followed(ports):
    """Settings: where each role apart finds those that it follows."""
    url = {service: f"http://127.0.0.1:{port}" for service, port in ports.items()}
    return {
        "LEITAI__EVALUATION__SERVICE__INGESTION_ENDPOINT": url["ingestion"],
        "LEITAI__NOTIFICATION__SERVICE__EVALUATION_ENDPOINT": url["evaluation"],
        # Reminders follow its rounds.
        "LEITAI__NOTIFICATION__SERVICE__INGESTION_ENDPOINT": url["ingestion"],
        "LEITAI__WORKER__NOTIFICATION_ENDPOINT": url["notification"],
    }


def sending(smtp_url):
    """Settings: letters go to this server, which stands for many and is in no hurry to be spared; failures are tried again soon."""
    return {
        "LEITAI__NOTIFICATION__SERVICE__RETRY__FIRST_SECONDS": "1",
        "LEITAI__NOTIFICATION__SERVICE__RETRY__MOST_SECONDS": "1",
        "LEITAI__WORKER__LEASE_SECONDS": "5",
        "LEITAI__WORKER__LIMITS__LETTERS_PER_MINUTE_PER_DOMAIN": "0",
        "LEITAI__WORKER__TRANSPORT__KIND": "smtp",
        "LEITAI__WORKER__TRANSPORT__SMTP_URL": smtp_url,
    }


class Roles:
    """`copies` of each role, each with its file of `config` where one is given. The second copy of a role follows the second copy of the role
    before it, so that every process matters."""

    def __init__(self, program, directory, databases, settings=None, copies=1, config=None, roles=ROLES):
        self.program, self.databases, self.settings, self.copies, self.config, self.roles = program, databases, settings or {}, copies, config, roles
        self.ports = {(role, copy): free_port() for role in roles if role in SERVICES for copy in range(copies)}
        self.log = open(directory / "roles.log", "ab")
        self.processes, self.turn = {}, itertools.count()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.callback(self.end)
            for role in self.roles:
                for copy in range(self.copies):
                    self.start(role, copy)
            stack.pop_all()
        return self

    def __exit__(self, *error):
        self.end()

    def end(self):
        """Whatever still runs."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.log.close()

    def port(self, service, copy=0):
        return self.ports[service, copy]

    def environment(self, copy=0):
        ports = {role: port for (role, of), port in self.ports.items() if of == copy}
        worker = {"LEITAI__WORKER__WORKER_ID": f"worker{copy}"}
        apart = followed(ports) if len(ports) == len(SERVICES) else {}
        return os.environ | placed(ports, self.databases) | apart | worker | self.settings

    def start(self, role, copy=0):
        configured = ["--config", self.config / f"{role}.toml"] if self.config else []
        command = [self.program, "serve", "--role", role, *configured]
        process = subprocess.Popen(command, env=self.environment(copy), stdout=self.log, stderr=self.log)
        self.processes[role, copy] = process
        if role in SERVICES:
            wait_until(f"{role} {copy} listens", lambda: listens(self.ports[role, copy]) or process.poll() is not None)
            if process.poll() is not None:
                raise RuntimeError(f"{role} {copy} ended at its start")

    def kill(self, role, copy=0):
        self.processes[role, copy].send_signal(signal.SIGKILL)
        self.processes[role, copy].wait()

    def stop(self, *roles):
        """SIGTERM to these, or to all; their exit codes."""
        stopped = {(role, copy): process for (role, copy), process in self.processes.items() if role in (roles or self.roles)}
        for process in stopped.values():
            process.terminate()
        return {key: process.wait(timeout=DEADLINE) for key, process in stopped.items()}

    def leitai(self, *arguments, copy=None):
        """A command to one of the copies, to each in turn where none is given."""
        copy = next(self.turn) % self.copies if copy is None else copy
        return run(self.program, *arguments, environment=self.environment(copy))

    def rows(self, *arguments, copy=None):
        return json.loads(self.leitai(*arguments, "--format", "json", copy=copy))

    def issued(self, copy=None):
        """Periods whose letters exist, where all are sent."""
        letters = self.rows("letters", "list", "--plan", PLAN, copy=copy)
        return {row["period"] for row in letters} if letters and all(row["state"] == "sent" for row in letters) else set()
