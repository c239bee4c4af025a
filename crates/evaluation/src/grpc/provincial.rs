//! Provincial results as messages.

use leitai_domain::rollup::{Agreement, Input, RollUpReason};
use leitai_proto::evaluation::v1 as wire;

use crate::{
    analysis::Provincial,
    convert::{count, micros, still_needed, wire_light, wire_reason},
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
    let plan = &round.facts.plan;
    let indicator = plan.indicators.get(result.position)?;
    let target = indicator.target.as_ref()?;
    Some(wire::Verdict {
        plan_id: plan.id.clone(),
        indicator_id: indicator.id.clone(),
        indicator_name: indicator.name.clone(),
        unit: indicator.unit.clone(),
        division_code: plan.province_code.clone(),
        division_name: "全省".to_owned(),
        period: round.period.to_string(),
        target_text: target.text.clone(),
        expected_micros: micros(result.verdict.expected),
        actual_micros: micros(result.verdict.actual),
        gap_micros: micros(result.verdict.gap),
        light: wire_light(result.verdict.light()).into(),
        reason: wire_reason(result.verdict.reason).into(),
        still_needed: result.verdict.still_needed.as_ref().and_then(still_needed),
        simulated: round.simulated(),
        evaluating_agencies: target.owners.clone(),
        note: result.verdict.note.clone(),
        decimals: i32::try_from(indicator.decimals).unwrap_or_default(),
        ..wire::Verdict::default()
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
