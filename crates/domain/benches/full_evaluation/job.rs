//! The job that is measured: a year of rounds of one plan, from values in memory to verdicts, places, scores and ranks.

use std::collections::HashMap;

use leitai_domain::{
    assessment::{self, Assessment, Known, Reasons},
    decimal, micros,
    period::Period,
    plan::{Indicator, Kind, Plan, Target},
    policy::Policy,
    ranking::{self, Place},
    score::{self, Column},
    still_needed::BaseShare,
    verdict::{Light, Reason},
};
use rayon::prelude::*;
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
    /// Places among the counties with a value; shorter than the counties are many where the target is not due.
    pub places: Vec<Option<Place>>,
    /// First month of the unbroken run of red verdicts that ends here; 0 where the verdict is not red. Empty where the target is not due.
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
    match asking {
        Asking::Year => rounds(input, months, true),
        Asking::EachAlone => {
            let alone = |done: usize| rounds(input, months.get(..=done).unwrap_or_default(), false).pop();
            (0..months.len()).filter_map(alone).collect()
        }
    }
}

/// Rounds of consecutive months; where not `whole`, those before the last hold no more than it looks back for: reds of every month, and the
/// places of the last one that ranked anybody.
fn rounds(input: &Input, months: &[Period], whole: bool) -> Vec<Round> {
    let judged = judged(input, months, whole);
    let scored = if whole { judged.par_iter().map(|targets| scores(input, targets)).collect() } else { last_scores(input, &judged) };
    let last = months.len().saturating_sub(1);
    let round = |(number, (targets, (scores, ranks))): (usize, (Vec<Judged>, Scores))| {
        let lights = if whole || number == last { lights(&targets, input.counties) } else { Vec::new() };
        Round { targets, lights, scores, ranks, movement: Vec::new(), order: Vec::new() }
    };
    let mut rounds: Vec<Round> = judged.into_par_iter().zip(scored).enumerate().map(round).collect();
    for (number, (movement, order)) in moved(&rounds).into_iter().enumerate() {
        if let Some(round) = rounds.get_mut(number) {
            (round.movement, round.order) = (movement, order);
        }
    }
    rounds
}

/// Of the last month, and of the last before it that ranked anybody; nothing of the others.
fn last_scores(input: &Input, judged: &[Vec<Judged>]) -> Vec<Scores> {
    let mut scored: Vec<Scores> = judged.iter().map(|_| (Vec::new(), Vec::new())).collect();
    let mut newest_first = scored.iter_mut().zip(judged).rev();
    if let Some((slot, targets)) = newest_first.next() {
        *slot = scores(input, targets);
    }
    for (slot, targets) in newest_first {
        *slot = scores(input, targets);
        if slot.1.iter().any(Option::is_some) {
            break;
        }
    }
    scored
}

/// Movement since the last round that ranked anybody, and the ranking's order, of each round.
fn moved(rounds: &[Round]) -> Vec<(Vec<Option<i32>>, Vec<u32>)> {
    let ranked = |round: &&Round| round.ranks.iter().any(Option::is_some);
    let of = |(number, round): (usize, &Round)| {
        let before = rounds.get(..number).and_then(|earlier| earlier.iter().rev().find(ranked));
        (movement(before, &round.ranks), ranking::order(&round.ranks))
    };
    rounds.par_iter().enumerate().map(of).collect()
}

/// Every target in every month, by month: each target's months one after the other, since a red goes back to where the last one did.
fn judged(input: &Input, months: &[Period], whole: bool) -> Vec<Vec<Judged>> {
    let targets: Vec<(&Indicator, &Target)> = input.plan.county_targets().collect();
    let cells: Vec<(usize, Period)> = (0..targets.len()).flat_map(|target| months.iter().map(move |period| (target, *period))).collect();
    let assess = |(target, period): &(usize, Period)| {
        let (indicator, target) = targets.get(*target)?;
        let view = View::new(input, indicator, *period);
        let assessment = assessment::assess(indicator, target, *period, &view, input.counties, &input.policy);
        let places = if whole || months.last() == Some(period) { assessment.places(indicator.decimals) } else { Vec::new() };
        Some(Judged { assessment, places, since: Vec::new() })
    };
    let mut judged: Vec<Judged> = cells.par_iter().filter_map(assess).collect();
    judged.par_chunks_mut(months.len().max(1)).for_each(|of_target| carry_on(of_target, months));
    let mut by_month: Vec<Vec<Judged>> = months.iter().map(|_| Vec::with_capacity(targets.len())).collect();
    for (number, judged) in judged.into_iter().enumerate() {
        if let Some(month) = by_month.get_mut(number % months.len()) {
            month.push(judged);
        }
    }
    by_month
}

/// Since when each county is behind, through one target's months.
fn carry_on(of_target: &mut [Judged], months: &[Period]) {
    let mut before: Option<usize> = None;
    for (number, period) in months.iter().enumerate() {
        let Some(judged) = of_target.get(number).filter(|judged| judged.assessment.is_due()) else { continue };
        let since = since(&judged.assessment, before.and_then(|before| of_target.get(before)), period.month());
        if let Some(judged) = of_target.get_mut(number) {
            judged.since = since;
        }
        before = Some(number);
    }
}

/// A red verdict goes back to where the one of the last due month did.
pub fn since(assessment: &Assessment, before: Option<&Judged>, month: u8) -> Vec<u8> {
    let Reasons::Each(reasons) = &assessment.reasons else { return Vec::new() };
    let red = reasons.iter().map(|reason| reason.light() == Light::Red);
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
    let mut same = [0_u8; 5];
    for target in targets {
        if let Reasons::Same { reason, .. } = &target.assessment.reasons {
            count(&mut same, *reason);
        }
    }
    let mut lights = vec![same; counties];
    for target in targets {
        if let Reasons::Each(reasons) = &target.assessment.reasons {
            lights.iter_mut().zip(reasons).for_each(|(counts, reason)| count(counts, *reason));
        }
    }
    lights
}

fn count(lights: &mut [u8; 5], reason: Reason) {
    if let Some(count) = lights.get_mut(reason.light() as usize) {
        *count += 1;
    }
}

/// Scores and places.
type Scores = (Vec<Option<f64>>, Vec<Option<u32>>);

/// Composite scores and places over the targets that are due.
fn scores(input: &Input, targets: &[Judged]) -> Scores {
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
