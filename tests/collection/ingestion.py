"""One ingestion process of the built program, its command line, and its calls by nothing but reflection."""

import contextlib
import itertools

from reflection import Reflection
from roles import Roles, sqlite

PACKAGE = "leitai.ingestion.v1"


class Ingestion(Roles):
    """`leitai serve --role ingestion` on a database in a directory."""

    def __init__(self, leitai, directory):
        roles = ("ingestion",)
        super().__init__(leitai, directory, sqlite(directory, roles), roles=roles)
        self.foreign = Reflection(self.port("ingestion"))
        self.requests = itertools.count(1)

    def __enter__(self):
        super().__enter__()
        with contextlib.ExitStack() as stack:
            stack.callback(self.end)
            stack.enter_context(self.foreign)
            self.opened = stack.pop_all()
        return self

    def __exit__(self, *error):
        self.opened.close()

    def call(self, service, method, **fields):
        """A unary call; the answer as a dictionary, every field present."""
        return self.foreign.call(f"{PACKAGE}.{service}", method, **fields)

    def write(self, service, method, **fields):
        return self.call(service, method, request_id=f"request-{next(self.requests)}", **fields)

    def pages(self, service, method, rows, **fields):
        """Every row of a list."""
        return self.foreign.pages(f"{PACKAGE}.{service}", method, rows, **fields)

    def submit(self, name, content, submitter, plan, **fields):
        """The answer to a file: its report, and its first items."""
        file = {"name": name, "content": content}
        return self.write("ReportService", "SubmitReport", plan_id=plan, submitter=submitter, file=file, **fields)
