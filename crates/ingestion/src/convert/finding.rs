//! Findings, as the wire asks for them.

use std::collections::BTreeSet;

use leitai_proto::ingestion::v1::{ExplainFindingRequest, ListFindingsRequest};
use leitai_rpc::failure::Failure;

use super::{MAX_NOTE, approval, bounded, key_parts, number, optional};
use crate::{
    service::Act,
    store::findings::{Filter, Place},
};

/// Most findings of one explanation.
const MAX_NUMBERS: usize = 1_000;

/// Which findings to list.
pub fn filter(request: &ListFindingsRequest) -> Result<Filter, Failure> {
    Ok(Filter {
        report_id: optional("report_id", "REPORT_ID", &request.report_id, 64)?,
        plan_id: optional("plan_id", "PLAN_ID", &request.plan_id, 64)?,
        open_only: request.open_only,
    })
}

/// An explanation to give, and of which findings.
pub fn explain(request: &ExplainFindingRequest) -> Result<(Act, BTreeSet<i32>), Failure> {
    let words = bounded("words", "WORDS", &request.words, MAX_NOTE)?;
    let act = approval::act(&request.request_id, &request.report_id, &request.agency, &request.who, words)?;
    let numbers: BTreeSet<i32> = request.numbers.iter().copied().collect();
    if numbers.is_empty() || request.numbers.len() > MAX_NUMBERS || numbers.len() != request.numbers.len() {
        let problem = format!("{} numbers, must be 1 to {MAX_NUMBERS}, each once", request.numbers.len());
        return Err(Failure::of_field("NUMBERS", "numbers", problem));
    }
    Ok((act, numbers))
}

/// Where a page begins.
pub fn place(after: Option<Vec<String>>) -> Result<Option<Place>, Failure> {
    let Some([at, report_id, of_report]) = key_parts::<3>(after)? else { return Ok(None) };
    Ok(Some((number(&at)?, report_id, number(&of_report)?)))
}

/// A place, as a page token holds it.
pub fn place_of((at, report_id, number): &Place) -> Vec<String> {
    vec![at.to_string(), report_id.clone(), number.to_string()]
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[1, 2], "按原表", true)]
    #[case(&[], "按原表", false)]
    #[case(&[1, 1], "按原表", false)]
    #[case(&[1], "", false)]
    fn explanations_are_bounded(#[case] numbers: &[i32], #[case] words: &str, #[case] taken: bool) {
        let text = |text: &str| text.to_owned();
        let request = ExplainFindingRequest {
            request_id: text("r"),
            report_id: text("p"),
            numbers: numbers.to_vec(),
            agency: text("某局"),
            who: String::new(),
            words: text(words),
        };
        assert_eq!(explain(&request).is_ok(), taken);
        assert!(explain(&ExplainFindingRequest { words: "长".repeat(501), ..request.clone() }).is_err());
        assert!(explain(&ExplainFindingRequest { numbers: (0..1_001).collect(), ..request }).is_err());
    }

    #[test]
    fn a_place_survives_the_token() {
        let one: Place = (1_760_000_000_000, "abc".to_owned(), 7);
        assert_eq!(place(Some(place_of(&one))).unwrap(), Some(one));
        assert!(place(Some(vec!["x".to_owned(), "y".to_owned(), "z".to_owned()])).is_err());
    }
}
