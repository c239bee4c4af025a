#!/usr/bin/env python3
"""Cuts the charts' font: subset.py NotoSansSC_400Regular.ttf

The font comes from npm's @expo-google-fonts/noto-sans-sc (OFL-1.1), the cutter from PyPI's fonttools. What stays: printable ASCII, the
characters in common use, those of every division and of the shipped plans, the chart's own words and signs, and 〓 for all others."""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
DOMAIN = HERE.parent.parent / "domain"
SIGNS = "〓…—–−·％，。、：（）〔〕《》“”±年月日季度前上半全第位应达实际差距个百分点万亿元户项家吨美"

sources = [DOMAIN / "data/divisions_cn.csv", *sorted((DOMAIN / "plans").glob("*.toml")), *(HERE.parent / "src/letter/chart" / f"{name}.rs" for name in ("draw", "mod", "panel"))]
characters = set(SIGNS) | {chr(code) for code in range(0x20, 0x7F)}
# Rows 16 to 55 of GB/T 2312 are its first level, the 3,755 characters in common use: an agency's own plan is written with these.
pairs = (bytes([row + 0xA0, cell + 0xA0]) for row in range(16, 56) for cell in range(1, 95))
characters |= set("".join(pair.decode("gb2312", errors="ignore") for pair in pairs))
for source in sources:
    characters |= {c for c in source.read_text() if ord(c) > 0x7E and c.isprintable()}
text = "".join(sorted(characters))
subprocess.run(
    ["pyftsubset", sys.argv[1], f"--text={text}", f"--output-file={HERE / 'NotoSansSC-charts.ttf'}", "--layout-features=", "--no-hinting"]
    + ["--desubroutinize", "--name-IDs=0,1,2,4,6,13,14", "--notdef-outline", "--drop-tables+=GSUB,GPOS,GDEF,BASE,vhea,vmtx,VORG,STAT,DSIG"],
    check=True,
)
(HERE / "NotoSansSC-charts.txt").write_text(text + "\n")
