"""Backups of the services' databases as docs/operations.md says, and what is restored from them."""

import contextlib
import pathlib
import shutil
import sqlite3

import roles
from support import postgres, run


def file_of(url):
    return pathlib.Path(url.removeprefix("sqlite://").partition("?")[0])


class Sqlite:
    """A file for each service, copied by VACUUM INTO."""

    @staticmethod
    @contextlib.contextmanager
    def made(directory):
        yield roles.sqlite(directory)

    @staticmethod
    def back_up(url, target):
        with contextlib.closing(sqlite3.connect(file_of(url))) as database:
            database.execute("VACUUM INTO ?", (str(target),))

    @staticmethod
    def empty(url):
        # A log that is left of the file before would be read as that of the next.
        for beside in ("", "-wal", "-shm"):
            file_of(url).with_name(file_of(url).name + beside).unlink(missing_ok=True)

    @classmethod
    def restore(cls, source, url):
        cls.empty(url)
        shutil.copy(source, file_of(url))

    @staticmethod
    def execute(url, statement):
        with contextlib.closing(sqlite3.connect(file_of(url), timeout=10)) as database, database:
            database.execute(statement)


class Postgres:
    """A database for each service, copied by pg_dump and pg_restore."""

    @staticmethod
    @contextlib.contextmanager
    def made(directory):
        with postgres(f"backup_{directory.name}", roles.SERVICES) as urls:
            yield urls

    @staticmethod
    def back_up(url, target):
        run("pg_dump", "--format=custom", "--file", target, url)

    @classmethod
    def empty(cls, url):
        cls.execute(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    @classmethod
    def restore(cls, source, url):
        cls.empty(url)
        run("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--dbname", url, source)

    @staticmethod
    def execute(url, statement):
        run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement)


KINDS = {"sqlite": Sqlite, "postgres": Postgres}


def put_back(store, urls, directory, services=roles.SERVICES):
    for service in services:
        store.restore(directory / service, urls[service])


def back_up(store, urls, directory, between=lambda: None):
    """The follower before what it follows: so no cursor points behind the end of the log that it is a place in."""
    directory.mkdir()
    for service in reversed(roles.SERVICES):
        store.back_up(urls[service], directory / service)
        between()
