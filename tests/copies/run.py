#!/usr/bin/env python3
"""Two of each role on one PostgreSQL: run.py PATH-OF-LEITAI [--pgbouncer PATH-OF-PGBOUNCER]

LEITAI_TEST_POSTGRES names a server on which databases may be made. One of each role runs a simulated half year; then two of each run it on other
databases while one or the other is killed and started again. Both must send the same letters, and say how long the survivor took to
go on. With --pgbouncer every service goes through a PgBouncer (1.21 or newer: older
ones know no prepared statements) in transaction mode. Prints `N passed, M failed` and exits with 1 where
anything failed."""

import contextlib
import pathlib
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from letterbox import Mailbox, key
from roles import ROLES, SERVICES, Roles, sending
from support import PLAN, check, finish, free_port, listens, part, postgres, postgres_server, simulated, unprivileged, wait_until

LEITAI = pathlib.Path(sys.argv[1]).resolve()
SETTINGS = {"LEITAI__LOG__FILTER": "info", "LEITAI__NOTIFICATION__SERVICE__CHARTS": "false"}


@contextlib.contextmanager
def pgbouncer(program, directory):
    """Transaction mode, as a pool of a few server connections for all; its port."""
    port, server = free_port(), postgres_server()
    user = server.username or "postgres"
    (directory / "users.txt").write_text(f'"{user}" ""\n')
    (directory / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={server.hostname} port={server.port} user={user}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"auth_type = any\nauth_file = {directory}/users.txt\npool_mode = transaction\ndefault_pool_size = 8\nmax_prepared_statements = 200\nmax_client_conn = 400\n"
        f"logfile = {directory}/pgbouncer.log\nunix_socket_dir =\nignore_startup_parameters = extra_float_digits,options\nadmin_users = {user}\n"
    )
    process = subprocess.Popen([*unprivileged(directory), program, "-q", directory / "pgbouncer.ini"])
    try:
        wait_until("pgbouncer listens", lambda: listens(port))
        yield port
    finally:
        process.terminate()
        process.wait()


def half_year(directory, copies, port, months, base, disturb):
    """The letters of a half year, and its last ranking."""
    name = directory.name
    with Mailbox() as mailbox, postgres(name, SERVICES, port) as databases:
        with Roles(LEITAI, directory, databases, sending(mailbox.url) | SETTINGS, copies) as roles:
            roles.leitai("plan", "apply", PLAN)
            options = ("--submitter", "模拟器", "--simulated", "--summary")
            for path in base:
                roles.leitai("report", "submit", path, *options, "--request-id", path.stem)
            for number, path in enumerate(months):
                # The same request at every copy at once: it is one report.
                submit = lambda copy: roles.leitai("report", "submit", path, *options, "--request-id", path.stem, copy=copy)
                with ThreadPoolExecutor(copies) as pool:
                    list(pool.map(submit, range(copies)))
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


def compare(directory):
    with contextlib.ExitStack() as stack:
        port = None
        if sys.argv[2:3] == ["--pgbouncer"]:
            (directory / "bouncer").mkdir()
            port = stack.enter_context(pgbouncer(sys.argv[3], directory / "bouncer"))
        base, year = simulated(LEITAI, directory / "csv")
        places = [directory / name for name in ("one", "two")]
        for place in places:
            place.mkdir()
        one, ranked = half_year(places[0], 1, port, year[:6], base, freeze)
        two, ranked_by_two = half_year(places[1], 2, port, year[:6], base, freeze_and_kill)
    check("one of each sends every letter once", len(one) == len({key(letter) for letter in one}), str(len(one)))
    check("two of each send the same letters", {key(letter) for letter in one} == {key(letter) for letter in two}, f"{len(one)} and {len(two)}")
    check("a letter sent twice is the same letter", len(set(two)) == len({key(letter) for letter in two}))
    check("and rank the same", ranked == ranked_by_two)
    print(f"        {len(one)} letters, {len(two) - len(one)} doubled by 6 kills")


def main():
    with tempfile.TemporaryDirectory(prefix="leitai-copies-") as place, part("copies", pathlib.Path(place)) as directory:
        compare(directory)
    finish()


main()
