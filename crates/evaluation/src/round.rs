//! Evaluating one round: every county target × county, as a pure function of the values known and the policy.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use leitai_domain::{
    period::Period,
    policy::Policy,
    projection::{NoProjection, Projection},
};

use crate::{
    cube::{PlanFacts, PlanValues},
    outlook::Outlook,
    row::{LightCounts, Row},
    signals::{self, Noticed},
    standings::{self, Firmness, Standing},
    target_round::{TargetRound, View},
};

/// A round, evaluated. It keeps what was known, so that each verdict can be told in full when it is asked for.
#[derive(Debug)]
pub(crate) struct Round {
    /// The plan and its counties.
    pub facts: Arc<PlanFacts>,
    /// What it was evaluated from.
    pub known: PlanValues,
    /// What it was evaluated by.
    pub policy: Arc<Policy>,
    /// The period.
    pub period: Period,
    /// In the plan's order.
    pub targets: Vec<TargetRound>,
    /// By group, best first, unranked counties last by code.
    pub standings: Vec<Standing>,
    /// All verdicts by light.
    pub lights: LightCounts,
    /// Made when they are first asked for: a thousand perturbed rankings cost more than all the rest.
    firmness: OnceLock<Firmness>,
    /// Made when they are first asked for.
    signals: OnceLock<Vec<Noticed>>,
}

impl Round {
    /// Every verdict in full, by indicator in the plan's order, then division by code.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.targets.iter().flat_map(move |target| {
            let view = self.facts.plan.indicators.get(target.position).map(|indicator| View::new(&self.known, indicator, self.period));
            (0..self.facts.counties.len()).filter_map(move |county| self.row_of(target, view.as_ref()?, county))
        })
    }

    /// One verdict in full.
    pub fn row(&self, target: &TargetRound, county: usize) -> Option<Row> {
        let indicator = self.facts.plan.indicators.get(target.position)?;
        self.row_of(target, &View::new(&self.known, indicator, self.period), county)
    }

    /// Where a county's year may end, or why nothing can be said; `None` where the target asks nothing.
    pub fn projection(&self, position: usize, county: usize) -> Option<Result<Projection, NoProjection>> {
        let target = self.targets.iter().find(|target| target.position == position)?;
        let indicator = self.facts.plan.indicators.get(position)?;
        let made = || Outlook::new(&self.known, indicator, indicator.target.as_ref()?, self.period, &self.policy);
        Some(target.outlook.get_or_init(made).as_ref()?.of(self.facts.counties.get(county)?))
    }

    /// How firm its places are.
    pub fn firmness(&self) -> &Firmness {
        self.firmness.get_or_init(|| Firmness::of(&self.facts, &self.targets, &self.policy))
    }

    /// What the data providers are asked to verify, by kind, indicator and county.
    pub fn signals(&self) -> &[Noticed] {
        self.signals.get_or_init(|| signals::of_round(self))
    }

    /// True where any value in it was simulated.
    pub fn simulated(&self) -> bool {
        self.standings.iter().any(|standing| standing.simulated)
    }

    /// Indicator name and what was measured in its place.
    pub fn proxies(&self) -> BTreeSet<(&str, String)> {
        let indicators = self.targets.iter().filter_map(|target| self.facts.plan.indicators.get(target.position));
        let columns = indicators.filter_map(|indicator| Some((indicator.name.as_str(), self.known.column(&indicator.id, self.period)?)));
        let counties = || self.facts.counties.iter();
        let proxies = columns.flat_map(|(name, column)| counties().filter_map(move |county| Some((name, county.cell(column)?.proxy?))));
        proxies.map(|(name, proxy)| (name, proxy.to_string())).collect()
    }

    fn row_of(&self, target: &TargetRound, view: &View<'_>, county: usize) -> Option<Row> {
        let asked = self.facts.plan.indicators.get(target.position)?.target.as_ref()?;
        Some(Row {
            indicator: target.position,
            county,
            verdict: view.judge(asked, county, &self.policy),
            cell: view.own().and_then(|column| self.facts.counties.get(county)?.cell(column)),
            since: view.own().and_then(|column| self.facts.counties.get(county)?.since(column)),
            rank: target.places.get(county).copied().flatten().map(std::num::NonZeroU32::get),
            ranked: target.ranked,
            behind_since: target.behind_since(county, self.period),
        })
    }
}

/// Evaluates a round from what is known.
pub(crate) fn evaluate(values: &PlanValues, period: Period, policy: &Arc<Policy>) -> Round {
    let facts = Arc::clone(values.facts());
    let targets =
        TargetRound::of_all(&facts, |position, indicator, target| TargetRound::new(values, position, indicator, target, period, policy));
    let lights = LightCounts::of(targets.iter().flat_map(|target| target.reasons.iter()).map(|reason| reason.light()));
    let standings = standings::of_round(values, period, &targets, policy);
    let (known, policy) = (values.clone(), Arc::clone(policy));
    Round { facts, known, policy, period, targets, standings, lights, firmness: OnceLock::new(), signals: OnceLock::new() }
}

#[cfg(test)]
mod tests;
