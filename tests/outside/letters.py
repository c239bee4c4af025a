"""What a foreign mail library and a foreign spreadsheet library read in sample letters of every tier."""

import email
import email.policy
import io
import re

import openpyxl


def check_all(samples, check):
    """Checks every .eml in a directory; `check(what, good, detail)` takes the outcomes."""
    letters = {path.stem: email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in samples.glob("*.eml")}
    check("there are samples of four tiers to two kinds of reader, a reminder and a correction", len(letters) == 10, str(sorted(letters)))
    for name, letter in sorted(letters.items()):
        faults = [fault for fault in faults_of(name, letter) if fault]
        check(f"{name} is read by Python's email and openpyxl", not faults, "; ".join(faults))


def faults_of(name, letter):
    """What is wrong with a letter, a sentence each."""
    form, agency = name.split("-", 1)
    html, text = (letter.get_body((kind,)).get_content() for kind in ("html", "plain"))
    yield [d for part in letter.walk() for d in part.defects] and "the parser found defects"
    yield form.removeprefix("约谈").replace("更正函", "关于更正") not in letter["Subject"] and "the subject does not name the form"
    yield letter["To"].addresses[0].display_name != agency and "the agency's name is not read"
    yield letter["Auto-Submitted"] != "auto-generated" and "it does not say that it is made by a program"
    yield letter["In-Reply-To"] != letter["References"].split()[-1] and "it stands in no thread"
    asked = {"催报函": "据实报送", "更正函": "据实填报"}.get(form, "核实")
    # Only letters about who is behind have a chart and figures to reckon with.
    plain = form in ("催报函", "更正函")
    for body in (html, text):
        yield not ("样〔2025〕1号" in body and asked in body) and "a body lacks its number or what is asked"
    pictures = {part["Content-ID"].strip("<>"): part for part in letter.walk() if part.get_content_type() == "image/png"}
    named = set(re.findall(r'src="cid:([^"]+)"', html))
    yield (named != set(pictures) or len(named) != (0 if plain else 1)) and "the HTML body names other pictures than there are"
    yield any(not part.get_content().startswith(b"\x89PNG") for part in pictures.values()) and "a picture is no PNG"
    files = [part for part in letter.walk() if part.get_content_disposition() == "attachment"]
    yield [part.get_filename() for part in files] != ["样〔2025〕1号-明细.xlsx"] and "the attachment's name is not read"
    items = int(re.search(r"（(\d+)项）", letter["Subject"]).group(1))
    yield from faults_of_workbook(files[0].get_content(), items, () if plain else ("序时应达", "实际", "差距", "位次", "后续需达"))


def faults_of_workbook(content, items, headings):
    """What is wrong with an attached workbook; the columns of these headings hold numbers."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = list(sheet.iter_rows(values_only=True))
    # A correction has a row for each figure of an item.
    about = [rows[0].index(heading) for heading in ("指标", "行政区划代码")]
    found = len({tuple(row[place] for place in about) for row in rows[1:]})
    yield found != items and f"the workbook has {found} items for {items}"
    yield sheet.freeze_panes != "A2" and "the headings are not frozen"
    places = [rows[0].index(heading) for heading in headings]
    numbers = all(isinstance(row[place], (int, float)) for row in rows[1:] for place in places)
    yield not numbers and "a number is no number"
