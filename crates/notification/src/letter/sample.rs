//! Sample letters that templates are tried with before any real one is made.

use std::collections::HashMap;

use leitai_domain::{
    calendar::{CHINA_TOML, Calendar},
    ladder::{Recipient, Tier},
    period::Period,
};
use minijinja::Error;
use time::macros::{date, datetime};

use super::{Draft, Earlier, Histories, History, Number, Pictures, Reply, Templates, Told, workbook};
use crate::{
    policy::{EXAMPLE, Policy},
    round::{Finding, Light, PathPoint, Round, StillNeeded},
    routing::{Addressee, Parcel},
};

/// The number of every sample letter.
pub const NUMBER: &str = "样〔2025〕1号";
/// Who issues them.
pub const ISSUER: &str = "发函单位样本";

/// Letters of a tier that show every part of a page: to a department and to a county, with everything that can be said and with nothing.
pub fn letters(templates: &Templates, tier: Tier) -> Vec<Result<Told, Error>> {
    let shapes = [(false, true), (false, false), (true, true), (true, false)];
    shapes.into_iter().filter_map(|(by_county, full)| letter(templates, tier, by_county, full)).collect()
}

/// `None` never: June is a period, and the calendar that ships can be read.
fn letter(templates: &Templates, tier: Tier, by_county: bool, full: bool) -> Option<Result<Told, Error>> {
    let period = Period::new(2025, 6).ok()?;
    let findings: Vec<Finding> = (0..if full { 130 } else { 1 }).map(|index| finding(index, full, period)).collect();
    let round = Round {
        plan_id: "sample".to_owned(),
        plan_title: "方案样本".to_owned(),
        period,
        findings: Vec::new(),
        method_notes: if full { vec!["方法说明样本。".to_owned()] } else { Vec::new() },
        simulated: full,
    };
    let name = if by_county { "样本县县域经济发展专班" } else { "评价部门样本" };
    let told = |name: &str| if full { vec![name.to_owned()] } else { Vec::new() };
    let role = if by_county { Recipient::CountyTaskForce } else { Recipient::EvaluatingAgency };
    let parcel = Parcel {
        tier,
        addressee: Addressee { role, name: name.to_owned(), division_code: by_county.then(|| "000000".to_owned()) },
        findings: findings.iter().collect(),
        other_departments: told("另一部门"),
        other_divisions: told("另一县"),
    };
    let (number, policy, histories) = (number(), Policy::from_toml(EXAMPLE).ok()?, histories(&findings, full));
    let (calendar, pictures) = (Calendar::from_toml(CHINA_TOML).ok()?, Pictures::default());
    // Far ahead no notice is known, and the sentence that says so is shown.
    let issued = if full { datetime!(2099-07-17 00:00 UTC) } else { datetime!(2025-07-18 00:00 UTC) };
    let (round, parcel, policy, calendar, histories) = (&round, &parcel, &policy, &calendar, &histories);
    let draft =
        Draft { number: &number, tier, round, parcel, histories, policy, calendar, issuer: ISSUER, issued, charts: Some(&pictures) };
    Some(draft.told(templates))
}

fn number() -> Number {
    Number { series: "样".to_owned(), year: 2025, ordinal: 1 }
}

/// The name of every sample letter's workbook.
pub fn attachment() -> String {
    workbook::name(&number())
}

fn finding(index: usize, full: bool, period: Period) -> Finding {
    let text = |text: &str| if full { text.to_owned() } else { String::new() };
    Finding {
        indicator_id: "sample".to_owned(),
        indicator_name: "指标样本".to_owned(),
        unit: "%".to_owned(),
        division_code: index.to_string(),
        division_name: format!("样本{index}县"),
        prefecture_code: String::new(),
        prefecture_name: String::new(),
        target_text: "6以上".to_owned(),
        expected: Some(6_000_000),
        actual: full.then_some(4_100_000),
        gap: full.then_some(-1_900_000),
        light: Light::Red,
        rank: full.then_some(11),
        ranked_count: 12,
        still_needed: full.then(|| StillNeeded { value: 7_900_000, unit: "%".to_owned(), share_assumed: true }),
        proxy: text("代用指标样本"),
        simulated: full,
        submitter: String::new(),
        agencies: vec!["评价部门样本".to_owned()],
        behind_since: full.then_some(period),
        note: text("说明样本。"),
        decimals: 1,
        path: path(full, period),
    }
}

fn path(full: bool, period: Period) -> Vec<PathPoint> {
    let march = Period::new(period.year(), 3).into_iter().chain([period]).filter(|_| full);
    march.map(|period| PathPoint { period, expected: Some(6_000_000), actual: Some(4_100_000) }).collect()
}

/// One earlier letter for each thing that can be said of its deadline.
fn histories(findings: &[Finding], full: bool) -> Histories {
    let earlier = |(ordinal, reply)| Earlier {
        number: format!("样〔2025〕{ordinal}号"),
        tier: Tier::Notice,
        issued: date!(2025 - 04 - 18),
        reply_by: date!(2025 - 05 - 02),
        reply,
    };
    let replies = [(2, Reply::Unknown), (3, Reply::InTime), (4, Reply::Missed)];
    let history = History { periods: 2, earlier: replies.map(earlier).to_vec() };
    let known = findings.iter().filter(|_| full).map(|finding| {
        let key = (finding.division_code.clone(), finding.indicator_id.clone());
        (key, history.clone())
    });
    Histories(known.collect::<HashMap<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_shape_is_left_out() {
        let letters = letters(&Templates::shipped().unwrap(), Tier::Notice);
        let said = |words| letters.iter().flatten().filter(|letter| letter.text.contains(words)).count();
        assert_eq!((letters.len(), said("已计法定节假日"), said("未计法定节假日")), (4, 2, 2));
    }
}
