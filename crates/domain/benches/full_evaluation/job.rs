//! The job that is measured: a year of rounds of one plan, from values in memory to verdicts, places, scores and ranks.

use std::collections::HashMap;

use leitai_domain::{
    assessment::{self, Assessment, Known},
    decimal, micros,
    period::Period,
    plan::{Indicator, Kind, Plan, Target},
    policy::Policy,
    ranking::{self, Place},
    score::{self, Column},
    still_needed::BaseShare,
    verdict::Light,
};
use rust_decimal::Decimal;

/// Values × 10⁶ by indicator and period, each column in the counties' order, [`micros::ABSENT`] where nothing was reported.
pub type Columns = HashMap<String, HashMap<Period, Vec<i64>>>;

/// What is known of one plan's counties.
#[derive(Debug)]
pub struct Input {
    /// The plan.
    pub plan: Plan,
    /// The policy.
    pub policy: Policy,
    /// How many counties.
    pub counties: usize,
    /// All values.
    pub columns: Columns,
}

/// One target in one round.
#[derive(Debug)]
pub struct Judged {
    /// Reasons, values as published, and what was expected.
    pub assessment: Assessment,
    /// Places among the counties with a value.
    pub places: Vec<Option<Place>>,
    /// First month of the unbroken run of red verdicts that ends here; 0 where the verdict is not red.
    pub since: Vec<u8>,
}

/// One round.
#[derive(Debug)]
pub struct Round {
    /// By target, in the plan's order.
    pub targets: Vec<Judged>,
    /// Each county's verdicts: green, yellow, red, grey, missing.
    pub lights: Vec<[u8; 5]>,
    /// Composite scores; `None` under the minimum coverage.
    pub scores: Vec<Option<f64>>,
    /// Places by score.
    pub ranks: Vec<Option<u32>>,
    /// Places won since the last round that ranked anybody.
    pub movement: Vec<Option<i32>>,
    /// Counties as a ranking lists them: by place, those without one last, by number.
    pub order: Vec<u32>,
}

/// How the rounds of a year are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// All twelve at once, each round carrying on from the one before.
    Year,
    /// Each alone: the months before it are assessed again for what they say of it, as the service does for one round.
    EachAlone,
}

/// All rounds of the plan's year, January first.
pub fn year(input: &Input, months: &[Period], asking: Asking) -> Vec<Round> {
    let mut rounds: Vec<Round> = Vec::with_capacity(months.len());
    for (done, period) in months.iter().enumerate() {
        let round = match asking {
            Asking::Year => round(input, *period, &rounds),
            Asking::EachAlone => round(input, *period, &earlier(input, months.get(..done).unwrap_or_default())),
        };
        rounds.push(round);
    }
    rounds
}

/// Of the months before a round, what it looks back for: reds of every month, and the places of the last one that ranked anybody.
fn earlier(input: &Input, months: &[Period]) -> Vec<Round> {
    let mut rounds: Vec<Round> = Vec::with_capacity(months.len());
    for period in months {
        let targets = targets(input, *period, &rounds, |_| Vec::new());
        rounds.push(Round { targets, lights: Vec::new(), scores: Vec::new(), ranks: Vec::new(), movement: Vec::new(), order: Vec::new() });
    }
    for round in rounds.iter_mut().rev() {
        (round.scores, round.ranks) = scores(input, &round.targets);
        if round.ranks.iter().any(Option::is_some) {
            break;
        }
    }
    rounds
}

fn round(input: &Input, period: Period, earlier: &[Round]) -> Round {
    let places = |(indicator, assessment): (&Indicator, &Assessment)| assessment.places(indicator.decimals);
    let targets = targets(input, period, earlier, places);
    let lights = lights(&targets, input.counties);
    let (scores, ranks) = scores(input, &targets);
    let before = earlier.iter().rev().find(|round| round.ranks.iter().any(Option::is_some));
    let movement = movement(before, &ranks);
    let order = ranking::order(&ranks);
    Round { targets, lights, scores, ranks, movement, order }
}

fn targets(
    input: &Input,
    period: Period,
    earlier: &[Round],
    places: impl Fn((&Indicator, &Assessment)) -> Vec<Option<Place>>,
) -> Vec<Judged> {
    let judged = |(position, (indicator, target)): (usize, (&Indicator, &Target))| {
        let view = View::new(input, indicator, period);
        let assessment = assessment::assess(indicator, target, period, &view, input.counties, &input.policy);
        let before = earlier.iter().rev().filter_map(|round| round.targets.get(position)).find(|target| target.assessment.is_due());
        let since = since(&assessment, before, period.month());
        Judged { places: places((indicator, &assessment)), assessment, since }
    };
    input.plan.county_targets().enumerate().map(judged).collect()
}

/// A red verdict goes back to where the one of the last due month did.
pub fn since(assessment: &Assessment, before: Option<&Judged>, month: u8) -> Vec<u8> {
    let red = assessment.reasons.iter().map(|reason| reason.light() == Light::Red);
    match before {
        None => red.map(|red| if red { month } else { 0 }).collect(),
        Some(before) => red
            .zip(&before.since)
            .map(|(red, since)| {
                if !red {
                    0
                } else if *since > 0 {
                    *since
                } else {
                    month
                }
            })
            .collect(),
    }
}

/// As [`Round::lights`].
pub fn lights(targets: &[Judged], counties: usize) -> Vec<[u8; 5]> {
    let mut lights = vec![[0_u8; 5]; counties];
    for target in targets {
        for (counts, reason) in lights.iter_mut().zip(&target.assessment.reasons) {
            if let Some(count) = counts.get_mut(reason.light() as usize) {
                *count += 1;
            }
        }
    }
    lights
}

/// Composite scores and places over the targets that are due.
fn scores(input: &Input, targets: &[Judged]) -> (Vec<Option<f64>>, Vec<Option<u32>>) {
    let scored = score::score(&columns(input, targets), input.counties, &input.policy.composite);
    (scored.scores, scored.ranks)
}

/// What a round is scored on.
pub fn columns(input: &Input, targets: &[Judged]) -> Vec<Column> {
    let due = input.plan.county_targets().zip(targets).filter(|(_, judged)| judged.assessment.is_due());
    due.map(|((indicator, _), judged)| column(input, indicator, &judged.assessment)).collect()
}

fn column(input: &Input, indicator: &Indicator, assessment: &Assessment) -> Column {
    let units = |value: i64| value as f64 / 1e6;
    let value = |value: &i64| micros::value(*value).map_or(f64::NAN, units);
    Column {
        values: assessment.published.iter().map(value).collect(),
        expected: (0..input.counties).map(|county| assessment.expected.of(county).map_or(f64::NAN, units)).collect(),
        section: input.plan.indicators.iter().position(|other| other.section == indicator.section).unwrap_or_default(),
        given_weight: input.policy.composite.given_weight("", &indicator.id),
    }
}

/// As [`Round::movement`].
pub fn movement(before: Option<&Round>, ranks: &[Option<u32>]) -> Vec<Option<i32>> {
    match before {
        None => vec![None; ranks.len()],
        Some(before) => before.ranks.iter().zip(ranks).map(|(before, now)| ranking::movement(*before, *now)).collect(),
    }
}

/// One indicator at one period, with the columns that its verdicts are made from.
pub struct View<'a> {
    period: Period,
    own: &'a [i64],
    instead: Vec<&'a [i64]>,
    base: Base<'a>,
}

/// Where last year's share of the same months comes from.
enum Base<'a> {
    NotAdditive,
    Amounts(Option<&'a [i64]>, Option<&'a [i64]>),
}

impl<'a> View<'a> {
    /// What is known of an indicator at a period.
    pub fn new(input: &'a Input, indicator: &'a Indicator, period: Period) -> Self {
        let column = |id: &str, period: Period| input.columns.get(id)?.get(&period).map(Vec::as_slice);
        let own = column(&indicator.id, period).unwrap_or_default();
        let instead = indicator.related.iter().chain(&indicator.level).filter_map(|id| column(id, period)).collect();
        let amount = indicator.level.as_deref().and_then(|id| input.plan.indicator(id)).unwrap_or(indicator);
        let december = Period::new(period.year(), 12).ok();
        let base = match amount.kind {
            Kind::Level => Base::NotAdditive,
            Kind::Flow => Base::Amounts(
                column(&amount.id, period.last_year()),
                december.and_then(|december| column(&amount.id, december.last_year())),
            ),
            Kind::Rate | Kind::Share | Kind::Change => Base::Amounts(None, None),
        };
        Self { period, own, instead, base }
    }
}

impl Known for View<'_> {
    fn values(&self) -> &[i64] {
        self.own
    }

    fn base(&self, county: usize) -> BaseShare {
        let amount =
            |column: Option<&[i64]>| -> Option<Decimal> { column?.get(county).copied().and_then(micros::value).map(decimal::from_micros) };
        match self.base {
            Base::NotAdditive => BaseShare::NotAdditive,
            Base::Amounts(same_months, december) => BaseShare::from_levels(self.period, amount(same_months), amount(december)),
        }
    }

    fn another_was_reported(&self, county: usize) -> bool {
        self.instead.iter().any(|column| column.get(county).is_some_and(|value| *value != micros::ABSENT))
    }
}
