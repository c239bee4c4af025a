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

import email
import email.policy
import json
import logging
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import dkim
import documented_calls
import grpc
import letters
from letterbox import Mailbox, key
from reflection import Reflection
from roles import ROLES, SERVICES, Roles, placed, sending, sqlite
from support import DEADLINE, PLAN, ROOT, check, finish, free_port, part, process, run, simulated, wait_until

# It warns of its own use of its own session at every log-in.
logging.getLogger("mail.log").setLevel(logging.ERROR)
LEITAI = pathlib.Path(sys.argv[1]).resolve()
WORKBOOK = ROOT / "crates/workbook/data/shaoyang_monthly_2025-03.xlsx"
COUNTIES = "430502,430503,430511,430522,430523,430524,430525,430527,430528,430529,430581,430582"
KEYS = ROOT / "crates/worker/testdata/dkim"


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
    line = run(LEITAI, "worker", "dkim-record", environment=os.environ | dkim_settings(key))
    name, strings = line.split(" IN TXT ")
    record = "".join(re.findall(r'"([^"]*)"', strings)).encode()

    def dns(asked, timeout=5):
        return record if asked.decode() == name else None

    return sum(not dkim.verify(message, dnsfunc=dns) for message in messages)


def cluster(directory, mailbox):
    """Four processes from the files in deploy/; the environment replaces ports and places."""
    settings = sending(mailbox.url) | dkim_settings("rsa.pkcs1.pem")
    return Roles(LEITAI, directory, sqlite(directory), settings, config=ROOT / "deploy")


def unlike_only_in_time(message):
    """What must be equal in two runs: everything but the time and day of issue."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    headers = sorted((name, str(value)) for name, value in parsed.items() if name.lower() not in ("date", "content-type", "dkim-signature"))
    day = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
    return headers, [day.sub("DAY", parsed.get_body((kind,)).get_content()) for kind in ("plain", "html")]


def foreign_client(cluster):
    """Lists verdicts with nothing but reflection."""
    asked = ("leitai.evaluation.v1.EvaluationService", "ListVerdicts")
    with Reflection(cluster.port("evaluation")) as foreign:
        verdicts = foreign.pages(*asked, "verdicts", page_size=50, plan_id=PLAN, period="2025-M03")
        check("a foreign client lists 12 x 13 verdicts in pages of 50", len(verdicts) == 156, str(len(verdicts)))
        red = [v for v in verdicts if v["light"] == "LIGHT_RED"]
        check("and every red one is below what is expected", red != [] and all(int(v["gap_micros"]) < 0 for v in red))
        try:
            foreign.call(*asked, plan_id=PLAN, period="March")
            check("a wrong period is refused", False)
        except grpc.RpcError as error:
            check("a wrong period is refused", error.code() == grpc.StatusCode.INVALID_ARGUMENT, str(error.code()))


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
        done = subprocess.run(command, env=cluster.environment() | environment, input=message, capture_output=True, timeout=DEADLINE)
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

    with Mailbox(busy=3) as mailbox, cluster(directory, mailbox) as roles:
        four_processes(roles, mailbox, directory, expected)


def four_processes(cluster, mailbox, directory, expected):
    """Sends what one process wrote, and lives on with it."""
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
    wait_until("letters", lambda: len(cluster.issued()) == 1)
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
        run("openssl", *arguments)

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
    (directory / "password").write_text(Mailbox.PASSWORD + "\n")
    with Mailbox(delay=0.5, certificate=certificate) as mailbox:
        environment = os.environ | placed({role: free_port() for role in SERVICES}, sqlite(directory)) | {
            # Longer than this test: what a stopped worker had leased and not begun is sent again only because it gave it back.
            "LEITAI__WORKER__LEASE_SECONDS": "600",
            "LEITAI__WORKER__TRANSPORT__KIND": "smtp",
            "LEITAI__WORKER__TRANSPORT__SMTP_URL": f"smtp+starttls://localhost:{mailbox.port}",
            "LEITAI__WORKER__TRANSPORT__CA_FILE": str(authority),
            "LEITAI__WORKER__TRANSPORT__SMTP_USER": mailbox.USER,
            "LEITAI__WORKER__TRANSPORT__SMTP_PASSWORD_FILE": str(directory / "password"),
        }

        def leitai(*arguments):
            return subprocess.run([LEITAI, *arguments], env=environment, capture_output=True, text=True, timeout=DEADLINE)

        def serve():
            return process([LEITAI, "serve"], directory / "roles.log", env=environment)

        def letters():
            return json.loads(leitai("letters", "list", "--plan", PLAN, "--format", "json").stdout or "[]")

        with serve() as first:
            wait_until("serving", lambda: leitai("plan", "list").returncode == 0)
            leitai("plan", "apply", PLAN, "--counties", COUNTIES)
            leitai("report", "submit", WORKBOOK, "--submitter", "邵阳市统计局", "--summary")
            leitai("round", "freeze", "--plan", PLAN, "--period", "2025-M03")
            wait_until("a first letter", mailbox.letters)
            first.terminate()
            check("letters go through OpenSSL's STARTTLS and a log-in", len(mailbox.letters()) > 0)
            check("SIGTERM in mid-send ends all roles with 0", first.wait(timeout=DEADLINE) == 0)
        before = len(mailbox.letters())
        with serve():
            wait_until("the rest", lambda: letters() and all(row["state"] == "sent" for row in letters()))
            in_all = len(letters())
        check("and leaves letters for later", 0 < before < in_all, f"{before} of {in_all}")
        check("and the next start sends just those", len(mailbox.letters()) == in_all, f"{len(mailbox.letters())} of {in_all}")


def killed(directory):
    base, year = simulated(LEITAI, directory / "csv")
    months = year[:6]

    def half_year(name, disturb):
        place = directory / name
        place.mkdir()
        with Mailbox() as mailbox, cluster(place, mailbox) as roles:
            roles.leitai("plan", "apply", PLAN)
            submit = ("--submitter", "模拟器", "--simulated", "--summary")
            for path in base:
                roles.leitai("report", "submit", path, *submit, "--request-id", path.stem)
            for number, path in enumerate(months):
                disturb(roles, number, lambda: roles.leitai("report", "submit", path, *submit, "--request-id", path.stem))
                roles.leitai("report", "submit", path, *submit, "--request-id", path.stem)
                roles.leitai("round", "freeze", "--plan", PLAN, "--period", path.stem)
                # Whatever was killed now is killed between the freeze and its letters.
                disturb(roles, number, None)
            wait_until("all rounds", lambda: roles.issued() == {path.stem for path in months})
            if disturb is quietly:
                documented_calls.make_all(roles.port("evaluation"), check)
            roles.stop()
            return mailbox.letters()

    def quietly(cluster, number, submit):
        pass

    kills = 0

    def with_kills(cluster, number, submit):
        nonlocal kills
        role = ROLES[number % 4]
        if submit is None:
            cluster.kill(role)
        elif role == "ingestion":
            with ThreadPoolExecutor(1) as pool:
                cut_off = pool.submit(submit)
                cluster.kill(role)
            # The same request is made again.
            if cut_off.exception() and not isinstance(cut_off.exception(), RuntimeError):
                raise cut_off.exception()
        else:
            return
        kills += 1
        cluster.start(role)

    calm, disturbed = half_year("calm", quietly), half_year("killed", with_kills)
    check("a calm half year sends each letter once", len(calm) == len({key(letter) for letter in calm}), str(len(calm)))
    check("with kills the same letters go to the same recipients", {key(l) for l in calm} == {key(l) for l in disturbed})
    check("a letter sent twice is the same letter", len(set(disturbed)) == len({key(letter) for letter in disturbed}))
    print(f"        {len(calm)} letters, {len(disturbed) - len(calm)} doubled by {kills} kills")
    bodies = lambda letters: {key(l): unlike_only_in_time(l[1]) for l in letters}
    check("and says the same", bodies(calm) == bodies(disturbed))
    check("and is marked as simulated", all("模拟" in unlike_only_in_time(l[1])[1][0] for l in disturbed))


def main():
    with tempfile.TemporaryDirectory(prefix="leitai-outside-") as directory:
        for one in (samples, scenarios, real_quarter, stopped, killed):
            with part(one.__name__, pathlib.Path(directory)) as place:
                one(place)
    finish()


main()
