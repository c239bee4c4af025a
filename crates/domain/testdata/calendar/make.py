"""Writes months.csv and spans.csv: what other implementations make of the same notices.

    pip install chinesecalendar==1.11.0 holidays==0.109
    npm install chinese-days@1.5.7
    python make.py

- months.csv: for every month of 2024 to 2026 one digit a day, 1 where it is worked. Three packages must agree on each day, or nothing is written:
  chinesecalendar and holidays from PyPI, chinese-days from npm (its node_modules in the directory where this is run).
- spans.csv: the day that comes so many working days after another one, by chinesecalendar's find_workday.
"""

import calendar
import datetime
import json
import pathlib
import random
import subprocess

import chinese_calendar
import holidays

HERE = pathlib.Path(__file__).parent
YEARS = (2024, 2025, 2026)
ASK_NODE = """
const { isWorkday } = require("chinese-days");
const days = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(days.map((day) => isWorkday(day))));
"""


def all_days():
    first, last = datetime.date(YEARS[0], 1, 1), datetime.date(YEARS[-1], 12, 31)
    return [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]


def agreed(days):
    china = holidays.China(years=YEARS)
    asked = json.dumps([day.isoformat() for day in days])
    by_node = json.loads(subprocess.run(["node", "-e", ASK_NODE], input=asked, capture_output=True, text=True, check=True, timeout=60).stdout)
    worked = {}
    for day, by_chinese_days in zip(days, by_node):
        answers = {chinese_calendar.is_workday(day), china.is_working_day(day), by_chinese_days}
        if len(answers) != 1:
            raise SystemExit(f"{day}: the packages do not agree")
        worked[day] = answers.pop()
    return worked


def main():
    days = all_days()
    worked = agreed(days)
    with open(HERE / "months.csv", "w", newline="") as file:
        file.write("month,worked\n")
        for year in YEARS:
            for month in range(1, 13):
                length = calendar.monthrange(year, month)[1]
                digits = "".join("01"[worked[datetime.date(year, month, day)]] for day in range(1, length + 1))
                file.write(f"{year}-{month:02},{digits}\n")
    draw = random.Random(2024)
    with open(HERE / "spans.csv", "w", newline="") as file:
        file.write("from,working_days,day\n")
        for _ in range(200):
            start = draw.choice(days[:-100])
            count = draw.randint(1, 60)
            # find_workday(0, day) is the first working day from that day on, the day itself included.
            found = chinese_calendar.find_workday(count - 1, start + datetime.timedelta(days=1))
            file.write(f"{start},{count},{found}\n")


main()
