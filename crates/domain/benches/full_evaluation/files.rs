//! The files that the measured processes share: a year's input for every tool, and what each of them made of it.
//!
//! Numbers are written raw, little-endian, one column after the other, with a JSON page beside the input that says what the columns are.

use std::{
    error::Error,
    fs::{self, File},
    io::{BufReader, Read},
    path::Path,
};

use leitai_domain::{
    micros, pace,
    period::Period,
    plan::{Frequency, Indicator, Kind, Pace, Plan, Target},
    policy::{self, Policy},
    ranking::Place,
    target::Comparator,
};
use serde_json::{Value, json};

use super::{
    job::{Columns, Input, Judged, Round},
    plans::{Variant, months},
};

/// What every tool makes of a year; all by month, then target where there is one, then county.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Number of the reason, in the order of [`leitai_domain::verdict::Reason`].
    pub reasons: Vec<u8>,
    /// 0 without a value.
    pub places: Vec<u32>,
    /// First month of the run of red verdicts; 0 where not red.
    pub since: Vec<u8>,
    /// Green, yellow, red, grey, missing of each county.
    pub lights: Vec<u8>,
    /// NaN without a score.
    pub scores: Vec<f64>,
    /// 0 without a place.
    pub ranks: Vec<u32>,
    /// The least number there is without a movement.
    pub movement: Vec<i32>,
    /// Counties as a ranking lists them.
    pub order: Vec<u32>,
}

impl Outcome {
    /// Of the measured rounds.
    pub fn of(rounds: &[Round]) -> Self {
        let counties = rounds.first().map_or(0, |round| round.ranks.len());
        let targets = || rounds.iter().flat_map(|round| &round.targets);
        // What is not due is not stored; the others' files have a row for it.
        let places = |target: &'_ Judged| {
            (0..counties).map(|county| target.places.get(county).copied().flatten().map_or(0, Place::get)).collect::<Vec<_>>()
        };
        let since = |target: &'_ Judged| (0..counties).map(|county| target.since.get(county).copied().unwrap_or(0)).collect::<Vec<_>>();
        Self {
            reasons: targets().flat_map(|target| target.assessment.reasons.iter()).map(|reason| reason as u8).collect(),
            places: targets().flat_map(places).collect(),
            since: targets().flat_map(since).collect(),
            lights: rounds.iter().flat_map(|round| round.lights.as_flattened()).copied().collect(),
            scores: rounds.iter().flat_map(|round| &round.scores).map(|score| score.unwrap_or(f64::NAN)).collect(),
            ranks: rounds.iter().flat_map(|round| &round.ranks).map(|rank| rank.unwrap_or(0)).collect(),
            movement: rounds.iter().flat_map(|round| &round.movement).map(|moved| moved.unwrap_or(i32::MIN)).collect(),
            order: rounds.iter().flat_map(|round| &round.order).copied().collect(),
        }
    }

    /// As a tool wrote it to a folder.
    pub fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let bytes = |name: &str| fs::read(folder.join(name)).map_err(|error| format!("{}/{name}: {error}", folder.display()));
        let u32s = |name: &str| Ok::<_, String>(bytes(name)?.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four)).collect());
        Ok(Self {
            reasons: bytes("reasons")?,
            places: u32s("places")?,
            since: bytes("since")?,
            lights: bytes("lights")?,
            scores: bytes("scores")?.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight)).collect(),
            ranks: u32s("ranks")?,
            movement: bytes("movement")?.as_chunks().0.iter().map(|four| i32::from_le_bytes(*four)).collect(),
            order: u32s("order")?,
        })
    }

    /// The first difference to what another tool made; scores may differ by 10⁻⁹.
    pub fn differs(&self, other: &Self) -> Option<String> {
        let near = |(one, two): (&f64, &f64)| (one.is_nan() && two.is_nan()) || (one - two).abs() <= 1e-9;
        let scores = self.scores.len() == other.scores.len() && self.scores.iter().zip(&other.scores).all(near);
        first_difference("reasons", &self.reasons, &other.reasons)
            .or_else(|| first_difference("places", &self.places, &other.places))
            .or_else(|| first_difference("since", &self.since, &other.since))
            .or_else(|| first_difference("lights", &self.lights, &other.lights))
            .or_else(|| if scores { None } else { first_difference("scores", &self.scores, &other.scores) })
            .or_else(|| first_difference("ranks", &self.ranks, &other.ranks))
            .or_else(|| first_difference("movement", &self.movement, &other.movement))
            .or_else(|| first_difference("order", &self.order, &other.order))
    }

    /// All verdicts by light: green, yellow, red, grey, missing.
    pub fn by_light(&self) -> [u64; 5] {
        self.lights.as_chunks::<5>().0.iter().fold([0; 5], |sums, one| {
            let mut sums = sums;
            sums.iter_mut().zip(one).for_each(|(sum, count)| *sum += u64::from(*count));
            sums
        })
    }
}

fn first_difference<T: PartialOrd + std::fmt::Debug>(name: &str, ours: &[T], theirs: &[T]) -> Option<String> {
    if ours.len() != theirs.len() {
        return Some(format!("{name}: {} against {}", ours.len(), theirs.len()));
    }
    let different = |(_, (one, two)): &(usize, (&T, &T))| one != two && !(is_nan(*one) && is_nan(*two));
    let (at, (one, two)) = ours.iter().zip(theirs).enumerate().find(different)?;
    Some(format!("{name}: number {at} is {one:?} against {two:?}"))
}

/// A number that has no order, not even with itself.
fn is_nan<T: PartialOrd>(number: &T) -> bool {
    number.partial_cmp(number).is_none()
}

/// Writes the input of a variant: `input.json` and `values`.
pub fn write_input(folder: &Path, variant: Variant, columns: &Columns, counties: usize) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut listed: Vec<(&String, Period, &Vec<i64>)> =
        columns.iter().flat_map(|(id, periods)| periods.iter().map(move |(period, values)| (id, *period, values))).collect();
    listed.sort_by_key(|(id, period, _)| (*id, *period));
    let names = listed.iter().map(|(id, period, _)| json!({ "indicator": id, "year": period.year(), "month": period.month() }));
    let (plan, policy) = (variant.plan()?, Policy::example()?);
    let page = json!({
        "variant": variant.name(), "counties": counties, "year": plan.year, "columns": names.collect::<Vec<_>>(),
        "targets": targets(&plan)?, "policy": policy_page(&policy),
    });
    fs::write(folder.join("input.json"), serde_json::to_string_pretty(&page)?)?;
    let bytes: Vec<u8> = listed.iter().flat_map(|(.., values)| values.iter()).flat_map(|value| value.to_le_bytes()).collect();
    Ok(fs::write(folder.join("values"), bytes)?)
}

/// Reads it back.
pub fn read_input(folder: &Path) -> Result<Input, Box<dyn Error>> {
    let page: Value = serde_json::from_str(&fs::read_to_string(folder.join("input.json"))?)?;
    let variant = Variant::named(page["variant"].as_str().unwrap_or_default())?;
    let counties = usize::try_from(page["counties"].as_u64().ok_or("no counties")?)?;
    // A column at a time: what the allocator would keep of a whole file would hide what the job takes.
    let (mut values, mut bytes) = (BufReader::new(File::open(folder.join("values"))?), vec![0; counties * 8]);
    let mut columns = Columns::new();
    for name in page["columns"].as_array().ok_or("no columns")? {
        let id = name["indicator"].as_str().unwrap_or_default();
        let year = i32::try_from(name["year"].as_i64().ok_or("a column without a year")?)?;
        let period = Period::new(year, u8::try_from(name["month"].as_u64().ok_or("a column without a month")?)?)?;
        values.read_exact(&mut bytes)?;
        let column = bytes.as_chunks().0.iter().map(|eight| i64::from_le_bytes(*eight)).collect();
        columns.entry(id.to_owned()).or_default().insert(period, column);
    }
    Ok(Input { plan: variant.plan()?, policy: Policy::example()?, counties, columns })
}

/// The months of the input's year.
pub fn year_of(input: &Input) -> Result<Vec<Period>, Box<dyn Error>> {
    months(input.plan.year)
}

/// Each target as its plan states it: what is expected and where bands and margins end, the other tools work out for themselves.
fn targets(plan: &Plan) -> Result<Vec<Value>, Box<dyn Error>> {
    plan.county_targets().map(|(indicator, target)| target_page(plan, indicator, target)).collect()
}

fn target_page(plan: &Plan, indicator: &Indicator, target: &Target) -> Result<Value, Box<dyn Error>> {
    let amount = indicator.level.as_deref().and_then(|id| plan.indicator(id)).unwrap_or(indicator);
    let comparator = match target.comparator() {
        Comparator::AtLeast(_) => "at_least",
        Comparator::MoreThan(_) => "more_than",
        Comparator::About(_) => "about",
        Comparator::Range(..) | Comparator::NotApplicable => return Err(format!("{}: no such target here", indicator.id).into()),
    };
    if target.tolerance.is_some() {
        return Err(format!("{}: no tolerance of a target's own here", indicator.id).into());
    }
    Ok(json!({
        "id": indicator.id, "kind": kind(indicator.kind), "in_points": policy::in_points(indicator), "decimals": indicator.decimals,
        "due": (1..=12).filter(|month| due(indicator.frequency, *month)).collect::<Vec<u8>>(),
        "pace": pace_page(pace::pace_of(indicator, target))?, "comparator": comparator,
        "number": target.comparator().bound().map(|number| number.to_string()), "baseline": target.baseline,
        "instead": indicator.related.iter().chain(&indicator.level).collect::<Vec<_>>(),
        "amount": amount.id, "amount_kind": kind(amount.kind),
    }))
}

fn due(frequency: Frequency, month: u8) -> bool {
    Period::new(2025, month).is_ok_and(|period| frequency.is_due(period))
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Rate => "rate",
        Kind::Share => "share",
        Kind::Level => "level",
        Kind::Flow => "flow",
        Kind::Change => "change",
    }
}

fn pace_page(pace: &Pace) -> Result<&'static str, Box<dyn Error>> {
    match pace {
        Pace::Constant => Ok("constant"),
        Pace::Linear => Ok("linear"),
        Pace::Seasonal => Ok("seasonal"),
        Pace::YearEnd => Ok("year_end"),
        Pace::Milestones(_) => Err("no milestones here".into()),
    }
}

fn policy_page(policy: &Policy) -> Value {
    let composite = &policy.composite;
    json!({
        "band_percent_of_rate": policy.band.percent_of_rate.to_string(), "band_percent_of_amount": policy.band.percent_of_amount.to_string(),
        "margin_rate_points": policy.margin.rate_points.to_string(), "margin_change_points": policy.margin.change_points.to_string(),
        "margin_percent_of_amount": policy.margin.percent_of_amount.to_string(),
        "lowest": composite.lowest, "highest": composite.highest, "minimum_coverage": composite.minimum_coverage,
        "absent": micros::ABSENT,
    })
}
