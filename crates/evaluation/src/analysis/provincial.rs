//! The province's own targets: rolled up from the counties, beside the reported figure.

use std::sync::Arc;

use leitai_domain::{
    decimal,
    period::Period,
    plan::Scope,
    rollup::{self, Reconciliation, RollUp, Values},
    verdict::Verdict,
};
use leitai_rpc::{failure::Failure, paging::Page};
use rust_decimal::Decimal;

use super::Analyses;
use crate::{
    round::Round,
    service::{Asked, ordinal},
};

/// One provincial target.
#[derive(Debug, Clone)]
pub(crate) struct Provincial {
    /// Place of the indicator in the plan's list.
    pub position: usize,
    /// What the counties give.
    pub rolled: RollUp,
    /// What the province reported.
    pub reported: Option<Decimal>,
    /// How the two agree, and which is judged.
    pub reconciliation: Reconciliation,
    /// The verdict on the judged figure.
    pub verdict: Verdict,
}

impl Analyses {
    /// Provincial targets of a round, in the plan's order, and the next page's token.
    pub fn provincial(&self, asked: Asked<'_>, page: &Page) -> Result<(Arc<Round>, Vec<Provincial>, String), Failure> {
        let round = self.queries.round(asked)?;
        let indicators = round.facts.plan.indicators.iter().enumerate();
        let targets = indicators.filter(|(_, indicator)| indicator.scope == Scope::Province && indicator.target.is_some());
        let (kept, next) = page.slice(targets.map(|(position, _)| position), |position| vec![ordinal(*position)]);
        let results = kept.into_iter().filter_map(|position| result(&round, position)).collect();
        Ok((round, results, next))
    }
}

fn result(round: &Round, position: usize) -> Option<Provincial> {
    let plan = &round.facts.plan;
    let indicator = plan.indicators.get(position)?;
    let known = Snapshot(round);
    let rolled = rollup::roll_up(plan, indicator, round.period, &known);
    let reported = known.province(&indicator.id, round.period);
    let reconciliation = rollup::reconcile(indicator, &rolled, reported);
    let target = indicator.target.as_ref()?;
    let verdict = rollup::verdict(plan, indicator, target, round.period, reconciliation.judged.value, &known, &round.policy);
    Some(Provincial { position, rolled, reported, reconciliation, verdict })
}

/// What a round knows of its counties and of its province.
struct Snapshot<'a>(&'a Round);

impl Values for Snapshot<'_> {
    fn county(&self, county: usize, indicator_id: &str, period: Period) -> Option<Decimal> {
        let column = self.0.known.column(indicator_id, period)?;
        self.0.facts.counties.get(county)?.value(column)
    }

    fn province(&self, indicator_id: &str, period: Period) -> Option<Decimal> {
        self.0.known.micros(&self.0.facts.plan.province_code, indicator_id, period).map(decimal::from_micros)
    }

    fn counties(&self) -> usize {
        self.0.facts.counties.len()
    }
}
