"""A PostgreSQL of its own whose write-ahead log is kept: all three stores are restored to one moment, the last one in the log that was kept."""

import contextlib
import os
import pathlib
import shlex
import shutil

import stores
from place import LEITAI, Place, as_it_was, begun, copied_under_load, letters_as_they_were
from support import free_port, run, simulated, unprivileged, wait_until


def program(name):
    found = shutil.which(name) or max(map(str, pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), default=None)
    if not found:
        raise RuntimeError(f"{name} is not here: install PostgreSQL's server first")
    return found


@contextlib.contextmanager
def server(owner, data, *settings):
    """Runs the cluster in this directory; its address up to the database's name."""
    port = free_port()
    settings = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", *settings)
    options = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
    control = [*owner, program("pg_ctl"), "-D", data, "-w"]
    run(*control, "-l", f"{data}.log", "-o", options, "start")
    try:
        yield f"postgres://postgres@127.0.0.1:{port}"
    finally:
        run(*control, "-m", "immediate", "stop")


def ask(server, question):
    return run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", f"{server}/postgres", "-c", question).strip()


def from_the_log(directory):
    home = directory / "clusters"
    home.mkdir()
    owner, kept, data, base = unprivileged(home), home / "kept", home / "data", home / "base"
    run(*owner, "mkdir", kept)
    run(*owner, program("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(server(owner, data, "archive_mode=on", f"archive_command=test ! -f {kept}/%f && cp %p {kept}/%f"))
        os.environ["LEITAI_TEST_POSTGRES"] = f"{first}/postgres"
        original = Place(stack, stores.Postgres, directory / "original")
        base_year, year = simulated(LEITAI, directory / "csv")
        begun(original, year[:1], base_year)
        copy = lambda more: run(*owner, program("pg_basebackup"), "-d", f"{first}/postgres", "-D", base, "-X", "none", "-c", "fast")
        _, answered = copied_under_load(original, year[1], copy)
        original.sent(year[:2])
        last = ask(first, "SELECT pg_walfile_name(pg_switch_wal())")
        wait_until("the log is kept", lambda: ask(first, f"SELECT last_archived_wal >= '{last}' FROM pg_stat_archiver") == "t")
        run(*owner, "touch", base / "recovery.signal")
        second = stack.enter_context(server(owner, base, f"restore_command=cp {kept}/%f %p"))
        wait_until("the log is applied", lambda: ask(second, "SELECT pg_is_in_recovery()") == "f")
        restored = Place(stack, stores.Postgres, directory / "restored", {name: url.replace(first, second) for name, url in original.urls.items()})
        letters_as_they_were(restored, original)
        restored.start("ingestion", "evaluation", "worker")
        as_it_was(restored, original, answered)
        for place in (original, restored):
            place.stop()
