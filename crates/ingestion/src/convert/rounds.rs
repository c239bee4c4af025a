//! Bounds on what is asked about rounds.

use leitai_proto::ingestion::v1::{CompletenessBy, ListObligationsRequest, ListRoundsRequest, ObligationState, RoundState};
use leitai_rpc::failure::Failure;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{MAX_AGENCY, narrow, optional, plan_id};
use crate::{obligations, service::When, store::rounds};

/// Which rounds.
pub fn round_filter(request: &ListRoundsRequest) -> Result<rounds::Filter, Failure> {
    let plan_id = if request.plan_id.is_empty() { String::new() } else { plan_id(&request.plan_id)? };
    let state = |number: &i32| RoundState::try_from(*number).map_err(|_| unknown("states", *number));
    let states: Vec<RoundState> = request.states.iter().map(state).collect::<Result<_, _>>()?;
    let every = states.contains(&RoundState::Unspecified);
    Ok(rounds::Filter { plan_id, states: if every { Vec::new() } else { states } })
}

/// Which obligations.
pub fn obligations(request: &ListObligationsRequest) -> Result<obligations::Filter, Failure> {
    let known = |number: i32| ObligationState::try_from(number).ok().filter(|state| *state != ObligationState::Unspecified);
    let state = |number: &i32| known(*number).ok_or_else(|| unknown("states", *number));
    Ok(obligations::Filter {
        agency: optional("agency", "FILTER", &request.agency, MAX_AGENCY)?,
        division_code: narrow("division_code", &request.division_code)?,
        indicator_id: narrow("indicator_id", &request.indicator_id)?,
        states: request.states.iter().map(state).collect::<Result<_, _>>()?,
    })
}

/// What completeness is told by.
pub fn by(number: i32) -> Result<CompletenessBy, Failure> {
    CompletenessBy::try_from(number).map_err(|_| unknown("by", number))
}

/// The moment asked for.
pub fn when(as_of: &str, at_freeze: bool) -> Result<When, Failure> {
    let invalid = |problem: &str| Failure::invalid("MOMENT", problem.to_owned()).field("as_of", problem);
    match (as_of, at_freeze) {
        ("", false) => Ok(When::Now),
        ("", true) => Ok(When::Freeze),
        (_, true) => Err(invalid("as_of and at_freeze are both set; give one of them")),
        (text, false) => {
            let at = OffsetDateTime::parse(text, &Rfc3339);
            at.map(When::At)
                .map_err(|_| invalid(&format!("as_of is `{}`, which is no RFC 3339 time: write 2025-07-20T00:00:00Z", clip(text))))
        }
    }
}

fn clip(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).take(40).collect()
}

fn unknown(field: &'static str, number: i32) -> Failure {
    let problem = format!("{field} holds {number}, which is none of its values");
    Failure::of_field("ENUM", field, problem)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use time::macros::datetime;

    use super::*;

    #[rstest]
    #[case("", false, Some(When::Now))]
    #[case("", true, Some(When::Freeze))]
    #[case("2025-04-20T08:00:00+08:00", false, Some(When::At(datetime!(2025-04-20 00:00 UTC))))]
    #[case("2025-04-20", false, None)]
    #[case("2025-04-20T00:00:00Z", true, None)]
    fn moments(#[case] as_of: &str, #[case] at_freeze: bool, #[case] expected: Option<When>) {
        assert_eq!(when(as_of, at_freeze).ok(), expected);
    }

    #[test]
    fn filters_are_bounded() {
        let asked = |states: Vec<i32>, agency: &str| ListObligationsRequest {
            states,
            agency: agency.to_owned(),
            ..ListObligationsRequest::default()
        };
        assert_eq!(obligations(&asked(vec![3, 4], "省科技厅")).unwrap().states, [ObligationState::Late, ObligationState::Missing]);
        assert!(obligations(&asked(vec![0], "")).is_err() && obligations(&asked(vec![5], "")).is_err());
        assert!(obligations(&asked(vec![], "a\nb")).is_err() && obligations(&asked(vec![], &"局".repeat(101))).is_err());
        let listed = |states: Vec<i32>| round_filter(&ListRoundsRequest { states, ..ListRoundsRequest::default() });
        assert_eq!((listed(vec![2]).unwrap().states, listed(vec![0, 2]).unwrap().states), (vec![RoundState::Open], vec![]));
        assert!(listed(vec![9]).is_err() && by(9).is_err());
    }
}
