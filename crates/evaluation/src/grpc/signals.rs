//! Integrity signals as messages.

use leitai_domain::{integrity::SignalKind, period::Period};
use leitai_proto::evaluation::v1 as wire;
use leitai_rpc::failure::Failure;

use crate::{convert::count, round::Round, signals::Noticed};

/// One signal; `None` only for one of another round.
pub(super) fn message(round: &Round, noticed: &Noticed) -> Option<wire::Signal> {
    let indicator = round.facts.plan.indicators.get(noticed.position)?;
    let signal = &noticed.signal;
    let code = |county: &usize| round.facts.counties.get(*county).map(|county| county.code.clone());
    Some(wire::Signal {
        kind: kind_message(signal.kind).into(),
        indicator_id: indicator.id.clone(),
        indicator_name: indicator.name.clone(),
        division_codes: signal.counties.iter().filter_map(code).collect(),
        method: signal.method.to_owned(),
        sample_size: count(signal.sample_size),
        statistic: signal.statistic,
        p_value: signal.p_value,
        false_alarm_rate: signal.false_alarm_rate,
        message: signal.message.clone(),
        periods: signal.periods.iter().map(Period::to_string).collect(),
    })
}

/// The kind asked for; `None` for every kind.
pub(super) fn kind(given: i32) -> Result<Option<SignalKind>, Failure> {
    let kind = wire::SignalKind::try_from(given).map_err(|_| {
        Failure::invalid("SIGNAL_KIND", format!("{given} is no kind of signal")).field("kind", "a SignalKind, or 0 for every kind")
    })?;
    Ok(SignalKind::ALL.into_iter().find(|one| kind_message(*one) == kind))
}

fn kind_message(kind: SignalKind) -> wire::SignalKind {
    match kind {
        SignalKind::Bunching => wire::SignalKind::Bunching,
        SignalKind::Repeated => wire::SignalKind::RepeatedValue,
        SignalKind::BaseLowered => wire::SignalKind::BaseLowered,
        SignalKind::DecemberJump => wire::SignalKind::DecemberJump,
        SignalKind::SumMismatch => wire::SignalKind::SumMismatch,
        SignalKind::LastDigit => wire::SignalKind::LastDigit,
        SignalKind::FirstDigit => wire::SignalKind::FirstDigit,
    }
}

#[cfg(test)]
mod tests;
