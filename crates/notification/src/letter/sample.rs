//! Sample letters: templates are tried with them before any real one is made, and `leitai letters samples` writes them to be looked at.

use std::collections::HashMap;

use leitai_domain::{
    calendar::{CHINA_TOML, Calendar},
    ladder::{Recipient, Tier},
    period::Period,
};
use minijinja::Error;
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};

use super::{
    Draft, Earlier, Histories, History, Mail, Number, Pictures, Reply, SampleError, Templates, Told, build, correction, reminder,
    stable_id, words::form, workbook,
};
use crate::{
    config::Settings,
    policy::{EXAMPLE, Policy},
    round::{Finding, Light, OverdueMeasure, PathPoint, Round, StillNeeded},
    routing::{Addressee, Parcel},
};

/// The number of every sample letter.
pub const NUMBER: &str = "样〔2025〕1号";
/// Who issues those that templates are tried with.
pub const ISSUER: &str = "发函单位样本";
/// When they are issued.
const ISSUED: OffsetDateTime = datetime!(2025-07-18 00:00 UTC);
/// No notice on days off is known so far ahead: the sentence that says so is shown.
const FAR_AHEAD: OffsetDateTime = datetime!(2099-07-17 00:00 UTC);

/// A letter's facts.
struct Sample {
    number: Number,
    policy: Policy,
    calendar: Calendar,
    round: Round,
    addressee: Addressee,
    /// True where everything is said that can be, false where nothing is.
    full: bool,
    findings: Vec<Finding>,
    histories: Histories,
    pictures: Pictures,
}

/// Letters of a tier that show every part of a page: to a department and to a county, with everything that can be said and with nothing.
pub fn letters(templates: &Templates, tier: Tier) -> Vec<Result<Told, Error>> {
    let shapes = [(false, 130), (false, 0), (true, 130), (true, 0)];
    let samples = shapes.into_iter().filter_map(|(by_county, rows)| Sample::new(by_county, rows));
    let issued = |sample: &Sample| if sample.full { FAR_AHEAD } else { ISSUED };
    samples.map(|sample| sample.with(tier, ISSUER, issued(&sample), |draft| draft.told(templates))).collect()
}

/// File names and messages of sample letters, one of each tier to a department and to a county, a reminder and a correction, under these settings'
/// templates and sender.
///
/// # Errors
/// [`SampleError`]: as for real letters.
pub fn messages(settings: &Settings) -> Result<Vec<(String, Vec<u8>)>, SampleError> {
    let tiers = [Tier::Notice, Tier::Warning, Tier::Supervision, Tier::Interview];
    let kinds = tiers.into_iter().flat_map(|tier| [(tier, false), (tier, true)]);
    let of_tiers = kinds
        .filter_map(|(tier, by_county)| Some((tier, Sample::new(by_county, 12)?)))
        .map(|(tier, sample)| sample.message(tier, settings));
    let others = [reminder::sample::message(settings).transpose(), correction::sample::message(settings).transpose()];
    of_tiers.chain(others.into_iter().flatten()).collect()
}

impl Sample {
    /// With this many rows and everything that can be said of them, or with one row and nothing where it is 0. `None` never: June is a period,
    /// and the example policy one.
    fn new(by_county: bool, rows: usize) -> Option<Self> {
        let (period, full) = (Period::new(2025, 6).ok()?, rows > 0);
        let findings: Vec<Finding> = (0..rows.max(1)).map(|index| finding(index, full, by_county, period)).collect();
        let name = if by_county { "样本县县域经济发展专班" } else { "评价部门样本" };
        let round = Round {
            plan_id: "sample".to_owned(),
            plan_title: "方案样本".to_owned(),
            period,
            findings: Vec::new(),
            method_notes: if full { vec!["方法说明样本。".to_owned()] } else { Vec::new() },
            simulated: full,
            overdue: if full { overdue(findings.first(), name) } else { Vec::new() },
        };
        let role = if by_county { Recipient::CountyTaskForce } else { Recipient::EvaluatingAgency };
        let addressee = Addressee { role, name: name.to_owned(), division_code: by_county.then(|| "000000".to_owned()) };
        let histories = histories(&findings, full);
        let (policy, calendar, pictures) = (Policy::from_toml(EXAMPLE).ok()?, Calendar::from_toml(CHINA_TOML).ok()?, Pictures::default());
        Some(Self { number: number(), policy, calendar, round, addressee, full, findings, histories, pictures })
    }

    fn with<T>(&self, tier: Tier, issuer: &str, issued: OffsetDateTime, made: impl FnOnce(&Draft<'_>) -> T) -> T {
        let told = |name: &str| if self.full { vec![name.to_owned()] } else { Vec::new() };
        let parcel = Parcel {
            tier,
            addressee: self.addressee.clone(),
            findings: self.findings.iter().collect(),
            other_departments: told("另一部门"),
            other_divisions: told("另一县"),
        };
        made(&Draft {
            number: &self.number,
            tier,
            round: &self.round,
            parcel: &parcel,
            histories: &self.histories,
            policy: &self.policy,
            calendar: &self.calendar,
            issuer,
            issued,
            charts: Some(&self.pictures),
        })
    }

    fn message(&self, tier: Tier, settings: &Settings) -> Result<(String, Vec<u8>), SampleError> {
        let rendered = self.with(tier, &settings.issuer, ISSUED, |draft| draft.render(&settings.templates))?;
        // Mail programs take two messages with one id for the same.
        let id = stable_id(&["sample", form(tier), &self.addressee.name]);
        let message_id = self.number.message_id(&id, self.round.period, &settings.message_id_domain);
        let earlier = self.number.message_id(&id, self.round.period.last_year(), &settings.message_id_domain);
        let message = build(&Mail {
            from: &settings.from,
            reply_to: &settings.reply_to,
            agency: &self.addressee.name,
            addresses: std::slice::from_ref(&settings.reply_to.email),
            date: ISSUED,
            message_id: &message_id,
            references: &[earlier],
            rendered: &rendered,
        })?;
        Ok((format!("{}-{}.eml", form(tier), self.addressee.name), message))
    }
}

/// The number of every sample letter.
pub(super) fn number() -> Number {
    Number { series: "样".to_owned(), year: 2025, ordinal: 1 }
}

/// The name of every sample letter's workbook.
pub fn attachment() -> String {
    workbook::name(&number())
}

/// A row; a little worse than the one before it.
pub(super) fn finding(index: usize, full: bool, by_county: bool, period: Period) -> Finding {
    let text = |text: &str| if full { text.to_owned() } else { String::new() };
    let (indicator, county) = if by_county { (index, 0) } else { (0, index) };
    // A little worse with each row.
    let actual = 5_000_000 - 100_000 * i64::try_from(index % 60).unwrap_or_default();
    Finding {
        indicator_id: format!("sample-{indicator}"),
        indicator_name: format!("指标样本{indicator}"),
        unit: "%".to_owned(),
        division_code: county.to_string(),
        division_name: format!("样本{county}县"),
        prefecture_code: String::new(),
        prefecture_name: String::new(),
        target_text: "6以上".to_owned(),
        expected: Some(6_000_000),
        actual: full.then_some(actual),
        gap: full.then_some(actual - 6_000_000),
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
        path: path(full, actual, period),
    }
}

/// From February on, up to the sample's value.
fn path(full: bool, actual: i64, period: Period) -> Vec<PathPoint> {
    let months = (2..=period.month()).filter_map(|month| Period::new(period.year(), month).ok()).filter(|_| full);
    let value = |month: u8| actual + i64::from(period.month() - month) * 150_000;
    months.map(|period| PathPoint { period, expected: Some(6_000_000), actual: Some(value(period.month())) }).collect()
}

/// One more than are printed: of the letter's first target, and of its addressee elsewhere.
fn overdue(first: Option<&Finding>, addressee: &str) -> Vec<OverdueMeasure> {
    let target = |days: i32| first.filter(|_| days % 2 == 0).map(|first| (first.indicator_id.clone(), first.division_code.clone()));
    let measure = |days: i32| {
        let (indicator_id, division_code) = target(days).unwrap_or_else(|| ("elsewhere".to_owned(), "elsewhere".to_owned()));
        let (project, measure, owner) = ("项目样本".to_owned(), "措施样本".to_owned(), addressee.to_owned());
        OverdueMeasure { indicator_id, division_code, project, measure, owner, due: date!(2025 - 06 - 30), days }
    };
    (1..=21).map(measure).collect()
}

/// One earlier letter for each thing that can be said of its deadline.
fn histories(findings: &[Finding], full: bool) -> Histories {
    let earlier = |(ordinal, reply)| Earlier {
        number: format!("样〔2025〕{ordinal}号"),
        tier: Tier::Notice,
        issued: date!(2025 - 04 - 18),
        reply_by: date!(2025 - 05 - 02),
        reply,
        corrected_by: (ordinal == 3).then(|| "样〔2025〕9号".to_owned()),
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
pub(super) mod tests {
    use serde_json::Value;

    use super::*;
    use crate::letter::page::Page;

    /// Names of fields, those of lists and tables too.
    fn fields(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields_of) => fields_of.iter().for_each(|(name, value)| {
                found.push(name.clone());
                fields(value, found);
            }),
            Value::Array(values) => values.iter().for_each(|value| fields(value, found)),
            _ => {}
        }
    }

    /// How many fields a page has, and those that the manual does not name.
    pub fn undocumented(page: &Value) -> (usize, Vec<String>) {
        let manual = include_str!("../../templates/README.md");
        let mut found = Vec::new();
        fields(page, &mut found);
        let of = found.len();
        (of, found.into_iter().filter(|name| !manual.contains(&format!("`{name}`"))).collect())
    }

    #[test]
    fn every_field_that_templates_are_given_is_documented() {
        let page =
            Sample::new(false, 12).unwrap().with(Tier::Warning, ISSUER, ISSUED, |draft| serde_json::to_value(Page::new(draft)).unwrap());
        let (fields, missing) = undocumented(&page);
        assert!(fields > 40 && missing.is_empty(), "{missing:?} of {fields}");
    }

    #[test]
    fn no_shape_is_left_out() {
        let letters = letters(&Templates::shipped().unwrap(), Tier::Notice);
        let said = |words| letters.iter().flatten().filter(|letter| letter.text.contains(words)).count();
        assert_eq!((letters.len(), said("已计法定节假日"), said("未计法定节假日")), (4, 2, 2));
    }
}
