//! Between the wire and the use cases: all bounds on input, and rounds as messages.

use leitai_domain::{
    decimal,
    period::Period,
    projection::Projection,
    still_needed::StillNeeded,
    verdict::{Light, Reason, Verdict},
};
use leitai_proto::{evaluation::v1 as wire, ingestion::v1 as ingestion};
use leitai_rpc::{clock::rfc3339, failure::Failure};
use rust_decimal::Decimal;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    cube::{Frozen, Moment},
    error::bad_period,
    method,
    paths::{Paths, Point},
    round::Round,
    row::{LightCounts, Row},
    service::{Asked, Filter, Summary},
    standings::Standing,
};

/// Longest id, code or agency name taken, in characters.
const LONGEST: usize = 100;

/// Reads a period field.
pub(crate) fn period(text: &str) -> Result<Period, Failure> {
    text.parse().map_err(|error| bad_period(&error))
}

/// Reads an `as_of` field; empty is now.
pub(crate) fn moment(field: &str, text: &str) -> Result<Option<OffsetDateTime>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let right = "RFC 3339: 2025-07-20T00:00:00Z";
    let invalid = |error| Failure::invalid("MOMENT", format!("{field} cannot be read: {error}")).field(field, right);
    OffsetDateTime::parse(text, &Rfc3339).map(Some).map_err(invalid)
}

/// Which round, as known when.
pub(crate) fn asked<'a>(plan_id: &'a str, period: &str, as_of: &str) -> Result<Asked<'a>, Failure> {
    Ok(Asked { plan_id: name("plan_id", plan_id, true)?, period: self::period(period)?, as_of: moment("as_of", as_of)? })
}

/// A text of at most 100 characters; `required` refuses an empty one.
pub(crate) fn name<'a>(field: &str, text: &'a str, required: bool) -> Result<&'a str, Failure> {
    if required && text.is_empty() {
        return Err(Failure::invalid("REQUIRED", format!("{field} is empty")).field(field, "must be set"));
    }
    if text.chars().count() > LONGEST {
        return Err(Failure::invalid("TOO_LONG", format!("{field} is too long")).field(field, format!("at most {LONGEST} characters")));
    }
    Ok(text)
}

/// Reads the filters of a list of verdicts.
pub(crate) fn filter(request: &wire::ListVerdictsRequest) -> Result<Filter, Failure> {
    let optional = |field, text| name(field, text, false).map(|text| (!text.is_empty()).then(|| text.to_owned()));
    Ok(Filter {
        indicator_id: optional("indicator_id", &request.indicator_id)?,
        division_code: optional("division_code", &request.division_code)?,
        lights: request.lights.iter().map(|light| self::light(*light)).collect::<Result<_, _>>()?,
        agency: optional("evaluating_agency", &request.evaluating_agency)?,
    })
}

fn light(number: i32) -> Result<Light, Failure> {
    match wire::Light::try_from(number) {
        Ok(wire::Light::Green) => Ok(Light::Green),
        Ok(wire::Light::Yellow) => Ok(Light::Yellow),
        Ok(wire::Light::Red) => Ok(Light::Red),
        Ok(wire::Light::Grey) => Ok(Light::Grey),
        Ok(wire::Light::Missing) => Ok(Light::Missing),
        Ok(wire::Light::Unspecified) | Err(_) => {
            Err(Failure::invalid("LIGHT", format!("lights holds {number}")).field("lights", "green, yellow, red, grey or missing"))
        }
    }
}

/// One verdict with all that is printed beside it; `None` only for a row of another round.
pub(crate) fn verdict(round: &Round, row: &Row) -> Option<wire::Verdict> {
    let county = round.facts.counties.get(row.county)?;
    let cell = row.cell.as_ref();
    let (projection, projection_absent) = match round.projection(row.indicator, row.county) {
        Some(Ok(projection)) => (Some(self::projection(round, &projection)), String::new()),
        Some(Err(absent)) => (None, absent.chinese().to_owned()),
        None => (None, String::new()),
    };
    Some(wire::Verdict {
        projection,
        projection_absent,
        division_code: county.code.clone(),
        division_name: county.name.clone(),
        prefecture_name: county.prefecture.clone(),
        prefecture_code: county.prefecture_code.clone(),
        submitter: cell.and_then(|cell| cell.submitter.as_deref()).unwrap_or_default().to_owned(),
        actual_micros: cell.map(|cell| cell.micros),
        actual_text: cell.map(|cell| cell.text.clone()).unwrap_or_default(),
        rank: row.rank.and_then(|rank| i32::try_from(rank).ok()),
        ranked_count: count(row.ranked),
        printed_rank: cell.and_then(|cell| cell.printed_rank),
        proxy: cell.and_then(|cell| cell.proxy.as_deref()).unwrap_or_default().to_owned(),
        simulated: cell.is_some_and(|cell| cell.simulated),
        behind_since: row.behind_since.map(|period| period.to_string()).unwrap_or_default(),
        ..judged(round, row.indicator, &row.verdict)?
    })
}

fn projection(round: &Round, projection: &Projection) -> wire::Projection {
    wire::Projection {
        central_micros: float_micros(projection.central),
        low_micros: float_micros(projection.low),
        high_micros: float_micros(projection.high),
        probability: projection.probability,
        coverage_percent: round.policy.projection.coverage_percent,
        method: projection.method.chinese().to_owned(),
        base_share_micros: projection.base_share.map(float_micros),
        sample: count(projection.sample),
    }
}

/// A projected value in whole millionths; one beyond the range ends at it.
fn float_micros(value: f64) -> i64 {
    (value * 1e6).round() as i64
}

/// What any division's verdict says, counties and province alike; whose it is, the caller adds.
pub(crate) fn judged(round: &Round, position: usize, verdict: &Verdict) -> Option<wire::Verdict> {
    let plan = &round.facts.plan;
    let indicator = plan.indicators.get(position)?;
    let target = indicator.target.as_ref()?;
    Some(wire::Verdict {
        plan_id: plan.id.clone(),
        indicator_id: indicator.id.clone(),
        indicator_name: indicator.name.clone(),
        unit: indicator.unit.clone(),
        period: round.period.to_string(),
        target_text: target.text.clone(),
        expected_micros: micros(verdict.expected),
        actual_micros: micros(verdict.actual),
        gap_micros: micros(verdict.gap),
        light: wire_light(verdict.light()).into(),
        reason: wire_reason(verdict.reason).into(),
        still_needed: verdict.still_needed.as_ref().and_then(still_needed),
        evaluating_agencies: target.owners.clone(),
        note: verdict.note.clone(),
        decimals: i32::try_from(indicator.decimals).unwrap_or_default(),
        ..wire::Verdict::default()
    })
}

/// A county's standing; `None` only for a standing of another round.
pub(crate) fn standing(round: &Round, standing: &Standing) -> Option<wire::Standing> {
    let county = round.facts.counties.get(standing.county)?;
    let interval = round.firmness().intervals.get(standing.county).copied().flatten();
    Some(wire::Standing {
        plan_id: round.facts.plan.id.clone(),
        period: round.period.to_string(),
        division_code: county.code.clone(),
        division_name: county.name.clone(),
        score: standing.score,
        rank: standing.rank.and_then(|rank| i32::try_from(rank).ok()),
        movement: standing.movement,
        indicators_counted: count(standing.counted),
        indicators_due: count(standing.due),
        lights: Some(lights(standing.lights)),
        simulated: standing.simulated,
        group: standing.group.clone(),
        ranked_count: count(standing.ranked),
        rank_low: interval.and_then(|(low, _)| i32::try_from(low).ok()),
        rank_high: interval.and_then(|(_, high)| i32::try_from(high).ok()),
        best_performer: standing.best_performer,
        best_riser: standing.best_riser,
        veto: standing.veto.clone(),
    })
}

/// A round's summary.
pub(crate) fn summary(summary: &Summary) -> wire::EvaluatedRound {
    let round = &summary.round;
    wire::EvaluatedRound {
        plan_id: round.facts.plan.id.clone(),
        plan_title: round.facts.plan.title.clone(),
        period: round.period.to_string(),
        frozen: summary.frozen,
        lights: Some(lights(round.lights)),
        simulated: round.simulated(),
    }
}

/// A frozen round with all its verdicts and how they were made. `time_of` says when a moment was, Unix milliseconds, for when each value came
/// into force; a stored round does not tell that.
pub(crate) fn frozen_round(frozen: Frozen, round: &Round, time_of: impl Fn(Moment) -> Option<i64>) -> wire::FrozenRound {
    let paths = Paths::of(round);
    let with_path = |row: Row| {
        Some(wire::Verdict {
            path: paths.points(&row).map(path_point).collect(),
            in_force_at: row.since.and_then(&time_of).map(rfc3339).unwrap_or_default(),
            ..verdict(round, &row)?
        })
    };
    wire::FrozenRound {
        plan_id: frozen.plan_id,
        plan_title: round.facts.plan.title.clone(),
        period: frozen.period.to_string(),
        frozen_at: frozen.frozen_at,
        verdicts: round.rows().filter_map(with_path).collect(),
        method_notes: method::notes(round),
        simulated: round.simulated(),
        overdue_measures: frozen.overdue.into_iter().map(overdue_measure).collect(),
    }
}

fn overdue_measure(measure: ingestion::OverdueMeasure) -> wire::OverdueMeasure {
    let ingestion::OverdueMeasure { measure_id, indicator_id, division_code, project, measure, owner, due_on, overdue_days } = measure;
    wire::OverdueMeasure { measure_id, indicator_id, division_code, project, measure, owner, due_on, overdue_days }
}

fn path_point(point: Point) -> wire::PathPoint {
    wire::PathPoint { period: point.period.to_string(), expected_micros: point.expected, actual_micros: point.actual }
}

/// A growth that is too large for the wire is as good as unreachable, and left out like an undefined one.
fn still_needed(needed: &StillNeeded) -> Option<wire::StillNeeded> {
    Some(wire::StillNeeded {
        value_micros: micros(Some(needed.value))?,
        unit: needed.unit.clone(),
        working: needed.working.clone(),
        base_share_micros: micros(needed.base_share),
        share_assumed: needed.share_assumed,
    })
}

pub(crate) fn micros(value: Option<Decimal>) -> Option<i64> {
    value.and_then(|value| decimal::to_micros(value).ok())
}

pub(crate) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn lights(counts: LightCounts) -> wire::LightCounts {
    let LightCounts { green, yellow, red, grey, missing } = counts;
    wire::LightCounts { green, yellow, red, grey, missing }
}

fn wire_light(light: Light) -> wire::Light {
    match light {
        Light::Green => wire::Light::Green,
        Light::Yellow => wire::Light::Yellow,
        Light::Red => wire::Light::Red,
        Light::Grey => wire::Light::Grey,
        Light::Missing => wire::Light::Missing,
    }
}

fn wire_reason(reason: Reason) -> wire::VerdictReason {
    match reason {
        Reason::Met => wire::VerdictReason::Met,
        Reason::WithinBand => wire::VerdictReason::WithinBand,
        Reason::BehindWithinMargin => wire::VerdictReason::BehindWithinMargin,
        Reason::Behind => wire::VerdictReason::Behind,
        Reason::NotDue => wire::VerdictReason::NotDue,
        Reason::NotApplicable => wire::VerdictReason::NotApplicable,
        Reason::NotReported => wire::VerdictReason::NotReported,
        Reason::NotComparable => wire::VerdictReason::NotComparable,
        Reason::Undefined => wire::VerdictReason::Undefined,
        Reason::ReportedLate => wire::VerdictReason::ReportedLate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_bounded() {
        assert!(name("plan_id", "", true).is_err());
        assert!(name("plan_id", &"县".repeat(100), true).is_ok());
        assert!(name("plan_id", &"县".repeat(101), true).is_err());
        assert!(period("2025-M13").is_err() && period("2025年1-3月").is_err() && period("2025-M03").is_ok());
    }

    #[test]
    fn lights_survive_the_round_trip_and_others_are_refused() {
        for number in 1..=5 {
            assert_eq!(i32::from(wire_light(light(number).unwrap())), number);
        }
        assert!(light(0).is_err() && light(6).is_err());
    }
}
