"""Makes the workbooks that crates/workbook is tested with, and reads them back with other programs.

Writers: openpyxl (.xlsx), xlwt (.xls), odfpy (.ods), LibreOffice (.xls and .ods of the openpyxl file), Python's codecs (.csv).
Readers: openpyxl, xlrd, odfpy. What they read stands in `cells.csv` beside the files, one filled cell a line; the tests of the crate hold
their own reading against it.

usage: workbooks.py DIRECTORY   (needs openpyxl, xlwt, xlrd, odfpy, and soffice on the path)
"""

import csv
import datetime
import io
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import xlrd
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet, load
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.teletype import extractText
from odf.text import P

NO_RESULT = "没有结果的公式"
# Numbers, texts that look like numbers, a percentage, a date, a truth value, blanks inside names, a far cell.
ROWS = [
    ["地区生产总值"],
    [],
    ["地  区", "2025年1-3月", None, None],
    [None, "绝对额（万元）", "增速（%）", "排名"],
    ["全市", 6636061, 6.3, None],
    ["双清", 485745.614399879, 0.1 + 0.2, 1],
    ["邵 阳 县", "1234.5", ("%", 0.065), 2],
    ["隆回县", -0.000001, True, datetime.date(2025, 3, 31)],
    ["城步\n苗族自治县", 1e-7, "—", 30],
]
FAR = (40, 30, "远")


def openpyxl_file(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "23核算处1 "
    for row, cells in enumerate(ROWS, 1):
        for column, value in enumerate(cells, 1):
            cell = sheet.cell(row, column)
            if isinstance(value, tuple):
                cell.value, cell.number_format = value[1], "0.0%"
            else:
                cell.value = value
    sheet.cell(FAR[0] + 1, FAR[1] + 1, FAR[2])
    sheet.cell(10, 1, "合计")
    sheet.cell(10, 2, "=B6+B8")
    hidden = book.create_sheet("隐藏")
    hidden["A1"] = "不读"
    hidden.sheet_state = "hidden"
    book.create_sheet("空")
    book.save(path)


def xlwt_file(path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("23核算处1 ")
    percent, date = xlwt.easyxf(num_format_str="0.0%"), xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for row, cells in enumerate(ROWS):
        for column, value in enumerate(cells):
            if value is None:
                continue
            if isinstance(value, tuple):
                sheet.write(row, column, value[1], percent)
            elif isinstance(value, datetime.date):
                sheet.write(row, column, value, date)
            else:
                sheet.write(row, column, value)
    sheet.write(*FAR)
    sheet.write(9, 0, "合计")
    sheet.write(9, 1, xlwt.Formula("B6+B8"))
    hidden = book.add_sheet("隐藏")
    hidden.write(0, 0, "不读")
    hidden.visibility = 1
    book.add_sheet("空")
    # More texts than one record holds, each of both widths: they go on in the next records.
    many = book.add_sheet("长")
    for row in range(300):
        many.write(row, 0, f"第{row}行" + "长" * (row % 40))
        many.write(row, 1, f"row {row} " + "a" * (row % 50))
    book.save(path)


def odf_file(path):
    document = OpenDocumentSpreadsheet()
    hides = Style(name="hides", family="table")
    hides.addElement(TableProperties(display="false"))
    document.automaticstyles.addElement(hides)
    sheet = Table(name="23核算处1 ")
    for cells in ROWS:
        row = TableRow()
        for value in cells:
            row.addElement(odf_cell(value))
        sheet.addElement(row)
    row = TableRow()
    row.addElement(odf_cell("合计"))
    row.addElement(TableCell(formula="of:=[.B6]+[.B8]", valuetype="float", value="485745.614398879"))
    row.addElement(TableCell(formula="of:='file:///C:/b.ods'#$表1.[.A1]", valuetype="float", value="7.5"))
    row.addElement(TableCell(formula="of:=[.B6]"))
    sheet.addElement(row)
    repeated = TableRow(numberrowsrepeated=3)
    repeated.addElement(TableCell(numbercolumnsrepeated=2, valuetype="float", value="8"))
    repeated.addElement(CoveredTableCell(numbercolumnsrepeated=2))
    repeated.addElement(odf_cell("后"))
    sheet.addElement(repeated)
    sheet.addElement(TableRow(numberrowsrepeated=1048000))
    document.spreadsheet.addElement(sheet)
    hidden = Table(name="隐藏", stylename=hides)
    row = TableRow()
    row.addElement(odf_cell("不读"))
    hidden.addElement(row)
    document.spreadsheet.addElement(hidden)
    document.spreadsheet.addElement(Table(name="空"))
    document.save(path)


def odf_cell(value):
    if value is None:
        return TableCell()
    if isinstance(value, tuple):
        return TableCell(valuetype="percentage", value=repr(value[1]))
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue="true" if value else "false")
    if isinstance(value, datetime.date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, (int, float)):
        return TableCell(valuetype="float", value=repr(value))
    cell = TableCell(valuetype="string")
    for line in value.split("\n"):
        cell.addElement(P(text=line))
    return cell


def text_files(directory):
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for cells in ROWS:
        writer.writerow(["" if value is None else f"{value[1]:.1%}" if isinstance(value, tuple) else value for value in cells])
    text = buffer.getvalue()
    for name, codec in [("utf8", "utf-8"), ("utf8_mark", "utf-8-sig"), ("gb18030", "gb18030"), ("utf16", "utf-16")]:
        (directory / f"{name}.csv").write_bytes(text.encode(codec))


def office(directory, source, ending, name):
    with tempfile.TemporaryDirectory() as out:
        command = ["soffice", f"-env:UserInstallation=file://{out}/profile", "--headless", "--convert-to", ending, "--outdir", out, source]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        (directory / name).write_bytes((Path(out) / source.with_suffix("." + ending).name).read_bytes())


def number(value, percent=False):
    if percent:
        return f"{(Decimal(repr(value)) * 100).normalize():f}%"
    text = f"{Decimal(repr(value)).normalize():f}"
    return "0" if text == "-0" else text


def read_xlsx(path):
    book = openpyxl.load_workbook(path, data_only=True)
    formulas = openpyxl.load_workbook(path)
    for sheet in book:
        if sheet.sheet_state != "visible":
            continue
        for row in formulas[sheet.title].iter_rows():
            for cell in row:
                value = sheet[cell.coordinate].value
                if value is None and cell.value is None:
                    continue
                if value is None:
                    yield sheet.title, cell.row - 1, cell.column - 1, NO_RESULT
                elif isinstance(value, bool):
                    yield sheet.title, cell.row - 1, cell.column - 1, str(value).upper()
                elif isinstance(value, (int, float)):
                    yield sheet.title, cell.row - 1, cell.column - 1, number(value, "%" in cell.number_format)
                elif isinstance(value, (datetime.date, datetime.datetime)):
                    yield sheet.title, cell.row - 1, cell.column - 1, "日期"
                else:
                    yield sheet.title, cell.row - 1, cell.column - 1, value


def read_xls(path):
    book = xlrd.open_workbook(path, formatting_info=True)
    for sheet in book.sheets():
        if sheet.visibility:
            continue
        for row in range(sheet.nrows):
            for column in range(sheet.ncols):
                cell = sheet.cell(row, column)
                form = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
                if cell.ctype == xlrd.XL_CELL_TEXT and cell.value.strip():
                    yield sheet.name, row, column, cell.value
                elif cell.ctype == xlrd.XL_CELL_NUMBER:
                    yield sheet.name, row, column, number(cell.value, "%" in form)
                elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                    yield sheet.name, row, column, "TRUE" if cell.value else "FALSE"
                elif cell.ctype == xlrd.XL_CELL_DATE:
                    yield sheet.name, row, column, "日期"


def read_ods(path):
    document = load(path)
    hidden = {
        style.getAttribute("name")
        for style in document.automaticstyles.getElementsByType(Style)
        for properties in style.getElementsByType(TableProperties)
        if properties.getAttribute("display") in ("false", False)
    }
    for sheet in document.spreadsheet.getElementsByType(Table):
        if sheet.getAttribute("stylename") in hidden:
            continue
        row = 0
        for element in sheet.getElementsByType(TableRow):
            rows, column = int(element.getAttribute("numberrowsrepeated") or 1), 0
            for cell in element.childNodes:
                columns = int(cell.getAttribute("numbercolumnsrepeated") or 1)
                shown = odf_shown(cell)
                if shown is not None:
                    for r in range(rows):
                        for c in range(columns):
                            yield sheet.getAttribute("name"), row + r, column + c, shown
                column += columns
            row += rows


def odf_shown(cell):
    kind = cell.getAttribute("valuetype")
    text = "\n".join(extractText(p) for p in cell.getElementsByType(P))
    if kind in ("float", "currency"):
        return number(float(cell.getAttribute("value")))
    if kind == "percentage":
        return number(float(cell.getAttribute("value")), True)
    if kind == "boolean":
        return str(cell.getAttribute("booleanvalue")).upper()
    if kind == "date":
        return "日期"
    if kind is None and cell.getAttribute("formula") and not text:
        return NO_RESULT
    return text if text.strip() else None


def main():
    directory = Path(sys.argv[1])
    openpyxl_file(directory / "openpyxl.xlsx")
    xlwt_file(directory / "xlwt.xls")
    odf_file(directory / "odfpy.ods")
    text_files(directory)
    office(directory, directory / "openpyxl.xlsx", "xls", "libreoffice.xls")
    office(directory, directory / "openpyxl.xlsx", "ods", "libreoffice.ods")
    office(directory, directory / "xlwt.xls", "xlsx", "libreoffice.xlsx")
    readers = {".xlsx": read_xlsx, ".xls": read_xls, ".ods": read_ods}
    with open(directory / "cells.csv", "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["file", "sheet", "row", "column", "shown"])
        for path in sorted(directory.iterdir()):
            for sheet, row, column, shown in readers.get(path.suffix, lambda _: [])(path):
                # The long sheet is the first texts and the last.
                if sheet != "长" or row < 3 or row > 296:
                    writer.writerow([path.name, sheet, row, column, shown])


if __name__ == "__main__":
    main()
