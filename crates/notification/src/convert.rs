//! What comes in over the wire, checked once: afterwards no name can break a line and no number is out of bounds.

use leitai_domain::{decimal::SCALE, period::Period};
use leitai_proto::{evaluation::v1 as wire, ingestion::v1::Obligation};
use leitai_rpc::failure::Failure;

use crate::{
    cases::record,
    round::{Finding, Light, OverdueMeasure, PathPoint, Round, StillNeeded},
};

/// Characters in a name at most.
const NAME: usize = 200;
/// Characters in a sentence at most.
const SENTENCE: usize = 20_000;

/// Why a frozen round cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoundError {
    /// A field that the contract requires.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A text with a control character, or too long, or empty where it must not be.
    #[error("{field} is empty, too long or holds a control character")]
    Text {
        /// The field.
        field: &'static str,
    },
    /// No period.
    #[error("{field} is no period")]
    Period {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: leitai_domain::period::PeriodError,
    },
    /// A number out of bounds, or an enum value that is never sent.
    #[error("{0} is out of bounds")]
    Bounds(&'static str),
    /// A verdict of another plan or period than the round's.
    #[error("a verdict is of another plan or period than its round")]
    Stray,
    /// Bytes that are no verdict.
    #[error("a verdict cannot be read")]
    Verdict(#[from] prost::DecodeError),
    /// The same target × division twice: one case cannot take two verdicts of one round.
    #[error("indicator `{indicator}` has two verdicts for division `{division}`")]
    Twice {
        /// The indicator's id.
        indicator: String,
        /// The division's code.
        division: String,
    },
}

/// Checks a frozen round.
///
/// # Errors
/// [`RoundError`] names the field.
pub fn round(mut round: wire::FrozenRound) -> Result<Round, RoundError> {
    let verdicts = std::mem::take(&mut round.verdicts);
    round_of(round, verdicts.into_iter().map(Ok))
}

/// Checks a frozen round whose verdicts come one by one; those that it holds itself are left out.
///
/// # Errors
/// [`RoundError`] names the field.
pub fn round_of(
    round: wire::FrozenRound,
    verdicts: impl ExactSizeIterator<Item = Result<wire::Verdict, RoundError>>,
) -> Result<Round, RoundError> {
    let period = period("period", &round.period)?;
    let plan_id = identifier("plan_id", round.plan_id)?;
    let mut findings = Vec::with_capacity(verdicts.len());
    for verdict in verdicts {
        let verdict = verdict?;
        if verdict.plan_id != plan_id || verdict.period != round.period {
            return Err(RoundError::Stray);
        }
        findings.push(finding(verdict, period)?);
    }
    let mut seen = std::collections::HashSet::with_capacity(findings.len());
    if let Some(twice) = findings.iter().find(|finding| !seen.insert((&finding.indicator_id, &finding.division_code))) {
        return Err(RoundError::Twice { indicator: twice.indicator_id.clone(), division: twice.division_code.clone() });
    }
    Ok(Round {
        plan_id,
        plan_title: name("plan_title", round.plan_title)?,
        period,
        findings,
        method_notes: round.method_notes.into_iter().map(|note| sentence("method_notes", note)).collect::<Result<_, _>>()?,
        simulated: round.simulated,
        overdue: round.overdue_measures.into_iter().map(overdue).collect::<Result<_, _>>()?,
    })
}

fn overdue(measure: wire::OverdueMeasure) -> Result<OverdueMeasure, RoundError> {
    Ok(OverdueMeasure {
        indicator_id: identifier("overdue_measures.indicator_id", measure.indicator_id)?,
        division_code: identifier("overdue_measures.division_code", measure.division_code)?,
        project: name("overdue_measures.project", measure.project)?,
        measure: sentence("overdue_measures.measure", measure.measure)?,
        owner: name("overdue_measures.owner", measure.owner)?,
        due: record::day(&measure.due_on).ok_or(RoundError::Bounds("overdue_measures.due_on"))?,
        days: Some(measure.overdue_days).filter(|days| *days > 0).ok_or(RoundError::Bounds("overdue_measures.overdue_days"))?,
    })
}

fn finding(verdict: wire::Verdict, of: Period) -> Result<Finding, RoundError> {
    let light = light(verdict.light())?;
    let behind_since = match verdict.behind_since.as_str() {
        "" => None,
        text => Some(period("behind_since", text)?),
    };
    Ok(Finding {
        indicator_id: identifier("indicator_id", verdict.indicator_id)?,
        indicator_name: name("indicator_name", verdict.indicator_name)?,
        unit: name("unit", verdict.unit)?,
        division_code: identifier("division_code", verdict.division_code)?,
        division_name: name("division_name", verdict.division_name)?,
        prefecture_code: bounded("prefecture_code", verdict.prefecture_code, 64)?,
        prefecture_name: bounded("prefecture_name", verdict.prefecture_name, NAME)?,
        submitter: bounded("submitter", verdict.submitter, NAME)?,
        target_text: name("target_text", verdict.target_text)?,
        expected: verdict.expected_micros,
        actual: verdict.actual_micros,
        gap: verdict.gap_micros,
        light,
        rank: verdict.rank,
        ranked_count: verdict.ranked_count,
        still_needed: verdict.still_needed.map(still_needed).transpose()?,
        proxy: sentence("proxy", verdict.proxy)?,
        simulated: verdict.simulated,
        agencies: verdict.evaluating_agencies.into_iter().map(|agency| name("evaluating_agencies", agency)).collect::<Result<_, _>>()?,
        behind_since,
        note: sentence("note", verdict.note)?,
        decimals: u32::try_from(verdict.decimals).ok().filter(|d| *d <= SCALE).ok_or(RoundError::Bounds("decimals"))?,
        path: path(verdict.path, of)?,
    })
}

/// Something owed and not reported, as a finding of what is missing. The note says what was reported in its place; empty for nothing.
///
/// # Errors
/// [`RoundError`] names the field.
pub fn owed(owed: Obligation, note: String) -> Result<Finding, RoundError> {
    Ok(Finding {
        indicator_id: identifier("indicator_id", owed.indicator_id)?,
        indicator_name: name("indicator_name", owed.indicator_name)?,
        unit: name("unit", owed.unit)?,
        division_code: identifier("division_code", owed.division_code)?,
        division_name: name("division_name", owed.division_name)?,
        prefecture_code: bounded("prefecture_code", owed.prefecture_code, 64)?,
        prefecture_name: bounded("prefecture_name", owed.prefecture_name, NAME)?,
        submitter: String::new(),
        target_text: String::new(),
        expected: None,
        actual: None,
        gap: None,
        light: Light::Missing,
        rank: None,
        ranked_count: 0,
        still_needed: None,
        proxy: String::new(),
        simulated: false,
        agencies: owed.agencies.into_iter().map(|agency| name("agencies", agency)).collect::<Result<_, _>>()?,
        behind_since: None,
        note: sentence("note", note)?,
        decimals: 0,
        path: Vec::new(),
    })
}

/// A round whose missing values are known, and nothing else.
///
/// # Errors
/// [`RoundError`] names the field.
pub fn open_round(
    plan_id: String,
    plan_title: String,
    period: Period,
    findings: Vec<Finding>,
    simulated: bool,
) -> Result<Round, RoundError> {
    let (plan_id, plan_title) = (identifier("plan_id", plan_id)?, name("plan_title", plan_title)?);
    Ok(Round { plan_id, plan_title, period, findings, method_notes: Vec::new(), overdue: Vec::new(), simulated })
}

/// Where a plan has its days from.
///
/// # Errors
/// [`RoundError`] where it is no name.
pub fn origin(text: String) -> Result<String, RoundError> {
    name("days_origin", text)
}

/// Periods of the round's year up to it, in their order.
fn path(points: Vec<wire::PathPoint>, of: Period) -> Result<Vec<PathPoint>, RoundError> {
    let point = |point: wire::PathPoint| {
        let period = period("path.period", &point.period)?;
        Ok(PathPoint { period, expected: point.expected_micros, actual: point.actual_micros })
    };
    let path: Vec<PathPoint> = points.into_iter().map(point).collect::<Result<_, RoundError>>()?;
    let in_order = path.windows(2).all(|pair| matches!(pair, [a, b] if a.period < b.period));
    let inside = path.iter().all(|point| point.period.year() == of.year() && point.period <= of);
    if in_order && inside { Ok(path) } else { Err(RoundError::Bounds("path")) }
}

fn still_needed(needed: wire::StillNeeded) -> Result<StillNeeded, RoundError> {
    let unit = name("still_needed.unit", needed.unit)?;
    Ok(StillNeeded { value: needed.value_micros, unit, share_assumed: needed.share_assumed })
}

fn light(light: wire::Light) -> Result<Light, RoundError> {
    match light {
        wire::Light::Green => Ok(Light::Green),
        wire::Light::Yellow => Ok(Light::Yellow),
        wire::Light::Red => Ok(Light::Red),
        wire::Light::Grey => Ok(Light::Grey),
        wire::Light::Missing => Ok(Light::Missing),
        wire::Light::Unspecified => Err(RoundError::Bounds("light")),
    }
}

/// A period of a named field.
///
/// # Errors
/// [`RoundError::Period`] names the field.
pub fn period(field: &'static str, text: &str) -> Result<Period, RoundError> {
    text.parse().map_err(|source| RoundError::Period { field, source })
}

/// Ids stand in Message-IDs: visible ASCII without the characters that end one.
fn identifier(field: &'static str, text: String) -> Result<String, RoundError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = (1..=64).contains(&text.len()) && text.chars().all(plain);
    if fits { Ok(text) } else { Err(RoundError::Text { field }) }
}

fn name(field: &'static str, text: String) -> Result<String, RoundError> {
    if text.is_empty() { Err(RoundError::Text { field }) } else { bounded(field, text, NAME) }
}

fn sentence(field: &'static str, text: String) -> Result<String, RoundError> {
    bounded(field, text, SENTENCE)
}

fn bounded(field: &'static str, text: String, most: usize) -> Result<String, RoundError> {
    let fits = text.chars().count() <= most && !text.contains(char::is_control);
    if fits { Ok(text) } else { Err(RoundError::Text { field }) }
}

/// A filter of a list request: empty for all.
///
/// # Errors
/// `FILTER` where it is longer than 200 characters or holds a control character.
pub fn filter(field: &str, text: String) -> Result<Option<String>, Failure> {
    if text.chars().count() > NAME || text.contains(char::is_control) {
        return Err(Failure::invalid("FILTER", format!("{field} is no name")).field(field, "at most 200 characters on one line"));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// A number with a default for 0.
///
/// # Errors
/// `OUT_OF_RANGE` names the bounds.
pub fn bounded_number(field: &str, value: i32, bounds: std::ops::RangeInclusive<i32>, default: i32) -> Result<i32, Failure> {
    match value {
        0 => Ok(default),
        value if bounds.contains(&value) => Ok(value),
        value => {
            let right = format!("{} to {}, or 0 for {default}", bounds.start(), bounds.end());
            Err(Failure::invalid("OUT_OF_RANGE", format!("{field} is {value}")).field(field, right))
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::testing::{frozen, verdict};

    #[test]
    fn takes_what_evaluation_sends() {
        let round = round(frozen("2025-M03", vec![verdict("gdp", "430582", wire::Light::Red)])).unwrap();
        assert_eq!((round.period.to_string().as_str(), round.findings.len()), ("2025-M03", 1));
        assert_eq!(round.findings[0].light, Light::Red);
        assert_eq!(round.findings[0].still_needed.as_ref().unwrap().unit, "%");
    }

    #[rstest]
    #[case::carriage_return("省发展改革委\r\nBcc: x@y.example")]
    #[case::line_feed("省发展改革委\n")]
    #[case::nothing("")]
    #[case::nul("a\0b")]
    fn refuses_names_that_break_a_line(#[case] text: &str) {
        let sample = || verdict("gdp", "430582", wire::Light::Red);
        let changes: [fn(&mut wire::Verdict, String); 5] = [
            |verdict, text| verdict.evaluating_agencies = vec![text],
            |verdict, text| verdict.division_name = text,
            |verdict, text| verdict.indicator_name = text,
            |verdict, text| verdict.unit = text,
            |verdict, text| verdict.target_text = text,
        ];
        for change in changes {
            let mut verdict = sample();
            change(&mut verdict, text.to_owned());
            assert!(matches!(round(frozen("2025-M03", vec![verdict])), Err(RoundError::Text { .. })));
        }
        let titled = wire::FrozenRound { plan_title: text.to_owned(), ..frozen("2025-M03", vec![]) };
        assert_eq!(round(titled), Err(RoundError::Text { field: "plan_title" }));
    }

    #[test]
    fn refuses_what_contradicts_the_contract() {
        let red = || verdict("gdp", "430582", wire::Light::Red);
        let of = |verdict| round(frozen("2025-M03", vec![verdict]));
        assert_eq!(of(wire::Verdict { light: 0, ..red() }), Err(RoundError::Bounds("light")));
        assert_eq!(of(wire::Verdict { decimals: 7, ..red() }), Err(RoundError::Bounds("decimals")));
        let mut stray = frozen("2025-M03", vec![red()]);
        stray.verdicts[0].period = "2025-M06".to_owned();
        assert_eq!(round(stray), Err(RoundError::Stray));
        assert_eq!(of(wire::Verdict { indicator_id: "a@b>".to_owned(), ..red() }), Err(RoundError::Text { field: "indicator_id" }));
        assert!(matches!(round(frozen("2025-M03", vec![red(), red()])), Err(RoundError::Twice { .. })));
        assert!(matches!(round(frozen("March", vec![])), Err(RoundError::Period { .. })));
    }

    #[rstest]
    #[case(&["2025-M02", "2025-M03"], true)]
    #[case(&["2025-M03", "2025-M02"], false)]
    #[case(&["2025-M02", "2025-M04"], false)]
    #[case(&["2024-M12", "2025-M03"], false)]
    fn a_path_leads_to_its_round(#[case] periods: &[&str], #[case] fits: bool) {
        let point = |period: &&str| wire::PathPoint { period: (*period).to_owned(), expected_micros: Some(1), actual_micros: None };
        let path: Vec<_> = periods.iter().map(point).collect();
        let verdict = wire::Verdict { path, ..verdict("gdp", "430582", wire::Light::Red) };
        let found = round(frozen("2025-M03", vec![verdict]));
        assert_eq!(found.is_ok(), fits);
        assert!(fits || found == Err(RoundError::Bounds("path")));
    }

    #[test]
    fn numbers_have_bounds_and_a_default() {
        assert_eq!(bounded_number("n", 0, 1..=100, 10).unwrap(), 10);
        assert_eq!(bounded_number("n", 100, 1..=100, 10).unwrap(), 100);
        assert!(bounded_number("n", 101, 1..=100, 10).is_err() && bounded_number("n", -1, 1..=100, 10).is_err());
    }
}
