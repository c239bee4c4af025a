"""SDMX-CSV against pysdmx: it reads what we write, and we read what it writes."""

from pysdmx.io import read_sdmx, write_sdmx
from pysdmx.io.format import Format
from pysdmx.model import Component, Components, Concept, DataType, Role, Schema
from support import PLAN

FLOW = "HEILONGJIANG_COUNTY_ECONOMY_2025"
DIMENSIONS = ("FREQ", "REF_AREA", "INDICATOR", "TIME_PERIOD")
FORMATS = {"2.0": Format.DATA_SDMX_CSV_2_0_0, "2.1": Format.DATA_SDMX_CSV_2_1_0, "1.0": Format.DATA_SDMX_CSV_1_0_0}


def both_ways(ingestion, check, directory):
    path = directory / "out.csv"
    ingestion.leitai("observations", "export", "--format", "sdmx", "-o", path)
    (dataset,) = read_sdmx(path, validate=False).data
    known = ingestion.pages("ReportService", "ListObservations", "observations", plan_id=PLAN)
    check("pysdmx reads every value", dataset.structure == f"Dataflow=LEITAI:{FLOW}(1.0)" and len(dataset.data) == len(known) > 1000, str(len(known)))
    ours = {(one["division_code"], one["indicator_id"], one["period"]): int(one["value_micros"]) for one in known}
    theirs = {(row.REF_AREA, row.INDICATOR, period(row.TIME_PERIOD)): round(float(row.OBS_VALUE) * 1e6) for row in dataset.data.itertuples()}
    check("and the same values", ours == theirs)
    dataset.structure = Schema("dataflow", "LEITAI", FLOW, Components([component(name) for name in dataset.data.columns]), "1.0", [])
    for version, format in FORMATS.items():
        back = directory / f"back-{version}.csv"
        write_sdmx([dataset], format, output_path=back)
        counts = ingestion.rows("observations", "import", back, "--submitter", "国家统计局", "--simulated")
        check(f"what pysdmx writes as {version} is what we know", counts == [{"reason": "unchanged", "count": len(known)}], str(counts))
    try:
        ingestion.leitai("observations", "import", path, "--submitter", "国家统计局")
        check("simulated values are not taken as real ones", False)
    except RuntimeError as error:
        check("simulated values are not taken as real ones", "is simulated" in str(error), str(error))


def period(time):
    year, part = time.split("-") if "-" in time else (time, "12")
    return f"{year}-M{int(part[1:]) * 3 if part.startswith('Q') else int(part):02}"


def component(name):
    if name in DIMENSIONS:
        return Component(name, True, Role.DIMENSION, Concept(name), DataType.STRING)
    role, level = (Role.MEASURE, None) if name == "OBS_VALUE" else (Role.ATTRIBUTE, "O")
    return Component(name, False, role, Concept(name), DataType.STRING, attachment_level=level)
