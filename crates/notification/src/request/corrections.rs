//! Bounds on what callers of corrections send.

use leitai_domain::period::Period;
use leitai_proto::notification::v1::CorrectLetterRequest;
use leitai_rpc::failure::Failure;

use super::{name, request_id, text};
use crate::corrections::Order;

/// A round's period.
///
/// # Errors
/// `PERIOD` repeats what is none.
pub fn period(text: &str) -> Result<Period, Failure> {
    text.parse().map_err(|_| {
        let problem = format!("`{text}` is no period: write 2025-M03");
        Failure::of_field("PERIOD", "period", problem)
    })
}

/// Why data were corrected.
///
/// # Errors
/// `TEXT` outside 1 to 500 characters on one line.
pub fn reason(reason: String) -> Result<String, Failure> {
    text("reason", reason, 1, 500)
}

/// What is to be corrected.
///
/// # Errors
/// `REQUEST_ID`, `NAME` or `TEXT` names the field.
pub fn order(request: CorrectLetterRequest) -> Result<Order, Failure> {
    Ok(Order {
        request_id: request_id(request.request_id)?,
        letter: name("letter", request.letter)?,
        reason: reason(request.reason)?,
        who: text("who", request.who, 1, 100)?,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("r", "县调督〔2025〕12号", "原报数据有误", "某人", true)]
    #[case("", "l", "原因", "某人", false)]
    #[case("r", "", "原因", "某人", false)]
    #[case("r", "l", "", "某人", false)]
    #[case("r", "l", "两行\n原因", "某人", false)]
    #[case("r", "l", "原因", "", false)]
    fn orders_are_bounded(#[case] request_id: &str, #[case] letter: &str, #[case] reason: &str, #[case] who: &str, #[case] taken: bool) {
        let [request_id, letter, reason, who] = [request_id, letter, reason, who].map(str::to_owned);
        assert_eq!(order(CorrectLetterRequest { request_id, letter, reason, who }).is_ok(), taken);
    }

    #[test]
    fn a_reason_has_an_end() {
        assert!(reason("字".repeat(500)).is_ok() && reason("字".repeat(501)).is_err());
        assert!(period("2025-M03").is_ok() && period("2025-03").is_err());
    }
}
