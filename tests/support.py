"""What the tests from outside share: outcomes, waiting for an event, ports, commands, and databases of their own."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
PLAN = "heilongjiang-county-economy-2025"
DEADLINE = 120
RESULTS = {"passed": 0, "failed": 0}


def check(what, good, detail=""):
    RESULTS["passed" if good else "failed"] += 1
    print(("ok      " if good else "FAILED  ") + what + (f": {detail}" if detail and not good else ""), flush=True)


@contextlib.contextmanager
def part(name, directory):
    """A directory for a part of the checks. A part that cannot go on has failed, with the end of its logs; the others still run."""
    place = directory / name
    place.mkdir()
    try:
        yield place
    except Exception as error:
        check(name, False, repr(error))
        for log in sorted(place.rglob("*.log")):
            print(log.read_text(errors="replace")[-3000:])


def finish():
    """Ends the program: 1 where anything failed."""
    print(f"{RESULTS['passed']} passed, {RESULTS['failed']} failed")
    sys.exit(RESULTS["failed"] > 0)


def wait_until(what, true, seconds=DEADLINE, pause=0.05):
    """Waits for an event, with a bound; the poll is no test of time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = true()
        if value:
            return value
        time.sleep(pause)
    raise TimeoutError(f"{what}: not within {seconds} s")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run(program, *arguments, environment=None, seconds=DEADLINE):
    """A command's standard output; a failure is a RuntimeError with what it said."""
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, timeout=seconds)
    if done.returncode != 0:
        raise RuntimeError(f"{pathlib.Path(program).name} {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


@contextlib.contextmanager
def process(command, log, **options):
    """A child that is asked to end, and made to after 15 s."""
    with open(log, "ab") as out:
        child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out, stdin=subprocess.DEVNULL, **options)
    try:
        yield child
    finally:
        end(child)


def end(child):
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def simulated(program, directory):
    """The simulated year as files: those of the year before, and those of the plan's year."""
    run(program, "simulate", directory)
    return sorted(directory.glob("2024-*.csv")), sorted(directory.glob("2025-*.csv"))


def unprivileged(*directories):
    """The words before a command that refuses to run as root, as PostgreSQL and PgBouncer do; the directories are that user's then."""
    if os.getuid() != 0:
        return []
    for directory in directories:
        shutil.chown(directory, "leitai-test")
        for passed in (directory, *directory.parents):
            if not passed.stat().st_mode & 0o001:
                passed.chmod(0o755)
    return ["setpriv", "--reuid=leitai-test", f"--regid={run('id', '-g', 'leitai-test').strip()}", "--clear-groups"]


def postgres_server():
    """The server on which databases may be made."""
    return urllib.parse.urlsplit(os.environ["LEITAI_TEST_POSTGRES"])


def psql(statement):
    run("psql", "-qAtX", "-d", os.environ["LEITAI_TEST_POSTGRES"], "-c", statement)


@contextlib.contextmanager
def postgres(name, services, port=None):
    """A database for each service, dropped afterwards: their addresses, by another port of this machine where one is given."""
    server, names = postgres_server(), {service: f"leitai_{name}_{service}_{os.getpid()}" for service in services}
    place = server.netloc if port is None else f"{server.netloc.rpartition('@')[0] or 'postgres'}@127.0.0.1:{port}"
    with contextlib.ExitStack() as stack:
        for database in names.values():
            psql(f"CREATE DATABASE {database}")
            stack.callback(psql, f"DROP DATABASE {database} WITH (FORCE)")
        yield {service: f"postgres://{place}/{database}" for service, database in names.items()}
