//! Sample corrections: templates are tried with them at every start, and `leitai letters samples` writes one to be looked at.

use std::collections::HashMap;

use leitai_domain::period::Period;
use minijinja::Error;
use time::{
    Date, OffsetDateTime,
    macros::{date, datetime},
};

use super::{Correction, Entry, Original, ROWS};
use crate::{
    cases::State,
    config::Settings,
    corrections::{Differences, Item, Known, differences},
    letter::{
        Mail, SampleError, Templates, Told, build,
        sample::{ISSUER, finding, number},
        stable_id,
    },
    round::{Finding, Light, Round},
};

/// Who is written to.
const AGENCY: &str = "评价部门样本";
/// When it is issued.
const ISSUED: OffsetDateTime = datetime!(2025-08-01 01:00 UTC);
/// When the corrected values came into force, Unix milliseconds, and the day of the letter that is corrected.
const KNOWN: i64 = 1_753_056_000_000;
const TOLD: Date = date!(2025 - 07 - 18);

/// A correction's facts.
struct Sample {
    full: bool,
    differences: Differences,
    original: Original,
}

/// With everything that can be said, and with nothing.
pub fn letters(templates: &Templates) -> Vec<Result<Told, Error>> {
    let samples = [(true, ROWS + 1), (false, 1)].into_iter().filter_map(|(full, rows)| Sample::new(full, rows));
    samples.map(|sample| sample.with(ISSUER, |correction| correction.told(templates))).collect()
}

/// File name and message of a correction under these settings' templates and sender; `None` never.
///
/// # Errors
/// [`SampleError`]: as for real letters.
pub fn message(settings: &Settings) -> Result<Option<(String, Vec<u8>)>, SampleError> {
    let Some((sample, period)) = Sample::new(true, 4).zip(Period::new(2025, 6).ok()) else { return Ok(None) };
    let rendered = sample.with(&settings.issuer, |correction| correction.render(&settings.templates))?;
    let id = |of: &str| number().message_id(&stable_id(&["sample", "correction", of]), period, &settings.message_id_domain);
    let message = build(&Mail {
        from: &settings.from,
        reply_to: &settings.reply_to,
        agency: AGENCY,
        addresses: std::slice::from_ref(&settings.reply_to.email),
        date: ISSUED,
        message_id: &id("correction"),
        references: &[id("original")],
        rendered: &rendered,
    })?;
    Ok(Some((format!("更正函-{AGENCY}.eml"), message)))
}

impl Sample {
    /// With this many items and everything that can be said of them, or with a place alone. `None` never: June is a period.
    fn new(full: bool, rows: usize) -> Option<Self> {
        let period = Period::new(2025, 6).ok()?;
        let told: Vec<Finding> = (0..rows).map(|county| finding(county, full, false, period)).collect();
        let now = |(index, told): (usize, &Finding)| {
            let moved = Finding { rank: Some(5), submitter: "报送单位样本".to_owned(), ..told.clone() };
            let actual = Some(if index % 2 == 0 { 6_200_000 } else { 5_100_000 });
            let gap = actual.map(|actual| actual - 6_000_000);
            let light = if index % 2 == 0 { Light::Green } else { Light::Red };
            if full { Finding { actual, gap, light, ..moved } } else { moved }
        };
        let keys: Vec<_> = told.iter().map(|finding| (finding.indicator_id.clone(), finding.division_code.clone())).collect();
        let printed = keys.iter().cloned().zip(&told).collect();
        let round = Round {
            plan_id: "sample".to_owned(),
            plan_title: "方案样本".to_owned(),
            period,
            findings: told.iter().enumerate().map(now).collect(),
            method_notes: Vec::new(),
            simulated: full,
            overdue: Vec::new(),
        };
        let known = Known { round, since: keys.iter().cloned().map(|key| (key, KNOWN)).collect() };
        let original =
            Original {
                number: "样〔2025〕2号".to_owned(), form: "提示函", issued: TOLD, reply_by: full.then_some(date!(2025 - 08 - 01))
            };
        Some(Self { full, differences: differences(&keys, &printed, &HashMap::new(), &known), original })
    }

    fn with<T>(&self, issuer: &str, made: impl FnOnce(&Correction<'_>) -> T) -> T {
        let states = [State::Open, State::Acknowledged, State::Rectifying, State::Recovered, State::SignedOff];
        let entry = |(item, state)| Entry { item, case: self.full.then_some(state), behind: self.full && is_behind(item) };
        let entries: Vec<Entry<'_>> = self.differences.items.iter().zip(states.into_iter().cycle()).map(entry).collect();
        made(&Correction {
            number: &number(),
            original: &self.original,
            before: self.full.then_some("样〔2025〕3号"),
            plan: "方案样本",
            period: "2025年1—6月",
            agency: AGENCY,
            entries: &entries,
            reason: "原因样本。",
            issuer,
            issued: ISSUED,
        })
    }
}

fn is_behind(item: &Item) -> bool {
    item.now.light == Light::Red
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::{correction::Page, sample::tests::undocumented};

    #[test]
    fn every_field_that_templates_are_given_is_documented() {
        let page = Sample::new(true, 4).unwrap().with(ISSUER, |correction| serde_json::to_value(Page::new(correction)).unwrap());
        let (fields, missing) = undocumented(&page);
        assert!(fields > 25 && missing.is_empty(), "{missing:?} of {fields}");
    }

    #[test]
    fn every_shape_is_tried() {
        let letters: Vec<Told> = letters(&Templates::shipped().unwrap()).into_iter().map(Result::unwrap).collect();
        let said = |words: &str| letters.iter().filter(|letter| letter.text.contains(words) && letter.html.contains(words)).count();
        let counts =
            ["据实填报", "更正过", "其他县", "仍落后", "不因本次更正自行办结", "模拟数据", "另有1项", "整改中", "起生效"].map(said);
        assert_eq!((letters.len(), counts), (2, [2, 1, 1, 1, 1, 1, 1, 1, 1]));
    }
}
