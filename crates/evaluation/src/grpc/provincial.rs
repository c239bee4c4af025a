//! Provincial results as messages.

use leitai_domain::rollup::{Agreement, Input, RollUpReason};
use leitai_proto::evaluation::v1 as wire;

use crate::{
    analysis::Provincial,
    convert::{count, judged, micros},
    round::Round,
};

/// One provincial target; `None` only for one of another round.
pub(super) fn message(round: &Round, result: &Provincial) -> Option<wire::ProvincialResult> {
    let code = |county: &usize| round.facts.counties.get(*county).map(|county| county.code.clone());
    let nothing = result.rolled.reason == RollUpReason::NotRolledUp;
    Some(wire::ProvincialResult {
        verdict: Some(verdict(round, result)?),
        rolled_up_micros: micros(result.rolled.value),
        formula: result.rolled.formula.clone(),
        inputs: result.rolled.inputs.iter().map(input).collect(),
        counties_in: count(result.rolled.counties_in),
        counties_of: count(result.rolled.counties_of),
        missing_divisions: if nothing { Vec::new() } else { result.rolled.missing.iter().filter_map(code).collect() },
        weight_coverage_micros: micros(result.rolled.weight_coverage),
        reported_micros: micros(result.reported),
        difference_micros: micros(result.reconciliation.difference),
        allowance_micros: micros(result.reconciliation.allowance),
        state: state(result.reconciliation.state).into(),
        explanation: result.reconciliation.judged.why.clone(),
    })
}

fn verdict(round: &Round, result: &Provincial) -> Option<wire::Verdict> {
    Some(wire::Verdict {
        division_code: round.facts.plan.province_code.clone(),
        division_name: "全省".to_owned(),
        simulated: round.simulated(),
        ..judged(round, result.position, &result.verdict)?
    })
}

fn input(input: &Input) -> wire::RollUpInput {
    wire::RollUpInput { name: input.name.clone(), value: input.value.to_string(), unit: input.unit.clone() }
}

fn state(agreement: Agreement) -> wire::ReconciliationState {
    match agreement {
        Agreement::Agrees => wire::ReconciliationState::Agrees,
        Agreement::Differs => wire::ReconciliationState::Differs,
        Agreement::UnderCeiling => wire::ReconciliationState::UnderCeiling,
        Agreement::Incomplete => wire::ReconciliationState::Incomplete,
        Agreement::OnlyRolledUp => wire::ReconciliationState::OnlyRolledUp,
        Agreement::OnlyReported => wire::ReconciliationState::OnlyReported,
        Agreement::Neither => wire::ReconciliationState::Neither,
    }
}
