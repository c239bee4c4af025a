"""Makes every call that docs/evaluation.md shows, with nothing but reflection, and looks at what each answers."""

import json
import re

import grpc
from google.protobuf import json_format
from reflection import Reflection, dictionary
from support import ROOT

DOCUMENT = ROOT / "docs/evaluation.md"
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
    with Reflection(port) as foreign:
        served = {(service, method) for service in SERVICES for method in foreign.methods(service)}
        examples = EXAMPLE.findall(DOCUMENT.read_text())
        shown = {(service, method) for _, service, method in examples}
        check("every call of evaluation has an example", shown == served, str(shown ^ served))
        for body, service, method in examples:
            try:
                answer = first_answer(foreign, service, method, json.loads(body))
                field = FILLED[method]
                check(f"{method} answers as documented", field is None or bool(answer.get(field)), str(answer)[:300])
            except grpc.RpcError as error:
                check(f"{method} answers as documented", False, f"{error.code()}: {error.details()}")


def first_answer(foreign, service, method, body):
    request, call = foreign.method(service, method)
    answer = call(json_format.ParseDict(body, request()), timeout=10)
    if isinstance(answer, grpc.Call):
        stream, answer = answer, next(answer)
        stream.cancel()
    return dictionary(answer)
