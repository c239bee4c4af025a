"""Makes every call that docs/evaluation.md shows, with nothing but reflection, and looks at what each answers."""

import json
import pathlib
import re

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/evaluation.md"
SERVICES = ("leitai.evaluation.v1.EvaluationService", "leitai.evaluation.v1.AnalysisService")
EXAMPLE = re.compile(r"^grpcurl [^\n]*-d '([^']*)' \\\n +127\.0\.0\.1:7102 ([\w.]+)/(\w+)$", re.MULTILINE)
# The list that an answer must not leave empty; None where an empty one is right: nothing was revised.
FILLED = {
    "GetVerdict": "verdict",
    "ListVerdicts": "verdicts",
    "ListStandings": "standings",
    "ListEvaluatedRounds": "rounds",
    "WatchFindings": None,
    "GetDossier": "contributions",
    "SupposeValues": "verdicts",
    "ListProvincialResults": "results",
    "ListSignals": "signals",
    "ListRevisionEffects": None,
    "GetRound": "round",
}


def make_all(port, check):
    """Calls `check(what, good, detail)` for each example, and for the list of examples being whole."""
    options = [("grpc.max_receive_message_length", 32 << 20)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        served = {(name, method.name) for name in SERVICES for method in pool.FindServiceByName(name).methods}
        examples = EXAMPLE.findall(DOCUMENT.read_text())
        shown = {(service, method) for _, service, method in examples}
        check("every call of evaluation has an example", shown == served, str(shown ^ served))
        for body, service, method in examples:
            try:
                answer = call(channel, pool.FindServiceByName(service).FindMethodByName(method), json.loads(body))
                field = FILLED[method]
                check(f"{method} answers as documented", field is None or bool(answer.get(field)), str(answer)[:300])
            except grpc.RpcError as error:
                check(f"{method} answers as documented", False, f"{error.code()}: {error.details()}")


def call(channel, method, body):
    request_type, response_type = (message_factory.GetMessageClass(kind) for kind in (method.input_type, method.output_type))
    path = f"/{method.containing_service.full_name}/{method.name}"
    codec = {"request_serializer": request_type.SerializeToString, "response_deserializer": response_type.FromString}
    request = json_format.ParseDict(body, request_type())
    if method.server_streaming:
        stream = channel.unary_stream(path, **codec)(request, timeout=10)
        answer = next(stream)
        stream.cancel()
    else:
        answer = channel.unary_unary(path, **codec)(request, timeout=10)
    return json_format.MessageToDict(answer, preserving_proto_field_name=True)
