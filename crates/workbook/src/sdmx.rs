//! SDMX-CSV: values in force as statistical offices exchange them. Written as version 2.0, read as 2.0 and 1.0.
//!
//! One dataflow for each plan, `LEITAI:HEILONGJIANG_COUNTY_ECONOMY_2025(1.0)`, whose version is the plan's revision. Dimensions: FREQ (CL_FREQ),
//! REF_AREA (GB/T 2260), INDICATOR (the plan's ids), TIME_PERIOD (`2025-06`, `2025-Q2`, `2025`). Attributes: UNIT_MEASURE, UNIT_MULT
//! (CL_UNIT_MULT), DECIMALS (CL_DECIMALS), OBS_STATUS (CL_OBS_STATUS), ACCUMULATION (`YTD`: from 1 January to the end of the period, `END`: at
//! its end), SIMULATED, REVISION, COMMENT_OBS. The names are those of the SDMX cross-domain concepts and code lists where such exist.

pub mod read;
pub mod write;

use crate::units::{self, Dimension};

/// Columns besides the dimensions that say whose file it is.
const STRUCTURE: [&str; 3] = ["STRUCTURE", "STRUCTURE_ID", "ACTION"];
/// Who maintains the structure.
const AGENCY: &str = "LEITAI";
/// What each dimension of units is called: ISO 4217 for money, our own words for the rest.
const CODES: [(Dimension, &str, &str); 5] = [
    (Dimension::Yuan, "CNY", "元"),
    (Dimension::Dollar, "USD", "美元"),
    (Dimension::Count, "COUNT", "个"),
    (Dimension::Percent, "PERCENT", "%"),
    (Dimension::Point, "PERCENT_POINT", "个百分点"),
];

/// The dataflow of a plan, without agency and version.
#[must_use]
pub fn dataflow(plan: &str) -> String {
    plan.to_uppercase().replace('-', "_")
}

/// UNIT_MEASURE and UNIT_MULT of a unit; the unit's own text and 0 where it is of none of our dimensions.
fn codes(unit: &str) -> (String, i32) {
    let known = units::measure(unit).and_then(|(dimension, power)| {
        let (_, code, _) = CODES.iter().find(|(known, ..)| *known == dimension)?;
        Some(((*code).to_owned(), power))
    });
    known.unwrap_or_else(|| (unit.to_owned(), 0))
}

/// The unit of a code and a multiplier; `None` where we have no name for that multiple.
fn unit(code: &str, power: i32) -> Option<String> {
    match CODES.iter().find(|(_, known, _)| *known == code) {
        Some((_, _, base)) => Some(format!("{}{base}", units::multiple(power)?)),
        None => (power == 0).then(|| code.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("亿元", "CNY", 8, "亿元")]
    #[case("万美元", "USD", 4, "万美元")]
    #[case("%", "PERCENT", 0, "%")]
    #[case("个百分点", "PERCENT_POINT", 0, "个百分点")]
    // What is counted is the indicator's to say.
    #[case("户", "COUNT", 0, "个")]
    #[case("万吨", "万吨", 0, "万吨")]
    fn units_have_codes(#[case] text: &str, #[case] code: &str, #[case] power: i32, #[case] back: &str) {
        assert_eq!((codes(text), unit(code, power)), ((code.to_owned(), power), Some(back.to_owned())));
    }

    #[test]
    fn a_multiple_without_a_name_has_no_unit() {
        assert_eq!(unit("CNY", 5), None);
    }
}
