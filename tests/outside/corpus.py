"""Seeds for `fuzz/corpus`: what stands inside the workbooks of crates/workbook/testdata, by target.

usage: corpus.py TESTDATA CORPUS   (needs olefile)
"""

import sys
import zipfile
from pathlib import Path

import olefile

PART = b"\n--part--\n"
LABELS = ["1—6月", "2025年上半年", "前三季度", "9月末", "2025-M06", "2025-Q2", "2025年1至6月", "２０２５年", "4-6月", "第一季度", "全年", "1月-8月"]
TARGETS = ["4以上", "5.5左右", "超过110家", "不少于15家", "达到100%", "4.5—5", "稳定在99%以上", "—"]


def main():
    data, corpus = Path(sys.argv[1]), Path(sys.argv[2])
    root = data.parent

    def seed(target, name, content):
        (corpus / target).mkdir(parents=True, exist_ok=True)
        (corpus / target / name).write_bytes(content)

    for path in sorted(data.iterdir()):
        if path.suffix in (".xls", ".xlsx", ".ods", ".csv") and path.stat().st_size < 50_000 and path.name != "cells.csv":
            seed("open", path.name, path.read_bytes())
        if path.suffix == ".csv" and path.name != "cells.csv":
            seed("csv", path.name, path.read_bytes())
        if path.suffix == ".ods":
            seed("ods", path.name, zipfile.ZipFile(path).read("content.xml"))
        if path.suffix == ".xls":
            seed("xls", path.name, olefile.OleFileIO(path).openstream("Workbook").read())
        if path.suffix == ".xlsx":
            archive = zipfile.ZipFile(path)
            names = ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
            seed("xlsx", path.name, PART.join(archive.read(name) if name in archive.namelist() else b"" for name in names))
    layout = (root / "layouts/shaoyang-monthly.toml").read_bytes()
    seed("layout", "shaoyang", layout + PART + (data / "utf8.csv").read_bytes())
    seed("csv", "rows", "division,indicator,period,value,unit\n隆回县,gdp_growth,2025-M03,6.9,%\n".encode())
    for number, label in enumerate(LABELS):
        seed("label", str(number), label.encode())
    for path in (root.parent / "domain/plans").glob("*.toml"):
        seed("plan", path.stem, path.read_bytes())
    seed("plan", "targets", "\n".join(TARGETS).encode())


if __name__ == "__main__":
    main()
