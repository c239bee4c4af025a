"""A template as foreign hands see it: openpyxl looks at its locks and rules, fills it, and saves it anew; LibreOffice saves it where there is one."""

import io
import shutil
import subprocess

import grpc
import openpyxl
from support import PLAN

AGENCY, PERIOD = "省发展改革委", "2025-M06"


def look(ingestion, check, directory):
    path = directory / "template.xlsx"
    ingestion.leitai("report", "template", "--period", PERIOD, "--agency", AGENCY, "-o", path, "--contact", "张三 0451-0000")
    book = openpyxl.load_workbook(path)
    sheet = book["各县指标"]
    state = {one.title: (one.sheet_state, one.protection.sheet) for one in book}
    visible = ("各县指标", "黑龙江省", "填报说明")
    wanted = {name: ("visible", True) for name in visible} | {"_leitai": ("hidden", True)}
    check("every sheet is protected, and the last one hidden", state == wanted, str(state))
    entries = {cell.coordinate for row in sheet.iter_rows(min_row=7) for cell in row if not cell.protection.locked}
    columns = {"".join(filter(str.isalpha, one)) for one in entries}
    # Three owed indicators and the amounts of two of them, each beside last period's value, and the notes.
    check("only the cells to fill are unlocked", (len(entries), columns) == (67 * 6, set("EGIKMN")), str((len(entries), columns)))
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    growth = rules.get("E7:E73")
    check("a rule stands on every cell to fill", set(rules) == {f"{column}7:{column}73" for column in columns}, str(set(rules)))
    told = growth is not None and growth.showErrorMessage and "应填" in growth.error and "单位" in growth.prompt
    check("and says in Chinese what is wrong", told)
    page = (sheet.freeze_panes, sheet.print_title_rows, sheet.page_setup.orientation, sheet.page_setup.paperSize)
    check("headings stay in view and on every printed page", page == ("D7", "$4:$6", "landscape", 9), str(page))
    guide = "".join(str(cell.value or "") for row in book["填报说明"] for cell in row)
    check("the guide says whom to ask", "张三 0451-0000" in guide and "“—”" in guide)
    fill(sheet)
    filled = saved(book)
    submitted(ingestion, check, "openpyxl", filled)
    changed(ingestion, check, filled)
    libreoffice(ingestion, check, directory, filled)
    marked(ingestion, check, directory)


def fill(sheet):
    sheet["E7"], sheet["E8"], sheet["E9"], sheet["G7"], sheet["N7"] = 5.6, "—", "约6", 41.07, "一户企业搬迁"


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def submitted(ingestion, check, hand, content):
    report = ingestion.submit("x.xlsx", content, AGENCY, PLAN)["report"]
    items = ingestion.pages("ReportService", "ListReportItems", "items", report_id=report["report_id"])
    told = {(item["place"], item["source_text"]): item["reason"].removeprefix("ITEM_REASON_") for item in items if item["source_text"]}
    taken = ("ACCEPTED", "UNCHANGED", "AWAITING_APPROVAL")
    good = (
        told.get(("各县指标!E7", "5.6")) in taken
        and told.get(("各县指标!G7", "41.07")) in taken
        and told.get(("各县指标!E8", "—")) == "EMPTY"
        and told.get(("各县指标!E9", "约6")) == "BAD_VALUE"
        and told.get(("各县指标!N7", "一户企业搬迁")) == "NOTE"
    )
    # 67 counties × 5, four values of the province, and a note.
    check(f"filled and saved by {hand}, every cell is answered without a layout", good and len(items) == 67 * 5 + 4 + 1, f"{len(items)}: {told}")


def refusal(ingestion, content, submitter=AGENCY):
    try:
        ingestion.submit("x.xlsx", content, submitter, PLAN)
        return ""
    except grpc.RpcError as error:
        return error.details()


def changed(ingestion, check, filled):
    check("another agency's template is refused", "made for `省发展改革委`" in refusal(ingestion, filled, "省商务厅"))

    def edited(edit):
        book = openpyxl.load_workbook(io.BytesIO(filled))
        edit(book)
        return refusal(ingestion, saved(book))

    def code(book):
        book.worksheets[0]["A7"] = "230129"

    def names_only(book):
        sheet = book.worksheets[0]
        sheet["C7"], sheet["C8"] = sheet["C8"].value, sheet["C7"].value

    def period(book):
        book["_leitai"]["B5"] = "2025-M07"

    check("an edited code is refused with its place", "缺少代码“230123”（依兰县）的行" in edited(code))
    check("names sorted without their codes are refused", "各县指标!C7是“方正县”" in edited(names_only))
    check("an edited hidden sheet is refused", "was edited" in edited(period))
    check("a hidden sheet that is gone is told", "is missing" in edited(lambda book: book.remove(book["_leitai"])))

    def sorted_rows(book):
        sheet = book.worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=7)]
        for row, values in zip(sheet.iter_rows(min_row=7), sorted(rows, key=lambda row: row[2])):
            for cell, value in zip(row, values):
                cell.value = value
        sheet.insert_cols(2)
        sheet.title = "改名"

    # The answers are the same, at other places: nothing new is said.
    book = openpyxl.load_workbook(io.BytesIO(filled))
    sorted_rows(book)
    report = ingestion.submit("x.xlsx", saved(book), AGENCY, PLAN)["report"]
    counts = {one["reason"].removeprefix("ITEM_REASON_"): one["count"] for one in report["counts"]}
    wanted = {"UNCHANGED": 2, "BAD_VALUE": 1, "NOTE": 1, "EMPTY": 67 * 5 + 4 - 3}
    check("sorted rows, an inserted column and another tab do no harm", counts == wanted, str(counts))


def marked(ingestion, check, directory):
    """Two growths beyond every bound, one with a word beside it: what waits, and what was not taken, is marked in the next template."""

    def template():
        path = directory / "marked.xlsx"
        told = ingestion.leitai("report", "template", "--period", PERIOD, "--agency", AGENCY, "-o", path)
        book = openpyxl.load_workbook(path)
        comments = {cell.coordinate: cell.comment.text for row in book["各县指标"].iter_rows() for cell in row if cell.comment}
        colours = {cell.coordinate for row in book["各县指标"].iter_rows() for cell in row if cell.fill.fgColor.rgb == "FFFFD8A8"}
        check("what is orange has a comment, and the command says how many", colours == set(comments) and f"{len(comments)} cells marked" in told, told)
        return path, book, comments

    path, book, comments = template()
    check("a number that was not taken is marked", set(comments) == {"E9"} and "“约6”" in comments["E9"], str(comments))
    sheet = book["各县指标"]
    sheet["E9"], sheet["E10"], sheet["N10"], sheet["E11"] = 6, 130, "上年同期停产", 140
    book.save(path)
    ingestion.leitai("report", "submit", path, "--submitter", AGENCY, "--explain", "--summary")
    _, _, comments = template()
    good = set(comments) == {"E11"} and "“140”" in comments["E11"] and "待说明" in comments["E11"] and "要求" in comments["E11"]
    check("a held number without a word is marked, one with a word and one put right are not", good, str(comments))
    code = sheet["A10"].value
    found = ingestion.rows("observations", "list", "--division", code, "--indicator", "gdp_growth", "--period", PERIOD)
    check("and the word has put its number in force", [one["value"] for one in found] == ["130"], str(found))


def libreoffice(ingestion, check, directory, filled):
    soffice = shutil.which("soffice")
    if not soffice:
        print("        LibreOffice is not here: its hand is not tried")
        return
    (directory / "filled.xlsx").write_bytes(filled)
    out = directory / "resaved"
    profile = f"-env:UserInstallation=file://{directory}/profile"
    command = [soffice, profile, "--headless", "--convert-to", "xlsx", "--outdir", out, directory / "filled.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    submitted(ingestion, check, "LibreOffice", (out / "filled.xlsx").read_bytes())
