//! Sample reminders: templates are tried with them at every start, and `leitai letters samples` writes one to be looked at.

use leitai_domain::{calendar::Due, period::Period};
use minijinja::Error;
use time::{
    Date, OffsetDateTime,
    macros::{date, datetime},
};

use super::{First, NAMES, ROWS, Reminder};
use crate::{
    config::Settings,
    letter::{
        Mail, Number, SampleError, Templates, Told, build,
        sample::{ISSUER, finding, number},
        stable_id,
    },
    reminders::Stage,
    round::{Finding, Light, Round},
};

/// Who is reminded.
const AGENCY: &str = "评价部门样本";
/// When the first reminder is issued, and the day that reports are due.
const FIRST: (OffsetDateTime, Date) = (datetime!(2025-07-09 01:00 UTC), date!(2025 - 07 - 14));
/// When the second one is issued, and the day that it asks for.
const SECOND: (OffsetDateTime, Date) = (datetime!(2025-07-17 01:00 UTC), date!(2025 - 07 - 22));

/// A reminder's facts.
struct Sample {
    stage: Stage,
    number: Number,
    round: Round,
    first: Option<First>,
    unknown_year: Option<i32>,
}

/// Both stages, each with everything that can be said and with nothing.
pub fn letters(templates: &Templates) -> Vec<Result<Told, Error>> {
    let shapes = [Stage::Before, Stage::After].into_iter().flat_map(|stage| [(stage, true), (stage, false)]);
    let samples = shapes.filter_map(|(stage, full)| Sample::new(stage, full, ROWS + 1));
    samples.map(|sample| sample.with(ISSUER, |reminder| reminder.told(templates))).collect()
}

/// File name and message of a second reminder under these settings' templates and sender; `None` never.
///
/// # Errors
/// [`SampleError`]: as for real letters.
pub fn message(settings: &Settings) -> Result<Option<(String, Vec<u8>)>, SampleError> {
    let Some(sample) = Sample::new(Stage::After, true, 4) else { return Ok(None) };
    let rendered = sample.with(&settings.issuer, |reminder| reminder.render(&settings.templates))?;
    let id =
        |stage: Stage| sample.number.message_id(&stable_id(&["sample", stage.word()]), sample.round.period, &settings.message_id_domain);
    let message = build(&Mail {
        from: &settings.from,
        reply_to: &settings.reply_to,
        agency: AGENCY,
        addresses: std::slice::from_ref(&settings.reply_to.email),
        date: SECOND.0,
        message_id: &id(Stage::After),
        references: &[id(Stage::Before)],
        rendered: &rendered,
    })?;
    Ok(Some((format!("催报函-{AGENCY}.eml"), message)))
}

impl Sample {
    /// With this many indicators, more counties than a body prints and everything that can be said of them, or with one of each and nothing.
    /// `None` never: June is a period.
    fn new(stage: Stage, full: bool, indicators: usize) -> Option<Self> {
        let period = Period::new(2025, 6).ok()?;
        let of_indicator = |indicator: usize, counties: usize| (0..counties).map(move |county| missing(indicator, county, period));
        let long = of_indicator(0, if full { NAMES + 15 } else { 1 });
        let others = (1..indicators).filter(|_| full).flat_map(|indicator| of_indicator(indicator, 2));
        let round = Round {
            plan_id: "sample".to_owned(),
            plan_title: "方案样本".to_owned(),
            period,
            findings: long.chain(others).collect(),
            method_notes: Vec::new(),
            simulated: full,
            overdue: Vec::new(),
        };
        let first = First { number: "样〔2025〕2号".to_owned(), issued: FIRST.0.date(), message_id: "<first@sample>".to_owned() };
        let first = Some(first).filter(|_| full && stage == Stage::After);
        Some(Self { stage, number: number(), round, first, unknown_year: (!full).then_some(2099) })
    }

    fn with<T>(&self, issuer: &str, made: impl FnOnce(&Reminder<'_>) -> T) -> T {
        let day = |date| Due { date, unknown_year: self.unknown_year };
        let (issued, asked_by) = if self.stage == Stage::Before { FIRST } else { SECOND };
        made(&Reminder {
            number: &self.number,
            stage: self.stage,
            round: &self.round,
            agency: AGENCY,
            missing: &self.round.findings.iter().collect::<Vec<_>>(),
            due: day(FIRST.1),
            asked_by: day(asked_by),
            working_days: if self.stage == Stage::Before { 10 } else { 3 },
            days_origin: self.unknown_year.map(|_| "示例值，方案未规定"),
            first: self.first.as_ref(),
            policy: "示例政策",
            issuer,
            issued,
        })
    }
}

fn missing(indicator: usize, county: usize, period: Period) -> Finding {
    let (id, name) = (format!("sample-{indicator}"), format!("指标样本{indicator}"));
    let sample = finding(county, false, false, period);
    let note = if county == 1 { "说明样本。" } else { "" }.to_owned();
    Finding { indicator_id: id, indicator_name: name, light: Light::Missing, note, ..sample }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::{reminder::Page, sample::tests::undocumented};

    #[test]
    fn every_field_that_templates_are_given_is_documented() {
        let page = Sample::new(Stage::After, true, 4).unwrap().with(ISSUER, |reminder| serde_json::to_value(Page::new(reminder)).unwrap());
        let (fields, missing) = undocumented(&page);
        assert!(fields > 20 && missing.is_empty(), "{missing:?} of {fields}");
    }

    #[test]
    fn every_shape_is_tried() {
        let letters: Vec<Told> = letters(&Templates::shipped().unwrap()).into_iter().map(Result::unwrap).collect();
        let said = |words: &str| letters.iter().filter(|letter| letter.text.contains(words) && letter.html.contains(words)).count();
        let counts =
            ["据实报送", "逾期", "此前已发", "已计法定节假日", "未计法定节假日", "模拟数据", "等45个", "另有1项指标", "仅报送其他口径"]
                .map(said);
        assert_eq!((letters.len(), counts), (4, [4, 2, 1, 2, 2, 2, 2, 2, 2]));
    }
}
