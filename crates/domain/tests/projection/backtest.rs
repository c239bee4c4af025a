//! Replays the committed panels month by month: what would have been said, and what came.

use std::error::Error;

use leitai_domain::{
    plan::Kind,
    projection::{History, Pool, ProjectionRules, pool, project},
};

/// One question asked of one panel.
#[derive(Clone, Copy)]
pub struct Case {
    pub label: &'static str,
    text: &'static str,
    measure: &'static str,
    kind: Kind,
    /// Whether last year's months are given.
    profile: bool,
}

/// What was said at one month, what came, and what two simpler methods would have said.
#[derive(Clone, Copy)]
pub struct Outcome {
    pub series: usize,
    pub year: i32,
    pub month: u8,
    pub truth: f64,
    pub low: f64,
    pub high: f64,
    pub central: f64,
    pub probability: f64,
    pub threshold: f64,
    /// The figure to date goes on: growth to date, last year's amount at the growth to date, the latest stock.
    pub persistence: f64,
    /// A line through the months so far.
    pub line: f64,
}

impl Outcome {
    pub fn covered(&self) -> bool {
        (self.low..=self.high).contains(&self.truth)
    }

    pub fn reached(&self) -> bool {
        self.truth >= self.threshold
    }

    /// Never looked at while the method was chosen: odd series, years from 2008.
    pub fn unseen(&self) -> bool {
        self.series % 2 == 1 && self.year >= 2008
    }
}

const HOUSING: &str = include_str!("../../testdata/projection/texas_housing.csv");
const JOBS: &str = include_str!("../../testdata/projection/us_jobs.csv");

pub const CASES: [Case; 9] = [
    Case { label: "home sales, growth", text: HOUSING, measure: "sales", kind: Kind::Rate, profile: true },
    Case { label: "home sales value, amount", text: HOUSING, measure: "volume", kind: Kind::Flow, profile: true },
    Case { label: "jobs, growth of the cumulative sum", text: JOBS, measure: "jobs", kind: Kind::Rate, profile: true },
    Case { label: "homes on offer, stock", text: HOUSING, measure: "listings", kind: Kind::Level, profile: true },
    Case { label: "jobs, stock", text: JOBS, measure: "jobs", kind: Kind::Level, profile: true },
    Case { label: "home sales, growth, shares unknown", text: HOUSING, measure: "sales", kind: Kind::Rate, profile: false },
    Case { label: "home sales value, amount by pace", text: HOUSING, measure: "volume", kind: Kind::Flow, profile: false },
    Case { label: "jobs, stock by drift", text: JOBS, measure: "jobs", kind: Kind::Level, profile: false },
    Case { label: "share in the panel's sales value", text: HOUSING, measure: "volume", kind: Kind::Share, profile: false },
];

/// The example rules, from the first due month on.
pub fn rules() -> ProjectionRules {
    ProjectionRules { coverage_percent: 80.0, minimum_periods: 1, minimum_pool: 5, pool_weight: 4.0, origin: "back-test".to_owned() }
}

/// One series in one year as an agency would have had it, months ascending.
struct Told {
    series: usize,
    year: i32,
    this_year: Vec<(u8, f64)>,
    last_year: Vec<(u8, f64)>,
}

struct Row {
    series: usize,
    year: i32,
    months: Vec<f64>,
}

fn read(case: &Case) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(case.text.as_bytes());
    let (mut names, mut rows) = (Vec::<String>::new(), Vec::new());
    for record in reader.records() {
        let record = record?;
        let mut fields = record.iter();
        if fields.next() != Some(case.measure) {
            continue;
        }
        let name = fields.next().unwrap_or_default();
        if names.last().is_none_or(|last| last != name) {
            names.push(name.to_owned());
        }
        let year = fields.next().unwrap_or_default().parse()?;
        rows.push(Row { series: names.len() - 1, year, months: fields.map(str::parse).collect::<Result<_, _>>()? });
    }
    Ok(rows)
}

fn sums(months: &[f64]) -> Vec<f64> {
    months
        .iter()
        .scan(0.0, |sum, value| {
            Some({
                *sum += value;
                *sum
            })
        })
        .collect()
}

fn due(values: impl IntoIterator<Item = f64>) -> Vec<(u8, f64)> {
    // No figures are published for January.
    (1..=12).zip(values).filter(|(month, _)| *month >= 2).collect()
}

fn told(case: &Case, rows: &[Row]) -> Vec<Told> {
    let before = |row: &Row| rows.iter().find(|other| other.series == row.series && other.year == row.year - 1);
    let total = |year: i32| rows.iter().filter(|row| row.year == year).fold(vec![0.0; 12], |all, row| added(&all, &sums(&row.months)));
    let pair = |row: &Row| {
        let last = before(row).filter(|last| last.months.iter().all(|value| *value > 0.0))?;
        let (now, base) = (sums(&row.months), sums(&last.months));
        let this_year = match case.kind {
            Kind::Rate => due(now.iter().zip(&base).map(|(now, base)| 100.0 * (now / base - 1.0))),
            Kind::Level => due(row.months.iter().copied()),
            Kind::Share => due(now.iter().zip(total(row.year)).map(|(now, all)| 100.0 * now / all)),
            Kind::Flow | Kind::Change => due(now),
        };
        let last_year = due(if case.kind == Kind::Level { last.months.clone() } else { base });
        Some(Told { series: row.series, year: row.year, this_year, last_year })
    };
    rows.iter().filter_map(pair).collect()
}

fn added(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(one, other)| one + other).collect()
}

fn history<'a>(case: &Case, told: &'a Told, month: u8) -> History<'a> {
    let this_year = told.this_year.get(..usize::from(month) - 1).unwrap_or_default();
    let last_year: &[(u8, f64)] = match (case.profile, case.kind) {
        (true, _) => &told.last_year,
        // Last year's end is known where a stock's target has a baseline.
        (false, Kind::Level) => told.last_year.get(10..).unwrap_or_default(),
        (false, _) => &[],
    };
    History { kind: case.kind, this_year, last_year, base_share: None }
}

fn last(values: &[(u8, f64)]) -> f64 {
    values.last().map_or(f64::NAN, |(_, value)| *value)
}

/// The number to reach: the median growth of the year before, over last year's end.
fn threshold(case: &Case, told: &Told, peers: &[&Told]) -> f64 {
    let growth = |told: &&&Told| {
        if case.kind == Kind::Rate { last(&told.this_year) } else { 100.0 * (last(&told.this_year) / last(&told.last_year) - 1.0) }
    };
    let mut grown: Vec<f64> = peers.iter().filter(|peer| peer.year == told.year - 1).map(|peer| growth(&peer)).collect();
    grown.sort_by(f64::total_cmp);
    let median = grown.get(grown.len() / 2).copied().unwrap_or_default();
    match case.kind {
        Kind::Rate => median,
        Kind::Share => {
            peers.iter().find(|peer| peer.series == told.series && peer.year == told.year - 1).map_or(0.0, |peer| last(&peer.this_year))
        }
        _ => last(&told.last_year) * (1.0 + median / 100.0),
    }
}

fn rivals(case: &Case, history: &History<'_>, told: &Told) -> (f64, f64) {
    let (first, now) = (history.this_year.first().copied().unwrap_or_default(), history.this_year.last().copied().unwrap_or_default());
    let ahead = f64::from(12 - now.0);
    let slope = if now.0 > first.0 { (now.1 - first.1) / f64::from(now.0 - first.0) } else { 0.0 };
    let same_months = told.last_year.iter().find(|(month, _)| *month == now.0).map_or(f64::NAN, |(_, value)| *value);
    match case.kind {
        Kind::Flow => (last(&told.last_year) * now.1 / same_months, now.1 * 12.0 / f64::from(now.0)),
        _ => (now.1, now.1 + slope * ahead),
    }
}

fn answer(case: &Case, told: &Told, peers: &[&Told], month: u8, pool: &Pool) -> Option<Outcome> {
    let history = history(case, told, month);
    let threshold = threshold(case, told, peers);
    let said = project(&history, pool, threshold, &rules()).ok()?;
    let (persistence, line) = rivals(case, &history, told);
    Some(Outcome {
        series: told.series,
        year: told.year,
        month,
        truth: last(&told.this_year),
        low: said.low,
        high: said.high,
        central: said.central,
        probability: said.probability,
        threshold,
        persistence,
        line,
    })
}

/// Everything that would have been said about one half of the series, each month with what was known then: the year so far of the half,
/// and its finished year before.
fn replay_half(case: &Case, half: &[&Told]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut years: Vec<i32> = half.iter().map(|told| told.year).collect();
    years.sort_unstable();
    years.dedup();
    for year in years.into_iter().skip(1) {
        for month in 2..=11 {
            let of =
                |wanted: i32, month: u8| half.iter().filter(move |told| told.year == wanted).map(move |told| history(case, told, month));
            let pool = pool(of(year, month).chain(of(year - 1, 12)), &rules());
            outcomes.extend(half.iter().filter(|told| told.year == year).filter_map(|told| answer(case, told, half, month, &pool)));
        }
    }
    outcomes
}

/// Replays a case; the halves of the series know nothing of each other.
pub fn replay(case: &Case) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let told = told(case, &read(case)?);
    let half = |odd: usize| told.iter().filter(|told| told.series % 2 == odd).collect::<Vec<_>>();
    Ok([half(0), half(1)].iter().flat_map(|half| replay_half(case, half)).collect())
}

/// Mean of a number over outcomes; `NaN` where there are none.
pub fn mean<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>, number: impl Fn(&Outcome) -> f64) -> f64 {
    let (sum, count) = outcomes.into_iter().fold((0.0, 0.0), |(sum, count), outcome| (sum + number(outcome), count + 1.0));
    sum / count
}

/// 1 where the truth lies in a range as wide as the projection's around another centre.
pub fn covered_around(outcome: &Outcome, centre: f64) -> f64 {
    f64::from((outcome.truth - centre).abs() <= (outcome.high - outcome.low) / 2.0)
}

/// Squared error of a probability that the number is reached.
pub fn brier(outcome: &Outcome, probability: f64) -> f64 {
    (probability - f64::from(outcome.reached())).powi(2)
}
