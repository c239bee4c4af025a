"""One ingestion process of the built program, its command line, and its calls by nothing but reflection."""

import itertools
import json
import os
import socket
import subprocess
import time

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

PACKAGE = "leitai.ingestion.v1"
DEADLINE = 60
LARGEST = 64 << 20


class Ingestion:
    """`leitai serve --role ingestion` on a database in a directory."""

    def __init__(self, leitai, directory):
        self.leitai, self.directory = leitai, directory
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.environment = os.environ | {
            "LEITAI__INGESTION__LISTEN": f"127.0.0.1:{port}",
            "LEITAI__ENDPOINTS__INGESTION": f"http://127.0.0.1:{port}",
            "LEITAI__INGESTION__DATABASE": f"sqlite://{directory}/ingestion.sqlite?mode=rwc",
        }
        self.log = open(directory / "ingestion.log", "ab")
        command = [leitai, "serve", "--role", "ingestion"]
        self.process = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)
        options = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
        grpc.channel_ready_future(self.channel).result(timeout=DEADLINE)
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        self.requests = itertools.count(1)
        self.methods = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.channel.close()
        self.process.terminate()
        self.process.wait(timeout=DEADLINE)
        self.log.close()

    def run(self, *arguments):
        """A command; its standard output. A failure is a RuntimeError with what it said."""
        done = subprocess.run([self.leitai, *arguments], env=self.environment, capture_output=True, text=True, timeout=DEADLINE)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def rows(self, *arguments):
        return json.loads(self.run(*arguments, "--format", "json"))

    def call(self, service, method, **fields):
        """A unary call; the answer as a dictionary, every field present."""
        if (service, method) not in self.methods:
            found = self.pool.FindServiceByName(f"{PACKAGE}.{service}").FindMethodByName(method)
            request, response = (message_factory.GetMessageClass(kind) for kind in (found.input_type, found.output_type))
            codec = {"request_serializer": request.SerializeToString, "response_deserializer": response.FromString}
            self.methods[service, method] = request, self.channel.unary_unary(f"/{PACKAGE}.{service}/{method}", **codec)
        request, stub = self.methods[service, method]
        answer = stub(request(**fields), timeout=DEADLINE)
        return json_format.MessageToDict(answer, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)

    def write(self, service, method, **fields):
        return self.call(service, method, request_id=f"request-{next(self.requests)}", **fields)

    def pages(self, service, method, rows, **fields):
        """Every row of a list."""
        found, token = [], ""
        while True:
            page = self.call(service, method, page_size=1000, page_token=token, **fields)
            found += page[rows]
            token = page["next_page_token"]
            if not token:
                return found

    def submit(self, name, content, submitter, plan, **fields):
        """The answer to a file: its report, and its first items."""
        file = {"name": name, "content": content}
        return self.write("ReportService", "SubmitReport", plan_id=plan, submitter=submitter, file=file, **fields)
