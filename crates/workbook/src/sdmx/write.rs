//! Values in force as SDMX-CSV 2.0.

use leitai_domain::{
    decimal::Decimal,
    period::Period,
    plan::{Frequency, Indicator, Kind, Plan},
};

use super::{AGENCY, STRUCTURE, codes, dataflow};

/// Dimensions, the measure, and attributes, in the order in which they are written.
const COLUMNS: [&str; 13] = [
    "FREQ",
    "REF_AREA",
    "INDICATOR",
    "TIME_PERIOD",
    "OBS_VALUE",
    "UNIT_MEASURE",
    "UNIT_MULT",
    "DECIMALS",
    "OBS_STATUS",
    "ACCUMULATION",
    "SIMULATED",
    "REVISION",
    "COMMENT_OBS",
];

/// One value in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// GB/T 2260 code.
    pub division: String,
    /// The plan's id.
    pub indicator: String,
    /// When.
    pub period: Period,
    /// In the indicator's unit.
    pub value: Decimal,
    /// Counts from 1.
    pub revision: i32,
    /// What was measured in its place, Chinese; empty where the indicator itself was.
    pub proxy: String,
    /// True where it was simulated.
    pub simulated: bool,
}

/// Writes the values of a plan's indicators; a value of another indicator is left out, which ingestion does not have.
///
/// # Errors
/// The writer's own, which writing into memory does not have.
pub fn write(plan: &Plan, revision: i32, values: &[Value]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(STRUCTURE.iter().chain(&COLUMNS))?;
    let structure = format!("{AGENCY}:{}({revision}.0)", dataflow(&plan.id));
    for value in values {
        if let Some(indicator) = plan.indicator(&value.indicator) {
            let facts = ["dataflow".to_owned(), structure.clone(), "I".to_owned()];
            writer.write_record(facts.into_iter().chain(line(indicator, value)))?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn line(indicator: &Indicator, value: &Value) -> [String; 13] {
    let (frequency, time) = time(indicator.frequency, value.period);
    let (measure, multiplier) = codes(&indicator.unit);
    let accumulation = if indicator.kind == Kind::Level { "END" } else { "YTD" };
    // D: definition differs.
    let status = if value.proxy.is_empty() { "A" } else { "D" };
    [
        frequency.to_owned(),
        value.division.clone(),
        value.indicator.clone(),
        time,
        value.value.normalize().to_string(),
        measure,
        multiplier.to_string(),
        indicator.decimals.to_string(),
        status.to_owned(),
        accumulation.to_owned(),
        value.simulated.to_string(),
        value.revision.to_string(),
        value.proxy.clone(),
    ]
}

/// FREQ and TIME_PERIOD: the indicator's own where the period ends a quarter or a year, else the month.
fn time(frequency: Frequency, period: Period) -> (&'static str, String) {
    let (year, month) = (period.year(), period.month());
    match frequency {
        Frequency::Quarterly if period.ends_quarter() => ("Q", format!("{year}-Q{}", month / 3)),
        Frequency::Yearly if month == 12 => ("A", year.to_string()),
        Frequency::Monthly | Frequency::Quarterly | Frequency::Yearly => ("M", format!("{year}-{month:02}")),
    }
}
