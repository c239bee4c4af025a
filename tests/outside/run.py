#!/usr/bin/env python3
"""Checks the built program from outside: run.py PATH-OF-LEITAI

1. The demo in one process writes letters as files, signed with Ed25519.
2. Four processes, one for each role with its file from deploy/, send the same letters over SMTP to a real server, signed with RSA; dkimpy
   verifies every signature by the record that `leitai worker dkim-record` prints; a foreign gRPC client lists
   verdicts through reflection, without our protos.
3. One process with all roles sends through STARTTLS and a log-in and is stopped in mid-send by SIGTERM: it ends in order and no letter is doubled.
4. Each role is killed with SIGKILL in the middle of a simulated half year and started again: nothing is lost, a doubled letter carries the
   same Message-ID and the same bytes.
5. A case goes from its first letter to its sign-off by command; scenarios try a policy.
6. Sample letters of every tier are read by a foreign mail library and a foreign spreadsheet library.
Prints `N passed, M failed` and exits with 1 where anything failed."""

import asyncio
import email
import email.policy
import json
import logging
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import dkim
import documented_calls
import grpc
import letters
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

# It warns of its own use of its own session at every log-in.
logging.getLogger("mail.log").setLevel(logging.ERROR)
ROOT = pathlib.Path(__file__).resolve().parents[2]
LEITAI = pathlib.Path(sys.argv[1]).resolve()
PLAN = "heilongjiang-county-economy-2025"
WORKBOOK = ROOT / "crates/workbook/data/shaoyang_monthly_2025-03.xlsx"
COUNTIES = "430502,430503,430511,430522,430523,430524,430525,430527,430528,430529,430581,430582"
KEYS = ROOT / "crates/worker/testdata/dkim"
ROLES = ("ingestion", "evaluation", "notification", "worker")
DEADLINE = 120
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


class Mailbox:
    """A real SMTP server that keeps what it takes, each after `delay` seconds; the first `busy` are answered with 451 at the final dot. With a
    certificate it wants STARTTLS and a log-in first."""

    USER, PASSWORD = "leitai", "correct horse"

    def __init__(self, busy=0, delay=0, certificate=None):
        self.taken, self.lock, self.busy, self.delay = [], threading.Lock(), busy, delay
        wanted = {}
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            wanted = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": self.known}
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port(), **wanted)
        self.controller.start()

    def known(self, server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (self.USER.encode(), self.PASSWORD.encode()))

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_DATA(self, server, session, envelope):
        with self.lock:
            if self.busy > 0:
                self.busy -= 1
                return "451 4.3.0 busy, try again"
        await asyncio.sleep(self.delay)
        with self.lock:
            self.taken.append((tuple(envelope.rcpt_tos), envelope.original_content))
        return "250 taken"

    def letters(self):
        with self.lock:
            return list(self.taken)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def dkim_settings(key):
    # A checkout's files are everyone's to read: such a key is refused.
    private = ROOT / "target/outside-keys" / key
    private.parent.mkdir(parents=True, exist_ok=True)
    private.touch(0o600)
    private.write_bytes((KEYS / key).read_bytes())
    return {
        "LEITAI__WORKER__DKIM__DOMAIN": "heilongjiang.example",
        "LEITAI__WORKER__DKIM__SELECTOR": "leitai",
        "LEITAI__WORKER__DKIM__PRIVATE_KEY_FILE": str(private),
    }


def unverified(messages, key):
    """How many of the letters dkimpy does not verify by the record that leitai prints."""
    command = [LEITAI, "worker", "dkim-record"]
    line = subprocess.run(command, env=os.environ | dkim_settings(key), capture_output=True, text=True, check=True).stdout
    name, strings = line.split(" IN TXT ")
    record = "".join(re.findall(r'"([^"]*)"', strings)).encode()

    def dns(asked, timeout=5):
        return record if asked.decode() == name else None

    return sum(not dkim.verify(message, dnsfunc=dns) for message in messages)


class Cluster:
    """Four processes from the files in deploy/; the environment replaces ports and places."""

    def __init__(self, directory, smtp_url):
        ports = {role: free_port() for role in ROLES[:3]}
        url = {role: f"http://127.0.0.1:{port}" for role, port in ports.items()}
        self.endpoints = ports
        self.environment = os.environ | {
            **{f"LEITAI__ENDPOINTS__{role.upper()}": url[role] for role in ports},
            **{f"LEITAI__{role.upper()}__LISTEN": f"127.0.0.1:{port}" for role, port in ports.items()},
            **{f"LEITAI__{role.upper()}__DATABASE": f"sqlite://{directory}/{role}.sqlite?mode=rwc" for role in ports},
            "LEITAI__EVALUATION__SERVICE__INGESTION_ENDPOINT": url["ingestion"],
            "LEITAI__NOTIFICATION__SERVICE__EVALUATION_ENDPOINT": url["evaluation"],
            "LEITAI__NOTIFICATION__SERVICE__INGESTION_ENDPOINT": url["ingestion"],
            "LEITAI__NOTIFICATION__SERVICE__RETRY__FIRST_SECONDS": "1",
            "LEITAI__NOTIFICATION__SERVICE__RETRY__MOST_SECONDS": "1",
            "LEITAI__WORKER__NOTIFICATION_ENDPOINT": url["notification"],
            "LEITAI__WORKER__LEASE_SECONDS": "5",
            "LEITAI__WORKER__TRANSPORT__SMTP_URL": smtp_url,
            # The mailbox stands for many servers and is in no hurry to be spared.
            "LEITAI__WORKER__LIMITS__LETTERS_PER_MINUTE_PER_DOMAIN": "0",
            **dkim_settings("rsa.pkcs1.pem"),
        }
        self.log = open(directory / "roles.log", "ab")
        self.processes = {}
        self.kills = 0
        for role in ROLES:
            self.start(role)

    def start(self, role):
        command = [LEITAI, "serve", "--role", role, "--config", ROOT / "deploy" / f"{role}.toml"]
        self.processes[role] = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)
        if role in self.endpoints:
            wait_until(f"{role} listens", lambda: self.listens(role))

    def listens(self, role):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.endpoints[role])) == 0

    def kill(self, role):
        self.kills += 1
        self.processes[role].send_signal(signal.SIGKILL)
        self.processes[role].wait()

    def stop(self):
        """SIGTERM to all; their exit codes."""
        for process in self.processes.values():
            process.terminate()
        return {role: process.wait(timeout=DEADLINE) for role, process in self.processes.items()}

    def leitai(self, *arguments):
        done = subprocess.run([LEITAI, *arguments], env=self.environment, capture_output=True, text=True, timeout=DEADLINE)
        if done.returncode != 0:
            raise RuntimeError(f"leitai {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def rows(self, *arguments):
        return json.loads(self.leitai(*arguments, "--format", "json"))

    def rounds_issued(self):
        """Periods whose letters exist and are all sent."""
        letters = self.rows("letters", "list", "--plan", PLAN)
        return {row["period"] for row in letters} if letters and all(row["state"] == "sent" for row in letters) else set()


def unlike_only_in_time(message):
    """What must be equal in two runs: everything but the time and day of issue."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    headers = sorted((name, str(value)) for name, value in parsed.items() if name.lower() not in ("date", "content-type", "dkim-signature"))
    day = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
    return headers, [day.sub("DAY", parsed.get_body((kind,)).get_content()) for kind in ("plain", "html")]


def foreign_client(cluster):
    """Lists verdicts with nothing but reflection."""
    channel = grpc.insecure_channel(f"127.0.0.1:{cluster.endpoints['evaluation']}")
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    service = pool.FindServiceByName("leitai.evaluation.v1.EvaluationService")
    method = service.FindMethodByName("ListVerdicts")
    request_type, response_type = (message_factory.GetMessageClass(kind) for kind in (method.input_type, method.output_type))
    call = channel.unary_unary(
        f"/{service.full_name}/{method.name}", request_serializer=request_type.SerializeToString, response_deserializer=response_type.FromString
    )
    verdicts, token = [], ""
    while True:
        request = request_type(plan_id=PLAN, period="2025-M03", page_size=50, page_token=token)
        page = json_format.MessageToDict(call(request, timeout=10), preserving_proto_field_name=True)
        verdicts += page.get("verdicts", [])
        token = page.get("next_page_token", "")
        if not token:
            break
    check("a foreign client lists 12 x 13 verdicts in pages of 50", len(verdicts) == 156, str(len(verdicts)))
    red = [v for v in verdicts if v["light"] == "LIGHT_RED"]
    check("and every red one is below what is expected", red != [] and all(int(v["gap_micros"]) < 0 for v in red))
    try:
        call(request_type(plan_id=PLAN, period="March"), timeout=10)
        check("a wrong period is refused", False)
    except grpc.RpcError as error:
        check("a wrong period is refused", error.code() == grpc.StatusCode.INVALID_ARGUMENT, str(error.code()))
    channel.close()


def sent_again(cluster, mailbox):
    """A letter whose first attempt the server was too busy for: its history, its parts, and a resend on a person's word."""
    letter = next(row for row in cluster.rows("letters", "list", "--plan", PLAN) if row["attempts"] == 2)["letter_id"]
    outcomes = lambda: [row["what"] for row in cluster.rows("letters", "show", letter)]
    check("letters show lists every attempt", outcomes().count("temporary") >= 1 and outcomes()[-1] == "sent", str(outcomes()))
    check("no letter has failed", cluster.rows("letters", "list", "--state", "failed") == [])
    stored = cluster.leitai("letters", "render", letter).replace("\r\n", "\n").replace("\n", "\r\n").encode()
    copies = lambda: [message for _, message in mailbox.letters() if message.endswith(stored)]
    before = len(copies())
    check("what was sent ends with the stored bytes", before > 0, str(before))
    check("its page is HTML", "<html" in cluster.leitai("letters", "render", letter, "--part", "html"))
    order = ("letters", "resend", letter, "--who", "值班员", "--reason", "地址已更正", "--request-id", "once")
    resent = [cluster.rows(*order) for _ in range(2)]
    check("a repeated resend hears the first answer", resent[0] == resent[1] and len(resent[0]) == before, str(resent))
    wait_until("the second copies", lambda: len(copies()) == 2 * before)
    check("a letter sent again is the same bytes, signature included", len(set(copies())) == 1)
    check("and who and why are kept", ("值班员", "地址已更正") in {(row["who"], row["answer"]) for row in cluster.rows("letters", "show", letter)})


def returned(cluster, mailbox, directory):
    """Reports in a Maildir and through a pipe: one names a letter that was sent, the others do not."""
    (recipient,), message = mailbox.letters()[0]
    message_id = email.message_from_bytes(message)["Message-ID"]
    shapes = ROOT / "crates/bounce/testdata"
    report = (shapes / "postfix.eml").read_bytes().replace(b"<county-economy-2025.2025-M03.2025-1@leitai.example>", message_id.encode())
    report = report.replace(b"a@gov.example", recipient.encode())
    maildir = directory / "Maildir"
    for part in ("new", "cur", "tmp"):
        (maildir / part).mkdir(parents=True)
    (maildir / "new/1.report").write_bytes(report)
    (maildir / "new/2.absence").write_bytes((shapes / "absence.eml").read_bytes())
    (maildir / "new/0.endless").write_bytes(report.replace(recipient.encode(), b"a" * 400 + b"@gov.example"))
    read = lambda: cluster.rows("bounces", "read", "--maildir", maildir)
    outcomes = {row["source"]: row["outcome"] for row in read()}
    check("a report bounces its delivery, what is none or out of bounds is named", outcomes == {"0.endless": "left", "1.report": "bounced", "2.absence": "left"}, str(outcomes))
    check("and is left in place", (maildir / "new/2.absence").exists() and (maildir / "cur/1.report:2,S").exists())
    check("a second reading finds no report", [row["outcome"] for row in read()] == ["left", "left"])
    bounced = cluster.rows("letters", "list", "--state", "bounced")
    check("the delivery is listed as bounced", len(bounced) == 1 and bounced[0]["last_answer"].startswith("5.1.1"), str(bounced))

    def pipe(message, **environment):
        command = [LEITAI, "bounces", "pipe", "--format", "json"]
        done = subprocess.run(command, env=cluster.environment | environment, input=message, capture_output=True, timeout=DEADLINE)
        return done.returncode, [row["outcome"] for row in json.loads(done.stdout or "[]")]

    away = {"LEITAI__ENDPOINTS__NOTIFICATION": f"http://127.0.0.1:{free_port()}"}
    foreign = (shapes / "exim.eml").read_bytes()
    check("a pipe tries again while notification is away", pipe(foreign, **away) == (75, []))
    check("a report on a letter of others is kept and changes nothing", pipe(foreign) == (0, ["unknown"]))
    check("and listed for a person", [row["outcome"] for row in cluster.rows("bounces", "list", "--unmatched")] == ["unknown"])
    check("a pipe refuses what is no report", pipe(b"Subject: hello\r\n\r\nhello\r\n")[0] == 65)
    cluster.leitai("letters", "resend", bounced[0]["letter_id"], "--recipient", recipient, "--who", "值班员", "--reason", "邮箱已恢复")
    wait_until("the bounced letter once more", lambda: not cluster.rows("letters", "list", "--state", "bounced"))


def life_of_a_case(cluster, directory):
    """From the first letter to the sign-off, by command: who may do what, and why letters were written."""
    case = next(row for row in cluster.rows("cases", "list", "--plan", PLAN, "--open") if row["indicator_id"].endswith("_growth") and len(row["agencies"]) == 1)
    (evaluator,), county, number = case["agencies"], case["division"] + "县域经济发展专班", case["case_id"]
    province = "黑龙江省县域经济发展专班"

    def act(what, agency, *more):
        return cluster.rows("cases", what, number, "--agency", agency, "--who", "值班员", *more)[0]["state"]

    def refusal(what, agency, *more):
        try:
            return act(what, agency, *more)
        except RuntimeError as error:
            return re.findall(r"\[([A-Z_]+)", str(error))

    measure = ("--measure", "推动项目开工", "--owner", "县发展改革局", "--by", "2099-06-30")
    check("a stranger has no part in a case", refusal("acknowledge", "省教育厅") == ["NOT_YOUR_CASE"])
    check("a measure waits for the acknowledgement", refusal("rectify", county, *measure) == ["NOT_ACKNOWLEDGED"])
    check("the evaluating agency acknowledges", act("acknowledge", evaluator) == "acknowledged")
    check("the county files a measure", act("rectify", county, *measure) == "rectifying")
    check("nobody signs off without data", refusal("sign-off", evaluator) == ["NOT_RECOVERED"])
    check("only the province suspends", refusal("suspend", county, "--until", "2099-01-31", "--reason", "核实") == ["NOT_YOUR_CASE"])
    report = directory / "recovery.csv"
    report.write_text(f"division,indicator,period,value,unit\n{case['division_code']},{case['indicator_id']},2025-M06,99,%\n")
    cluster.leitai("report", "submit", report, "--plan", PLAN, "--submitter", evaluator)
    cluster.leitai("round", "freeze", "--plan", PLAN, "--period", "2025-M06")
    state = lambda: next(row for row in cluster.rows("cases", "list", "--plan", PLAN) if row["case_id"] == number)["state"]
    wait_until("the recovery", lambda: state() == "recovered")
    check("whoever submitted the value does not sign it off", refusal("sign-off", evaluator) == ["OWN_RECOVERY"])
    check("another does", act("sign-off", province) == "signed_off")
    history = [row["change"] for row in cluster.rows("cases", "show", number)]
    check("its history tells all of it", history == ["opened", "told", "acknowledged", "rectification_filed", "recovered", "signed_off"], str(history))
    told = cluster.rows("policy", "explain", number)
    check("and why a letter was written", [(row["change"], row["tier"]) for row in told] in ([("told", "提示")], [("told", "预警")]), str(told))
    silenced = cluster.rows("silences", "create", "--indicator", "gdp_growth", "--until", "2099-12-31", "--reason", "核算改革", "--who", "专班")[0]
    listed = cluster.rows("silences", "list")
    check("a silence is listed until it is ended", [row["silence_id"] for row in listed] == [silenced["silence_id"]])
    cluster.leitai("silences", "end", silenced["silence_id"], "--who", "专班")
    check("and not after", cluster.rows("silences", "list") == [])


def scenarios(directory):
    shipped, policy = ROOT / "crates/notification/scenarios/example.toml", ROOT / "crates/notification/policy/example.toml"
    test = lambda file: subprocess.run([LEITAI, "policy", "test", file], capture_output=True, text=True, timeout=DEADLINE)
    check("the example policy does what its scenarios say", test(shipped).returncode == 0)
    (directory / "milder.toml").write_text(policy.read_text().replace("{ periods = 2 }", "{ periods = 3 }"))
    (directory / "scenarios.toml").write_text('policy = "milder.toml"\n' + shipped.read_text())
    milder = test(directory / "scenarios.toml")
    check("a milder one does not, and the period is named", milder.returncode == 1 and "2025-M06: no letter warning" in milder.stdout, milder.stdout)


def real_quarter(directory):
    files = directory / "demo"
    environment = os.environ | dkim_settings("ed25519.pem")
    done = subprocess.run([LEITAI, "demo", "--dir", files], env=environment, capture_output=True, text=True, timeout=DEADLINE)
    check("leitai demo exits with 0", done.returncode == 0, done.stderr)
    written = [path.read_bytes() for path in (files / "letters").glob("*.eml")]
    expected = sorted(unlike_only_in_time(message) for message in written)
    check("and writes letters", len(expected) > 4, str(len(expected)))
    check("whose Ed25519 signatures dkimpy verifies", unverified(written, "ed25519.pem") == 0)
    check("and none of a changed letter", unverified([message.replace(b"Subject:", b"Subject: x", 1) for message in written], "ed25519.pem") == len(written))

    mailbox = Mailbox(busy=3)
    cluster = Cluster(directory, mailbox.url)
    cluster.leitai("plan", "apply", PLAN, "--counties", COUNTIES)
    cells = cluster.rows("report", "submit", WORKBOOK, "--submitter", "邵阳市统计局")
    check("every cell of the workbook is answered", sum(cell["reason"] in ("accepted", "held") for cell in cells) == 189, str(len(cells)))
    held = cluster.rows("findings", "list", "--open")
    check("one value is held by a rule", [finding["rule"] for finding in held] == ["growth-range"], str(held))
    cluster.leitai("findings", "explain", held[0]["report_id"], "--agency", "邵阳市统计局", "--words", "与月报核对无误")
    check("and explained in words", not cluster.rows("findings", "list", "--open"))
    again = cluster.rows("report", "submit", WORKBOOK, "--submitter", "邵阳市统计局")
    check("the same workbook again is the same report", sum(cell["reason"] == "accepted" for cell in again) == 189)
    reports = cluster.rows("report", "list")
    check("and changes nothing", len(reports) == 1, str(len(reports)))
    cluster.leitai("round", "freeze", "--plan", PLAN, "--period", "2025-M03")
    wait_until("letters", lambda: len(cluster.rounds_issued()) == 1)
    sent = sorted(unlike_only_in_time(message) for _, message in mailbox.letters())
    check("four processes send the same letters by SMTP as one process writes", sent == expected, f"{len(sent)} and {len(expected)}")
    check("with RSA signatures that dkimpy verifies", unverified([message for _, message in mailbox.letters()], "rsa.pkcs1.pem") == 0)
    sent_again(cluster, mailbox)
    returned(cluster, mailbox, directory)
    life_of_a_case(cluster, directory)
    foreign_client(cluster)
    check("SIGTERM ends every role with 0", set(cluster.stop().values()) == {0})


def certificates(directory):
    """An authority's certificate, and a file with a server's certificate and key for `localhost`, all by openssl."""

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=DEADLINE)

    authority, key, request, server = (directory / name for name in ("ca.pem", "ca.key", "server.csr", "server.pem"))
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=authority", "-days", "2", "-keyout", key, "-out", authority)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", directory / "server.key", "-out", request)
    (directory / "names").write_text("subjectAltName=DNS:localhost")
    openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", key, "-days", "2", "-extfile", directory / "names", "-out", server)
    server.write_text(server.read_text() + (directory / "server.key").read_text())
    return authority, server


def samples(directory):
    done = subprocess.run([LEITAI, "letters", "samples", "-o", directory], capture_output=True, text=True, timeout=DEADLINE)
    check("leitai letters samples exits with 0", done.returncode == 0, done.stderr)
    letters.check_all(directory, check)


def stopped(directory):
    authority, certificate = certificates(directory)
    mailbox = Mailbox(delay=0.5, certificate=certificate)
    (directory / "password").write_text(mailbox.PASSWORD + "\n")
    listen = {role: f"127.0.0.1:{free_port()}" for role in ROLES[:3]}
    environment = os.environ | {
        # Longer than this test: what a stopped worker had leased and not begun is sent again only because it gave it back.
        "LEITAI__WORKER__LEASE_SECONDS": "600",
        "LEITAI__WORKER__TRANSPORT__KIND": "smtp",
        "LEITAI__WORKER__TRANSPORT__SMTP_URL": f"smtp+starttls://localhost:{mailbox.controller.port}",
        "LEITAI__WORKER__TRANSPORT__CA_FILE": str(authority),
        "LEITAI__WORKER__TRANSPORT__SMTP_USER": mailbox.USER,
        "LEITAI__WORKER__TRANSPORT__SMTP_PASSWORD_FILE": str(directory / "password"),
        **{f"LEITAI__{role.upper()}__DATABASE": f"sqlite://{directory}/{role}.sqlite?mode=rwc" for role in listen},
        **{f"LEITAI__{role.upper()}__LISTEN": address for role, address in listen.items()},
        **{f"LEITAI__ENDPOINTS__{role.upper()}": f"http://{address}" for role, address in listen.items()},
    }
    log = open(directory / "roles.log", "ab")

    def leitai(*arguments):
        return subprocess.run([LEITAI, *arguments], env=environment, capture_output=True, text=True, timeout=DEADLINE)

    def serve():
        return subprocess.Popen([LEITAI, "serve"], env=environment, stdout=log, stderr=log)

    def letters():
        return json.loads(leitai("letters", "list", "--plan", PLAN, "--format", "json").stdout or "[]")

    process = serve()
    wait_until("serving", lambda: leitai("plan", "list").returncode == 0)
    leitai("plan", "apply", PLAN, "--counties", COUNTIES)
    leitai("report", "submit", WORKBOOK, "--submitter", "邵阳市统计局", "--summary")
    leitai("round", "freeze", "--plan", PLAN, "--period", "2025-M03")
    wait_until("a first letter", mailbox.letters)
    process.terminate()
    check("letters go through OpenSSL's STARTTLS and a log-in", len(mailbox.letters()) > 0)
    check("SIGTERM in mid-send ends all roles with 0", process.wait(timeout=DEADLINE) == 0)
    before = len(mailbox.letters())
    process = serve()
    wait_until("the rest", lambda: letters() and all(row["state"] == "sent" for row in letters()))
    in_all = len(letters())
    process.terminate()
    process.wait(timeout=DEADLINE)
    check("and leaves letters for later", 0 < before < in_all, f"{before} of {in_all}")
    check("and the next start sends just those", len(mailbox.letters()) == in_all, f"{len(mailbox.letters())} of {in_all}")


def killed(directory):
    simulated = directory / "csv"
    subprocess.run([LEITAI, "simulate", simulated], check=True, capture_output=True, timeout=DEADLINE)
    base = sorted(simulated.glob("2024-*.csv"))
    months = sorted(simulated.glob("2025-*.csv"))[:6]

    def run(name, disturb):
        place = directory / name
        place.mkdir()
        mailbox = Mailbox()
        cluster = Cluster(place, mailbox.url)
        cluster.leitai("plan", "apply", PLAN)
        submit = ("--submitter", "模拟器", "--simulated", "--summary")
        for path in base:
            cluster.leitai("report", "submit", path, *submit, "--request-id", path.stem)
        for number, path in enumerate(months):
            disturb(cluster, number, lambda: cluster.leitai("report", "submit", path, *submit, "--request-id", path.stem))
            cluster.leitai("report", "submit", path, *submit, "--request-id", path.stem)
            cluster.leitai("round", "freeze", "--plan", PLAN, "--period", path.stem)
            # Whatever was killed now is killed between the freeze and its letters.
            disturb(cluster, number, None)
        wait_until("all rounds", lambda: cluster.rounds_issued() == {path.stem for path in months})
        if disturb is quietly:
            documented_calls.make_all(cluster.endpoints["evaluation"], check)
        cluster.stop()
        return mailbox.letters(), cluster.kills

    def quietly(cluster, number, submit):
        pass

    def with_kills(cluster, number, submit):
        role = ROLES[number % 4]
        if submit is None:
            cluster.kill(role)
            cluster.start(role)
        elif role == "ingestion":
            thread = threading.Thread(target=lambda: ignore(submit))
            thread.start()
            cluster.kill(role)
            thread.join()
            cluster.start(role)

    def ignore(call):
        try:
            call()
        except RuntimeError:
            pass  # Cut off by the kill: the same request is made again.

    (calm, _), (disturbed, kills) = run("calm", quietly), run("killed", with_kills)
    key = lambda letter: (letter[0], email.message_from_bytes(letter[1])["Message-ID"])
    check("a calm half year sends each letter once", len(calm) == len({key(letter) for letter in calm}), str(len(calm)))
    check("with kills the same letters go to the same recipients", {key(l) for l in calm} == {key(l) for l in disturbed})
    check("a letter sent twice is the same letter", len(set(disturbed)) == len({key(letter) for letter in disturbed}))
    print(f"        {len(calm)} letters, {len(disturbed) - len(calm)} doubled by {kills} kills")
    bodies = lambda letters: {key(l): unlike_only_in_time(l[1]) for l in letters}
    check("and says the same", bodies(calm) == bodies(disturbed))
    check("and is marked as simulated", all("模拟" in unlike_only_in_time(l[1])[1][0] for l in disturbed))


def main():
    with tempfile.TemporaryDirectory(prefix="leitai-outside-") as directory:
        for part in (samples, scenarios, real_quarter, stopped, killed):
            try:
                place = pathlib.Path(directory) / part.__name__
                place.mkdir()
                part(place)
            except Exception as error:  # A part that cannot go on has failed; the others still run.
                check(part.__name__, False, repr(error))
                for log in place.rglob("roles.log"):
                    print(log.read_text()[-3000:])
    print(f"{RESULTS['passed']} passed, {RESULTS['failed']} failed")
    sys.exit(RESULTS["failed"] > 0)


main()
