"""A foreign client: it knows a service by nothing but gRPC reflection."""

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from support import DEADLINE

LARGEST = 64 << 20


class Reflection:
    """The services of one port."""

    def __init__(self, port):
        options = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        self.known = {}

    def __enter__(self):
        grpc.channel_ready_future(self.channel).result(timeout=DEADLINE)
        return self

    def __exit__(self, *error):
        self.channel.close()

    def methods(self, service):
        """Names of a service's methods."""
        return {method.name for method in self.pool.FindServiceByName(service).methods}

    def method(self, service, name):
        """The type of a method's request, and the call."""
        if (service, name) not in self.known:
            found = self.pool.FindServiceByName(service).FindMethodByName(name)
            request, response = (message_factory.GetMessageClass(kind) for kind in (found.input_type, found.output_type))
            codec = {"request_serializer": request.SerializeToString, "response_deserializer": response.FromString}
            kind = self.channel.unary_stream if found.server_streaming else self.channel.unary_unary
            self.known[service, name] = request, kind(f"/{service}/{name}", **codec)
        return self.known[service, name]

    def call(self, service, name, **fields):
        """A unary call; the answer as a dictionary, every field present."""
        request, stub = self.method(service, name)
        return dictionary(stub(request(**fields), timeout=DEADLINE), always_print_fields_with_no_presence=True)

    def pages(self, service, name, rows, page_size=1000, **fields):
        """Every row of a list."""
        found, token = [], ""
        while True:
            page = self.call(service, name, page_size=page_size, page_token=token, **fields)
            found += page[rows]
            token = page["next_page_token"]
            if not token:
                return found


def dictionary(message, **options):
    return json_format.MessageToDict(message, preserving_proto_field_name=True, **options)
