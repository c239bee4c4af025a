"""The simulated year through templates: every agency's template of every period is made by the program, filled by openpyxl from what
`leitai simulate` wrote, and submitted. In each period one agency, drawn by a fixed seed, is late (after the freeze), one corrects its report,
one is returned by the city and sends its report again, one sends its file twice, and one contradicts itself and then
sends what is right. What the program then counts must be what was done."""

import csv
import io
import random
from collections import Counter
from decimal import Decimal

import openpyxl
from support import PLAN, ROOT

KINDS = ("late", "corrected", "returned", "doubled", "contradictory")
SEED = 2025
# Values that a corrected report has wrong at first, or that a contradictory one gives twice.
WRONG = 3
# They owe the same as 人民银行黑龙江省分行 and send what it has sent: nothing new that could be returned.
CO_OWNERS = ("省地方金融管理局", "黑龙江金融监管局")
APPROVER = "哈尔滨市统计局"
RETURNED = "请核实后重报"


class Year:
    """What was done, kept apart from the program: which values must be in force, and what every item must have been answered."""

    def __init__(self, ingestion, directory, periods):
        self.ingestion, self.directory, self.periods = ingestion, directory, periods
        self.simulated = {period: simulated(directory / "year" / f"{period}.csv") for period in periods}
        self.in_force, self.frozen_first, self.revised = {}, {}, 0
        # By kind: files sent, reports made of them, items by reason.
        self.sent, self.reports, self.items = Counter(), Counter(), {}
        self.by_content, self.returned = {}, 0

    def period(self, period):
        out = self.directory / period
        self.ingestion.leitai("report", "template", "--period", period, "-o", out)
        agencies = sorted(path.name.removesuffix(f"-{period}.xlsx") for path in out.iterdir())
        drawn = random.Random(f"{SEED} {period}").sample([agency for agency in agencies if agency not in CO_OWNERS], len(KINDS))
        kinds = dict(zip(drawn, KINDS))
        late = [agency for agency in agencies if kinds.get(agency) == "late"]
        self.frozen = False
        for agency in agencies:
            if agency not in late:
                self.agency(period, agency, kinds.get(agency, "plain"), out / f"{agency}-{period}.xlsx")
        self.ingestion.write("RoundService", "FreezeRound", plan_id=PLAN, period=period)
        self.frozen = True
        for agency in late:
            self.agency(period, agency, "late", out / f"{agency}-{period}.xlsx")

    def agency(self, period, agency, kind, path):
        values = self.simulated[period]
        if kind == "contradictory":
            path = path.with_suffix(".csv")
            self.ingestion.leitai("report", "template", "--period", period, "--agency", agency, "-o", path)
            lines = filled_lines(path, values)
            several = [line for line in lines if line["数值"]][:WRONG]
            others = [line | {"数值": str(Decimal(line["数值"]) + 7)} for line in several]
            self.submit(kind, period, agency, path, written(lines + others), [cell(line) for line in lines + others])
            self.submit(kind, period, agency, path, written(lines), [cell(line) for line in lines])
            return
        content, cells = filled(path, values)
        if kind == "corrected":
            keys = [key for key, value in cells if value is not None][:WRONG]
            wrong = {key: values[key] + 7 for key in keys}
            self.submit(kind, period, agency, path, *filled(path, values | wrong))
            self.submit(kind, period, agency, path, content, cells, note="录入有误，更正")
        elif kind == "returned":
            first = self.submit(kind, period, agency, path, content, cells, returned=True)
            self.submit(kind, period, agency, path, content, cells, replaces_report_id=first)
        else:
            for _ in range(2 if kind == "doubled" else 1):
                self.submit(kind, period, agency, path, content, cells)

    def submit(self, kind, period, agency, path, content, cells, returned=False, **fields):
        wanted = self.expected(cells, period, dropped=returned)
        new = wanted["ACCEPTED"] + wanted["REVISED"] + wanted["DROPPED"]
        answer = self.ingestion.submit(path.name, content, agency, PLAN, simulated=True, **fields)
        report = answer["report"]
        self.sent[kind] += 1
        # The same file again, which says nothing new, is answered with its first report.
        first = "" if new else self.by_content.get((agency, content), "")
        if answer["repeated_of_report_id"] != first:
            raise AssertionError(f"{period} {agency} {kind}: repeats `{answer['repeated_of_report_id']}`, should repeat `{first}`")
        if first:
            return first
        self.by_content[agency, content] = report["report_id"]
        if new:
            report = self.step(report["report_id"], returned)
        found = reasons(report)
        if found != wanted:
            raise AssertionError(f"{period} {agency} {kind}: found {dict(found)}, should be {dict(wanted)}")
        self.reports[kind] += 1
        self.items.setdefault(kind, Counter()).update(wanted)
        return report["report_id"]

    def step(self, report_id, returned):
        """What the city does with a report that waits for it."""
        fields = {"report_id": report_id, "agency": APPROVER}
        if returned:
            self.returned += 1
            return self.ingestion.write("ApprovalService", "ReturnReport", reason=RETURNED, **fields)["report"]
        return self.ingestion.write("ApprovalService", "ApproveReport", level="city", **fields)["report"]

    def expected(self, cells, period, dropped):
        """The answer to each cell by the rules in words; what comes into force is noted."""
        by_key = {}
        for key, value in cells:
            by_key.setdefault(key, set()).add(value)
        wanted = Counter()
        for key, value in cells:
            place = (*key, period)
            if value is None:
                wanted["EMPTY"] += 1
            elif len(by_key[key]) > 1:
                wanted["CONTRADICTION"] += 1
            elif self.in_force.get(place) == value:
                wanted["UNCHANGED"] += 1
            elif dropped:
                wanted["DROPPED"] += 1
            else:
                wanted["REVISED" if place in self.in_force else "ACCEPTED"] += 1
                self.revised += place in self.in_force
                self.frozen_first.setdefault(place, self.frozen)
                self.in_force[place] = value
        return wanted


def simulated(path):
    with open(path, encoding="utf-8") as file:
        return {(row["division"], row["indicator"]): Decimal(row["value"]) for row in csv.DictReader(file)}


def filled(path, values):
    """A template filled by the codes on its sheets; its bytes, and each asked cell with its value."""
    book = openpyxl.load_workbook(path)
    cells = []
    for sheet in book.worksheets:
        if not str(sheet["A6"].value or "").startswith("模板#"):
            continue
        codes = {cell.column: cell.value for cell in sheet[6] if cell.value and str(cell.value).isascii()}
        for row in sheet.iter_rows(min_row=7):
            for cell in row:
                if cell.protection.locked or cell.column not in codes:
                    continue
                key = (row[0].value, codes[cell.column])
                key = key if key[0].isdigit() else key[::-1]
                value = values.get(key)
                cell.value = None if value is None else float(value)
                cells.append((key, value))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), cells


def filled_lines(path, values):
    lines = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    for line in lines:
        line["数值"] = str(values.get((line["行政区划代码"], line["指标代码"]), ""))
    return lines


def written(lines):
    out = io.StringIO()
    writer = csv.DictWriter(out, lines[0])
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def cell(line):
    return (line["行政区划代码"], line["指标代码"]), Decimal(line["数值"]) if line["数值"] else None


def reasons(report):
    return Counter({one["reason"].removeprefix("ITEM_REASON_"): one["count"] for one in report["counts"]})


def run(ingestion, check, directory, periods):
    ingestion.leitai("simulate", directory / "year")
    apply_with_approval(ingestion, directory)
    year = Year(ingestion, directory, periods)
    for period in periods:
        year.period(period)
    adds_up(year, check)
    print(table(year))


def apply_with_approval(ingestion, directory):
    shipped = ROOT / f"crates/domain/plans/{PLAN}.toml"
    head, rest = shipped.read_text("utf-8").split("\n# 方案未列各县名单", 1)
    approval = '\n[approval]\nlevels = ["city"]\norigin = "示例"\n'
    (directory / "plan.toml").write_text(f"{head}{approval}\n# 方案未列各县名单{rest}", "utf-8")
    ingestion.leitai("plan", "apply", directory / "plan.toml")


def adds_up(year, check):
    ingestion = year.ingestion
    reports = ingestion.pages("ReportService", "ListReports", "reports", plan_id=PLAN)
    check("as many reports as were sent, without repeated files", len(reports) == sum(year.reports.values()), f"{len(reports)}, {year.reports}")
    states = Counter(one["state"].removeprefix("REPORT_STATE_") for one in reports)
    wanted = Counter({"IN_FORCE": sum(year.reports.values()) - year.returned, "REPLACED": year.returned})
    check("the returned ones are replaced, all others in force", states == wanted, str(states))
    replaced = [one["report_id"] for one in reports if one["state"] == "REPORT_STATE_REPLACED"]
    events = [ingestion.pages("ApprovalService", "ListReportEvents", "events", report_id=report_id) for report_id in replaced]
    returns = [event["reason"] for of_one in events for event in of_one if event["kind"] == "REPORT_EVENT_KIND_RETURNED"]
    check("and were returned with the reason", returns == [RETURNED] * year.returned, str(returns))
    counted, done = sum(map(reasons, reports), Counter()), sum(year.items.values(), Counter())
    check("the items of all reports add up by reason", counted == done, f"{counted} {done}")
    values = ingestion.pages("ReportService", "ListObservations", "observations", plan_id=PLAN)
    in_force = {(one["division_code"], one["indicator_id"], one["period"]): Decimal(one["value_micros"]) / 10**6 for one in values}
    check("every value in force is the one sent last", in_force == year.in_force, f"{len(in_force)} {len(year.in_force)}")
    simulated = all(year.simulated[period][division, indicator] == value for (division, indicator, period), value in in_force.items())
    check("and the simulated one", simulated)
    check("each correction is a revision", sum(one["revision"] - 1 for one in values) == year.revised == done["REVISED"])
    for period in year.periods:
        obligations(year, check, period)


def obligations(year, check, period):
    """Who owes what, and whether it came, by the program's word and by what was done."""
    owed = year.ingestion.pages("RoundService", "ListObligations", "obligations", plan_id=PLAN, period=period)
    keys = {(one["division_code"], one["indicator_id"], period): one for one in owed}
    met = {key for key, one in keys.items() if one["report_id"]}
    after = {key for key, one in keys.items() if one["after_freeze"]}
    wanted = {key for key in keys if key in year.in_force}
    late = {key for key in wanted if year.frozen_first[key]}
    detail = f"{len(met)} met, should be {len(wanted)}; {len(after)} after the freeze, should be {len(late)}"
    check(f"{period}: what came is met, what came after the freeze is told", (met, after) == (wanted, late), detail)
    whole = year.ingestion.call("RoundService", "GetCompleteness", plan_id=PLAN, period=period)["whole"]
    sums = (whole["owed"], whole["on_time"] + whole["late"], whole["missing"] + whole["not_yet_due"])
    check(f"{period}: completeness adds up", sums == (len(keys), len(met), len(keys) - len(met)), str(whole))
    frozen = year.ingestion.call("RoundService", "GetCompleteness", plan_id=PLAN, period=period, at_freeze=True)["whole"]
    check(f"{period}: and as it was frozen", frozen["on_time"] + frozen["late"] == len(met - after), str(frozen))


def table(year):
    """By kind: reports and items by reason, as docs/reports.md shows them."""
    columns = ("ACCEPTED", "REVISED", "UNCHANGED", "CONTRADICTION", "DROPPED", "EMPTY")
    heading = " | ".join(("agencies that were", "files", "reports", "items", *map(str.lower, columns)))
    lines = [f"| {heading} |", "|---|" + "--:|" * (len(columns) + 3)]
    for kind in (*KINDS, "plain", "all"):
        items = sum(year.items.values(), Counter()) if kind == "all" else year.items[kind]
        of_kind = (lambda counter: counter.total()) if kind == "all" else (lambda counter: counter[kind])
        counts = [of_kind(year.sent), of_kind(year.reports), items.total(), *(items[column] for column in columns)]
        lines.append(f"| {kind} | " + " | ".join(f"{count:,}" for count in counts) + " |")
    return "\n".join(lines)
