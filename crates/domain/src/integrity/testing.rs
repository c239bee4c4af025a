//! What the tests of all signals share.

use super::{IntegrityRules, Signal};

pub(super) fn rules() -> IntegrityRules {
    IntegrityRules::example().unwrap()
}

/// What every signal promises: finite figures, a request at the end, no accusation.
pub(super) fn asks_to_verify(signal: &Signal) {
    let message = &signal.message;
    assert!(message.contains("，请") && message.ends_with("核实。") && message.matches('。').count() == 1, "{message}");
    assert!(["造假", "作假", "虚报", "瞒报", "异常", "人为", "篡改", "NaN", "inf"].iter().all(|word| !message.contains(word)), "{message}");
    let probabilities = signal.p_value.iter().chain(&signal.false_alarm_rate);
    assert!(signal.statistic.is_finite() && probabilities.into_iter().all(|part| (0.0..=1.0).contains(part)), "{signal:?}");
}
