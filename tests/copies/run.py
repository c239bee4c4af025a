#!/usr/bin/env python3
"""Two of each role on one PostgreSQL: run.py PATH-OF-LEITAI [--pgbouncer PATH-OF-PGBOUNCER]

LEITAI_TEST_POSTGRES names a server on which databases may be made. One of each role runs a simulated half year; then two of each run it on other
databases while one or the other is killed and started again. Both must send the same letters, and say how long the survivor took to
go on. With --pgbouncer every service goes through a PgBouncer (1.21 or newer: older
ones know no prepared statements) in transaction mode. Prints `N passed, M failed` and exits with 1 where
anything failed."""

import email
import email.policy
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from aiosmtpd.controller import Controller

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEITAI = pathlib.Path(sys.argv[1]).resolve()
SERVER = urllib.parse.urlsplit(os.environ["LEITAI_TEST_POSTGRES"])
PLAN = "heilongjiang-county-economy-2025"
SERVICES = ("ingestion", "evaluation", "notification")
ROLES = (*SERVICES, "worker")
DEADLINE = 180
RESULTS = {"passed": 0, "failed": 0}


def check(what, good, detail=""):
    RESULTS["passed" if good else "failed"] += 1
    print(("ok      " if good else "FAILED  ") + what + (f": {detail}" if detail and not good else ""), flush=True)


def wait_until(what, true):
    """Waits for an event, with a bound; the poll is no test of time."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = true()
        if value:
            return value
        time.sleep(0.05)
    raise TimeoutError(f"{what}: not within {DEADLINE} s")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Mailbox:
    """A real SMTP server that keeps what it takes."""

    def __init__(self):
        self.taken, self.lock = [], threading.Lock()
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self.controller.start()

    async def handle_DATA(self, server, session, envelope):
        with self.lock:
            self.taken.append((tuple(envelope.rcpt_tos), envelope.original_content))
        return "250 taken"

    def letters(self):
        with self.lock:
            return list(self.taken)


class PgBouncer:
    """Transaction mode, as a pool of a few server connections for all."""

    def __init__(self, program, directory):
        self.port = free_port()
        user = SERVER.username or "postgres"
        (directory / "users.txt").write_text(f'"{user}" ""\n')
        (directory / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={SERVER.hostname} port={SERVER.port} user={user}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"auth_type = any\nauth_file = {directory}/users.txt\npool_mode = transaction\ndefault_pool_size = 8\nmax_prepared_statements = 200\nmax_client_conn = 400\n"
            f"logfile = {directory}/pgbouncer.log\nunix_socket_dir =\nignore_startup_parameters = extra_float_digits,options\nadmin_users = {user}\n"
        )
        # It refuses to run as root, as the server does.
        as_user = ["setpriv", "--reuid=leitai-test", f"--regid={group('leitai-test')}", "--clear-groups"] if os.getuid() == 0 else []
        if as_user:
            shutil.chown(directory, "leitai-test")
        self.process = subprocess.Popen([*as_user, program, "-q", directory / "pgbouncer.ini"])
        wait_until("pgbouncer listens", lambda: listens(self.port))


def group(user):
    return subprocess.run(["id", "-g", user], capture_output=True, text=True, check=True).stdout.strip()


def psql(statement):
    subprocess.run(["psql", "-qAtX", "-d", os.environ["LEITAI_TEST_POSTGRES"], "-c", statement], check=True, stdout=subprocess.DEVNULL)


class Copies:
    """`copies` of each role. The second copy of a role follows the second copy of the role before it, so that every process matters."""

    def __init__(self, directory, name, copies, mailbox, port):
        self.copies, self.directory = copies, directory
        self.ports = {(role, copy): free_port() for role in SERVICES for copy in range(copies)}
        self.databases = {role: f"leitai_{name}_{role}_{os.getpid()}" for role in SERVICES}
        for database in self.databases.values():
            psql(f"CREATE DATABASE {database}")
        account = f"{SERVER.username or 'postgres'}" + (f":{SERVER.password}" if SERVER.password else "")
        self.common = os.environ | {
            "LEITAI__LOG__FILTER": "info",
            **{f"LEITAI__{role.upper()}__DATABASE": f"postgres://{account}@127.0.0.1:{port}/{self.databases[role]}" for role in SERVICES},
            "LEITAI__NOTIFICATION__SERVICE__CHARTS": "false",
            "LEITAI__NOTIFICATION__SERVICE__RETRY__FIRST_SECONDS": "1",
            "LEITAI__NOTIFICATION__SERVICE__RETRY__MOST_SECONDS": "1",
            "LEITAI__WORKER__LEASE_SECONDS": "5",
            "LEITAI__WORKER__TRANSPORT__KIND": "smtp",
            "LEITAI__WORKER__TRANSPORT__SMTP_URL": f"smtp://127.0.0.1:{mailbox.controller.port}",
            "LEITAI__WORKER__LIMITS__LETTERS_PER_MINUTE_PER_DOMAIN": "0",
        }
        self.log = open(directory / f"{name}.log", "ab")
        self.processes, self.turn = {}, itertools.count()
        for role in ROLES:
            for copy in range(copies):
                self.start(role, copy)

    def environment(self, copy):
        url = {role: f"http://127.0.0.1:{self.ports[role, copy]}" for role in SERVICES}
        return self.common | {
            **{f"LEITAI__ENDPOINTS__{role.upper()}": url[role] for role in SERVICES},
            **{f"LEITAI__{role.upper()}__LISTEN": url[role].removeprefix("http://") for role in SERVICES},
            "LEITAI__EVALUATION__SERVICE__INGESTION_ENDPOINT": url["ingestion"],
            "LEITAI__NOTIFICATION__SERVICE__EVALUATION_ENDPOINT": url["evaluation"],
            "LEITAI__WORKER__NOTIFICATION_ENDPOINT": url["notification"],
            "LEITAI__WORKER__WORKER_ID": f"worker{copy}",
        }

    def start(self, role, copy):
        command = [LEITAI, "serve", "--role", role]
        self.processes[role, copy] = subprocess.Popen(command, env=self.environment(copy), stdout=self.log, stderr=self.log)
        if role in SERVICES:
            wait_until(f"{role} {copy} listens", lambda: listens(self.ports[role, copy]) or self.processes[role, copy].poll() is not None)
            if self.processes[role, copy].poll() is not None:
                raise RuntimeError(f"{role} {copy} ended at its start")

    def kill(self, role, copy):
        self.processes[role, copy].send_signal(signal.SIGKILL)
        self.processes[role, copy].wait()

    def stop(self):
        for process in self.processes.values():
            process.terminate()
        codes = {key: process.wait(timeout=DEADLINE) for key, process in self.processes.items()}
        for database in self.databases.values():
            psql(f"DROP DATABASE {database} WITH (FORCE)")
        return codes

    def leitai(self, *arguments, copy=None):
        """Asks the copies in turn."""
        copy = next(self.turn) % self.copies if copy is None else copy
        done = subprocess.run([LEITAI, *arguments], env=self.environment(copy), capture_output=True, text=True, timeout=DEADLINE)
        if done.returncode != 0:
            raise RuntimeError(f"leitai {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def rows(self, *arguments, copy=None):
        return json.loads(self.leitai(*arguments, "--format", "json", copy=copy))

    def issued(self, copy=None):
        """Periods whose letters exist, where all are sent."""
        letters = self.rows("letters", "list", "--plan", PLAN, copy=copy)
        return {row["period"] for row in letters} if letters and all(row["state"] == "sent" for row in letters) else set()


def half_year(directory, name, copies, port, months, base, disturb):
    mailbox = Mailbox()
    roles = Copies(directory, name, copies, mailbox, port)
    roles.leitai("plan", "apply", PLAN)
    options = ("--submitter", "模拟器", "--simulated", "--summary")
    for path in base:
        roles.leitai("report", "submit", path, *options, "--request-id", path.stem)
    for number, path in enumerate(months):
        # The same request at every copy at once: it is one report.
        threads = [threading.Thread(target=roles.leitai, args=("report", "submit", path, *options, "--request-id", path.stem), kwargs={"copy": copy}) for copy in range(copies)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        disturb(roles, number, path.stem)
    periods = {path.stem for path in months}
    wait_until("all rounds are issued and sent", lambda: roles.issued() == periods)
    standings = [ranking(roles, months[-1].stem, copy) for copy in range(copies)]
    check(f"{name}: every copy ranks the same", all(one == standings[0] for one in standings))
    codes = roles.stop()
    check(f"{name}: SIGTERM ends every role with 0", set(codes.values()) == {0}, str(codes))
    return mailbox.letters(), standings[0]


def ranking(roles, period, copy):
    """A copy that has just started again answers once it has read the values."""

    def ask():
        try:
            return roles.rows("standings", "list", "--plan", PLAN, "--period", period, copy=copy)
        except RuntimeError as error:
            if "CATCHING_UP" not in str(error):
                raise
            return None

    return wait_until(f"copy {copy} is ready", ask)


def key(letter):
    return letter[0], email.message_from_bytes(letter[1])["Message-ID"]


def freeze(roles, number, period):
    roles.leitai("round", "freeze", "--plan", PLAN, "--period", period)


def freeze_and_kill(roles, number, period):
    """Kills the copy that this month's data and freeze went through, of one role after the other, and asks the survivor."""
    role, victim = ROLES[number % 4], number % 2
    survivor = 1 - victim
    roles.leitai("round", "freeze", "--plan", PLAN, "--period", period, copy=victim)
    roles.kill(role, victim)
    begun = time.monotonic()
    # The chain of the other copy goes on by itself: no process of it was touched.
    wait_until(f"the letters of {period}", lambda: period in roles.issued(copy=survivor))
    print(f"        {role} {victim} killed after the freeze of {period}: letters sent {time.monotonic() - begun:.1f} s later")
    roles.start(role, victim)


def main():
    with tempfile.TemporaryDirectory(prefix="leitai-copies-") as place:
        directory = pathlib.Path(place)
        port, bouncer = SERVER.port or 5432, None
        if sys.argv[2:3] == ["--pgbouncer"]:
            (directory / "bouncer").mkdir()
            directory.chmod(0o755)
            bouncer = PgBouncer(sys.argv[3], directory / "bouncer")
            port = bouncer.port
        simulated = directory / "csv"
        subprocess.run([LEITAI, "simulate", simulated], check=True, capture_output=True, timeout=DEADLINE)
        base, months = sorted(simulated.glob("2024-*.csv")), sorted(simulated.glob("2025-*.csv"))[:6]
        try:
            one, ranked = half_year(directory, "one", 1, port, months, base, freeze)
            two, ranked_by_two = half_year(directory, "two", 2, port, months, base, freeze_and_kill)
            check("one of each sends every letter once", len(one) == len({key(letter) for letter in one}), str(len(one)))
            check("two of each send the same letters", {key(letter) for letter in one} == {key(letter) for letter in two}, f"{len(one)} and {len(two)}")
            check("a letter sent twice is the same letter", len(set(two)) == len({key(letter) for letter in two}))
            check("and rank the same", ranked == ranked_by_two)
            print(f"        {len(one)} letters, {len(two) - len(one)} doubled by {len(months)} kills")
        except Exception as error:
            check("the run", False, repr(error))
            for log in directory.glob("*.log"):
                print(log.read_text()[-3000:])
        finally:
            if bouncer:
                if RESULTS["failed"]:
                    print((directory / "bouncer/pgbouncer.log").read_text()[-1500:])
                bouncer.process.terminate()
    print(f"{RESULTS['passed']} passed, {RESULTS['failed']} failed")
    sys.exit(RESULTS["failed"] > 0)


main()
