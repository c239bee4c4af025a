//! SDMX-CSV as raw items. What the structure does not need is passed over: series keys, names beside codes, other attributes.

use leitai_domain::{division::Registry, period::Period};

use super::{AGENCY, STRUCTURE, dataflow, unit};
use crate::{
    raw::{RawContent, RawItem, RawNumber, RawValue},
    records::{CsvError, Records, place},
    subject::{resolve, year_of},
};

/// What a file is taken for.
const KIND: &str = "SDMX-CSV";

/// What a file is submitted as.
#[derive(Debug, Clone, Copy)]
pub struct Submitted<'a> {
    /// The plan's id.
    pub plan: &'a str,
    /// True where the values are said to be simulated.
    pub simulated: bool,
}

/// True for a header of SDMX-CSV 2.0 (`STRUCTURE`, `STRUCTURE_ID`) or 1.0 (`DATAFLOW`).
#[must_use]
pub fn is_header(header: &csv::StringRecord) -> bool {
    header.get(0).is_some_and(|first| [STRUCTURE[0], "DATAFLOW"].contains(&id(first)))
}

/// Reads a file.
///
/// # Errors
/// [`CsvError`] where a column is missing, the values are another plan's, or simulated ones are submitted as real.
pub fn read(records: Records, submitted: Submitted<'_>, registry: &Registry) -> Result<Vec<RawItem>, CsvError> {
    // `FREQ: Frequency` is the same column as `FREQ`.
    let records = Records { header: records.header.iter().map(id).collect(), ..records };
    let columns = Columns::of(&records)?;
    let line = |(line, record): &(usize, csv::StringRecord)| {
        columns.check(*line, record, submitted)?;
        Ok(columns.item(*line, record, registry))
    };
    records.rows.iter().map(line).collect()
}

/// The part of a labelled field before its label.
fn id(field: &str) -> &str {
    field.split_once(": ").map_or(field, |(id, _)| id)
}

/// Where the columns stand.
struct Columns {
    structure: usize,
    action: Option<usize>,
    frequency: Option<usize>,
    area: usize,
    indicator: usize,
    time: usize,
    value: usize,
    measure: Option<usize>,
    multiplier: Option<usize>,
    status: Option<usize>,
    simulated: Option<usize>,
    comment: Option<usize>,
}

impl Columns {
    fn of(records: &Records) -> Result<Self, CsvError> {
        let required = |column| records.required(KIND, column);
        let structure = if records.column("DATAFLOW").is_some() { required("DATAFLOW")? } else { required(STRUCTURE[1])? };
        Ok(Self {
            structure,
            action: records.column(STRUCTURE[2]),
            frequency: records.column("FREQ"),
            area: required("REF_AREA")?,
            indicator: required("INDICATOR")?,
            time: required("TIME_PERIOD")?,
            value: required("OBS_VALUE")?,
            measure: records.column("UNIT_MEASURE"),
            multiplier: records.column("UNIT_MULT"),
            status: records.column("OBS_STATUS"),
            simulated: records.column("SIMULATED"),
            comment: records.column("COMMENT_OBS"),
        })
    }

    /// Whatever is wrong with the file as a whole.
    fn check(&self, line: usize, record: &csv::StringRecord, submitted: Submitted<'_>) -> Result<(), CsvError> {
        let (found, wanted) = (field(record, Some(self.structure)), dataflow(submitted.plan));
        // A structure of another agency is theirs to name.
        let ours = found.strip_prefix(AGENCY).and_then(|rest| rest.strip_prefix(':'));
        if ours.is_some_and(|flow| flow.split('(').next() != Some(&wanted)) {
            let (found, plan) = (found.to_owned(), submitted.plan.to_owned());
            return Err(CsvError::Structure { line, found, wanted: format!("{AGENCY}:{wanted}"), plan });
        }
        if field(record, self.action) == "D" {
            return Err(CsvError::Deletion { line });
        }
        if field(record, self.simulated).eq_ignore_ascii_case("true") && !submitted.simulated {
            return Err(CsvError::Simulated { line });
        }
        Ok(())
    }

    fn item(&self, line: usize, record: &csv::StringRecord, registry: &Registry) -> RawItem {
        let text = field(record, Some(self.value));
        let (units, unit_optional) = self.units(record);
        let differs = field(record, self.status) == "D";
        let period = period(field(record, self.frequency), field(record, Some(self.time)));
        let value = RawValue {
            subject: resolve(registry, field(record, Some(self.area)), None, year_of(&period)),
            indicator: field(record, Some(self.indicator)).to_owned(),
            period,
            units,
            unit_optional,
            number: RawNumber::from_text(text),
            rank: None,
            proxy: if differs { field(record, self.comment).to_owned() } else { String::new() },
            note: "",
        };
        RawItem { place: place(line), source_text: text.to_owned(), content: RawContent::Value(value) }
    }

    /// The unit in words; without a UNIT_MEASURE it is the indicator's own.
    fn units(&self, record: &csv::StringRecord) -> (Vec<String>, bool) {
        let (measure, multiplier) = (field(record, self.measure), field(record, self.multiplier));
        if measure.is_empty() && multiplier.is_empty() {
            return (Vec::new(), true);
        }
        let power = if multiplier.is_empty() { Some(0) } else { multiplier.parse().ok() };
        let known = power.and_then(|power| unit(measure, power));
        (vec![known.unwrap_or_else(|| format!("{measure}×10^{multiplier}"))], false)
    }
}

/// A field without its label; empty where the column is not there, or the field says that it has no value: `NaN` for numbers, `#N/A` for
/// texts (SDMX-CSV field guide 2.0).
fn field(record: &csv::StringRecord, column: Option<usize>) -> &str {
    let field = column.and_then(|at| record.get(at)).map_or("", id);
    if ["#N/A", "NaN"].contains(&field) { "" } else { field }
}

/// TIME_PERIOD as a period: `2025-06`, `2025-M06`, `2025-Q2`, `2025-S1`, `2025`, `2025-A1`.
fn period(frequency: &str, time: &str) -> Result<Period, String> {
    let wrong = || format!("TIME_PERIOD“{time}”无法识别，应写作“2025-06”“2025-Q2”或“2025”");
    let (year, rest) = time.split_once('-').unwrap_or((time, ""));
    let year = Some(year).filter(|year| year.len() == 4).and_then(|year| year.parse().ok()).ok_or_else(wrong)?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u8>().ok()).flatten();
    let (found, part, months) = match (rest.get(..1), rest) {
        (_, "" | "A1") => ("A", Some(1), 12),
        (Some("Q"), rest) => ("Q", rest.get(1..).and_then(number), 3),
        (Some("S"), rest) => ("S", rest.get(1..).and_then(number), 6),
        (Some("M"), rest) => ("M", rest.get(1..).and_then(number), 1),
        (_, rest) => ("M", number(rest), 1),
    };
    if !frequency.is_empty() && frequency != found {
        return Err(format!("FREQ是“{frequency}”，TIME_PERIOD“{time}”却是“{found}”，两者应一致"));
    }
    let month = part.and_then(|part| part.checked_mul(months)).ok_or_else(wrong)?;
    Period::new(year, month).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use leitai_domain::{
        decimal::Decimal,
        plan::{Indicator, Plan},
        shipped, simulate,
    };
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::{
        sdmx::write::{Value, write},
        subject::Subject,
    };

    const SUBMITTED: Submitted<'_> = Submitted { plan: simulate::PLAN, simulated: false };

    fn plan() -> Plan {
        Plan::from_toml(shipped::plan(simulate::PLAN).unwrap()).unwrap()
    }

    fn read_text(text: &str) -> Result<Vec<RawItem>, String> {
        read(Records::read(text.as_bytes()).unwrap(), SUBMITTED, &Registry::shipped().unwrap()).map_err(|error| error.to_string())
    }

    fn value(item: &RawItem) -> &RawValue {
        let RawContent::Value(value) = &item.content else { panic!("{item:?}") };
        value
    }

    #[rstest]
    #[case("M", "2025-06", "2025-M06")]
    #[case("", "2025-M06", "2025-M06")]
    #[case("Q", "2025-Q2", "2025-M06")]
    #[case("S", "2025-S1", "2025-M06")]
    #[case("A", "2025", "2025-M12")]
    #[case("A", "2025-A1", "2025-M12")]
    fn times_are_read(#[case] frequency: &str, #[case] time: &str, #[case] wanted: &str) {
        assert_eq!(period(frequency, time).map(|period| period.to_string()), Ok(wanted.to_owned()));
    }

    #[rstest]
    #[case("M", "2025-13", "无法识别")]
    #[case("", "2025-Q5", "无法识别")]
    #[case("", "2025-06-30", "无法识别")]
    #[case("", "2025-W12", "无法识别")]
    #[case("", "25-06", "无法识别")]
    #[case("Q", "2025-06", "两者应一致")]
    fn other_times_are_refused(#[case] frequency: &str, #[case] time: &str, #[case] words: &str) {
        assert!(period(frequency, time).unwrap_err().contains(words));
    }

    // Lines as the SDMX-CSV field guides of version 1.0 and 2.0 lay them out.
    #[rstest]
    #[case("DATAFLOW,FREQ,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE\nNBS:X(1.0),Q,230123,gdp,2025-Q1,20.5\n", &[])]
    #[case(
        "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,UNIT_MULT\n\
         dataflow,NBS:X(1.0.0),I,Q,230123,gdp,2025-Q1,20.5,CNY,4\n",
        &["万元"]
    )]
    #[case(
        "STRUCTURE,STRUCTURE_ID,ACTION,FREQ: Frequency,REF_AREA: Area,INDICATOR: Indicator,TIME_PERIOD: Time,OBS_VALUE: Value,UNIT_MEASURE: Unit\n\
         dataflow,NBS:X(1.0.0): flow,I,Q: Quarterly,230123: Yilan,gdp: GDP,2025-Q1,20.5,PURE: Pure number\n",
        &["PURE"]
    )]
    fn both_versions_are_read(#[case] text: &str, #[case] units: &[&str]) {
        let items = read_text(text).unwrap();
        let value = value(&items[0]);
        assert_eq!((&value.subject, value.indicator.as_str()), (&Subject::Division("230123".to_owned()), "gdp"));
        assert_eq!((value.period.clone(), &value.number), (Ok("2025-M03".parse().unwrap()), &RawNumber::Text("20.5".to_owned())));
        assert_eq!((value.units.iter().map(String::as_str).collect::<Vec<_>>(), value.unit_optional), (units.to_vec(), units.is_empty()));
    }

    const HEADER: &str = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,SIMULATED";

    #[rstest]
    #[case(
        "dataflow,LEITAI:ANOTHER_PLAN(1.0),I,230123,gdp,2025-Q1,1,",
        "line 2: the values are of the structure `LEITAI:ANOTHER_PLAN(1.0)`"
    )]
    #[case("dataflow,LEITAI:HEILONGJIANG_COUNTY_ECONOMY_2025(1.0),D,230123,gdp,2025-Q1,1,", "line 2: the action is D")]
    #[case("dataflow,LEITAI:HEILONGJIANG_COUNTY_ECONOMY_2025(1.0),I,230123,gdp,2025-Q1,1,true", "line 2: the value is simulated")]
    fn a_file_that_must_not_be_taken_is_refused(#[case] line: &str, #[case] message: &str) {
        let error = read_text(&format!("{HEADER}\n{line}\n")).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }

    #[rstest]
    #[case("NaN")]
    #[case("#N/A")]
    #[case("")]
    fn no_value_is_none(#[case] text: &str) {
        let items = read_text(&format!("{HEADER}\ndataflow,NBS:X(1.0),M,230123,gdp,2025-Q1,{text},#N/A\n")).unwrap();
        assert_eq!(value(&items[0]).number, RawNumber::Empty);
    }

    #[test]
    fn a_missing_dimension_is_named() {
        let error = read_text("DATAFLOW,FREQ,INDICATOR,TIME_PERIOD,OBS_VALUE\n").unwrap_err();
        assert!(error.contains("SDMX-CSV, must have the column `REF_AREA` once, found 0 times"), "{error}");
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let ids: Vec<String> = plan().indicators.iter().map(|indicator: &Indicator| indicator.id.clone()).collect();
        let proxies = prop::sample::select(vec!["", "以用电量代替, 口径不同", "含\"引号\""]);
        (prop::sample::select(ids), 2024..=2025, 1_u8..=12, -10_000_000_000_i64..10_000_000_000, 1..100, proxies).prop_map(
            |(indicator, year, month, micros, revision, proxy)| Value {
                division: "230123".to_owned(),
                indicator,
                period: Period::new(year, month).unwrap(),
                value: Decimal::new(micros, 6),
                revision,
                proxy: proxy.to_owned(),
                simulated: false,
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(values in prop::collection::vec(any_value(), 1..20)) {
            let plan = plan();
            let text = String::from_utf8(write(&plan, 2, &values).unwrap()).unwrap();
            let items = read_text(&text).unwrap();
            prop_assert_eq!(items.len(), values.len());
            for (item, wanted) in items.iter().zip(&values) {
                let value = value(item);
                prop_assert_eq!((&value.indicator, value.period.clone(), &value.proxy), (&wanted.indicator, Ok(wanted.period), &wanted.proxy));
                let RawNumber::Text(text) = &value.number else { panic!("{value:?}") };
                let own = &plan.indicator(&wanted.indicator).unwrap().unit;
                let converted = crate::units::convert(text.parse().unwrap(), &value.units[0], own);
                prop_assert_eq!(converted, Some(wanted.value));
            }
        }

        #[test]
        fn never_panics(line in "\\PC{0,80}") {
            let _ = Records::read(format!("{HEADER}\n{line}").as_bytes()).map(|records| read(records, SUBMITTED, &Registry::default()));
        }
    }
}
