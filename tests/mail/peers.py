"""The other programs of the comparison, each started on loopback in a directory of its own and ended with the process that started it."""

import contextlib
import http.client
import json
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timezone

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from support import end, free_port, listens, process, wait_until

HERE = pathlib.Path(__file__).parent
PERIOD = "2025-M03"
# The worker's manners towards servers, off: all letters go to one server, as fast as they can.
LIMITS = ("LETTERS_PER_CONNECTION", "CONNECTIONS_PER_DOMAIN", "LETTERS_PER_MINUTE_PER_DOMAIN")
NO_LIMITS = {f"LEITAI__WORKER__LIMITS__{limit}": "0" for limit in LIMITS}


def peak_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s*(\d+)", status, re.MULTILINE)[1]) / 1024


# The servers that take the mail.


@contextlib.contextmanager
def recording_sink(directory, port, *faults):
    command = [sys.executable, HERE / "sink.py", "--port", port, "--log", directory / "sink.jsonl", *faults]
    with process(command, directory / "sink.log") as child:
        wait_until("the sink listens", lambda: listens(port))
        yield child


def recorded(directory):
    """The sink's lines."""
    path = directory / "sink.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextlib.contextmanager
def python_sink(directory):
    """Our recording sink, without faults."""
    port = free_port()
    with recording_sink(directory, port):
        yield port, lambda: None


@contextlib.contextmanager
def smtp_sink(directory):
    """Postfix's test server: takes everything and keeps nothing."""
    port = free_port()
    with process(["smtp-sink", "-4", "-u", "nobody", f"127.0.0.1:{port}", "1024"], directory / "smtp-sink.log"):
        wait_until("smtp-sink listens", lambda: listens(port))
        yield port, lambda: None


# service type private unpriv chroot wakeup maxproc command; as Debian's own file has them, without chroot.
MASTER = """
127.0.0.1:@PORT@ inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
MAIN = """
compatibility_level = 3.6
queue_directory = @DIR@/spool
data_directory = @DIR@/data
mail_owner = postfix
myhostname = mx.agency.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = agency.example
virtual_mailbox_base = @DIR@/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:@UID@
virtual_gid_maps = static:@GID@
default_transport = error:nothing leaves this machine
maillog_file = /var/log/@NAME@.log
maillog_file_prefixes = /var
"""


@contextlib.contextmanager
def postfix(directory):
    """A Postfix of our own with its stock settings: every message is queued with fsync and delivered to a maildir; nothing leaves."""
    place = directory / "postfix"
    for name in ("", "etc", "spool", "data", "mail", "etc/dynamicmaps.cf.d", "etc/postfix-files.d"):
        (place / name).mkdir(exist_ok=True)
    for own in (directory, place):
        own.chmod(0o755)  # Postfix's users pass through.
    owner, port, name = pwd.getpwnam("nobody"), free_port(), f"leitai-postfix-{directory.name}"
    pathlib.Path("/etc/aliases").touch()
    for known in ("dynamicmaps.cf", "postfix-files"):
        source = pathlib.Path("/etc/postfix") / known
        (place / "etc" / known).write_text(source.read_text() if source.exists() else "")
    filled = {"@PORT@": str(port), "@DIR@": str(place), "@UID@": str(owner.pw_uid), "@GID@": str(owner.pw_gid), "@NAME@": name}
    for file, text in (("master.cf", MASTER), ("main.cf", MAIN)):
        for mark, value in filled.items():
            text = text.replace(mark, value)
        (place / "etc" / file).write_text(text)
    subprocess.run(["chown", "nobody", place / "mail"], check=True)
    subprocess.run(["chown", "postfix", place / "data"], check=True)
    command = ["postfix", "-c", str(place / "etc")]
    subprocess.run([*command, "start"], check=True, capture_output=True, timeout=60)
    try:
        wait_until("postfix listens", lambda: listens(port))
        empty = lambda: "is empty" in subprocess.run(
            ["postqueue", "-c", str(place / "etc"), "-p"], capture_output=True, text=True, timeout=60
        ).stdout
        # Between two runs: what was taken is delivered, so that the next does not pay for it.
        yield port, lambda: wait_until("postfix has delivered", empty, seconds=300, pause=0.5)
    finally:
        subprocess.run([*command, "stop"], capture_output=True, timeout=60)
        pathlib.Path(f"/var/log/{name}.log").unlink(missing_ok=True)


def smtp_source(port, connections, letters, size):
    """Seconds that Postfix's test client takes for as many messages of this size."""
    begun = time.monotonic()
    command = ["smtp-source", "-s", connections, "-m", letters, "-l", size, "-f", "a@province.example", "-t", "a@agency.example"]
    subprocess.run([*map(str, command), f"127.0.0.1:{port}"], check=True, capture_output=True, timeout=600)
    return time.monotonic() - begun


# Alertmanager: one alert a finding, grouped by county, one mail a group.

TEMPLATE = """{{ define "letter" }}<html><body><h3>{{ .CommonLabels.county }}：{{ .Alerts.Firing | len }}项指标低于序时进度</h3>
<table border="1"><tr><th>指标</th><th>说明</th></tr>
{{ range .Alerts }}<tr><td>{{ .Labels.indicator }}</td><td>{{ .Annotations.text }}</td></tr>
{{ end }}</table></body></html>{{ end }}"""
CONFIGURATION = """
global: {resolve_timeout: 24h, smtp_smarthost: '127.0.0.1:@PORT@', smtp_from: alerts@province.example, smtp_hello: am.example, smtp_require_tls: false}
templates: ['@DIR@/*.tmpl']
route: {receiver: agency, group_by: [county], group_wait: @WAIT@s, group_interval: @INTERVAL@s, repeat_interval: 24h}
receivers:
  - name: agency
    email_configs:
      - to: '{{ .CommonLabels.agency }}@agency.example'
        headers: {Subject: '{{ .CommonLabels.county }} ({{ .Alerts.Firing | len }})'}
        html: '{{ template "letter" . }}'
        text: '{{ range .Alerts }}{{ .Labels.indicator }}: {{ .Annotations.text }}{{ "\\n" }}{{ end }}'
"""


class Alertmanager:
    """One node; `peers` are the ports of a cluster's nodes, its own first."""

    def __init__(self, directory, smtp_port, group_wait=10, interval=30, peers=()):
        self.directory, self.port, self.group_wait, self.peers = directory, free_port(), group_wait, peers
        directory.mkdir(exist_ok=True)
        (directory / "letter.tmpl").write_text(TEMPLATE)
        text = CONFIGURATION.replace("@PORT@", str(smtp_port)).replace("@DIR@", str(directory))
        (directory / "am.yml").write_text(text.replace("@WAIT@", str(group_wait)).replace("@INTERVAL@", str(interval)))
        self.child = None
        self.start()

    def start(self):
        command = ["prometheus-alertmanager", f"--config.file={self.directory}/am.yml", f"--storage.path={self.directory}/data"]
        command += [f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]
        own = f"127.0.0.1:{self.peers[0]}" if self.peers else ""
        command += [f"--cluster.listen-address={own}", *(f"--cluster.peer=127.0.0.1:{peer}" for peer in self.peers[1:])]
        with open(self.directory / "am.log", "ab") as log:
            self.child = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until("alertmanager is ready", self.ready)

    def ready(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=2).status == 200
        except OSError:
            return False

    def post(self, alerts):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("POST", "/api/v2/alerts", json.dumps(alerts), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"alertmanager answered {answer.status}: {answer.read()[:200]}")
        connection.close()

    def metric(self, name):
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=20).read().decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name + "{") and '"email"' in line)

    def done(self):
        """Mails that were answered with 250: this count goes up after the answer, notifications_total before the attempt."""
        return self.metric("alertmanager_notification_requests_total") - self.metric("alertmanager_notification_requests_failed_total")

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.child)


def alerts(counties, indicators=13):
    begun = datetime.now(timezone.utc).isoformat()
    return [
        {
            "labels": {"alertname": "behind", "county": f"第{county}县", "indicator": f"指标{n}", "agency": f"a{county}", "period": PERIOD},
            "annotations": {"text": f"第{county}县指标{n}：序时应达5.5%，实际4.1%，差1.4个百分点，第{county + 1}位"},
            "startsAt": begun,
        }
        for county in range(counties)
        for n in range(indicators)
    ]
