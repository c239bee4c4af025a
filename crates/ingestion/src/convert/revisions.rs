//! Between the wire and the reading of revisions.

use leitai_proto::ingestion::v1::{ListObservationHistoryRequest, ListRevisionsRequest, ObservationRevision};
use leitai_rpc::{failure::Failure, paging::wrong_token};

use super::{bounded, key_parts, moment, narrow, number, plan_id, values};
use crate::store::{
    observations::Filter,
    revisions::{Place, Since},
};

/// Whose history.
pub fn whose(request: ListObservationHistoryRequest) -> Result<Filter, Failure> {
    Ok(Filter {
        plan_id: plan_id(&request.plan_id)?,
        division_code: bounded("division_code", "FILTER", &request.division_code, 64)?,
        indicator_id: bounded("indicator_id", "FILTER", &request.indicator_id, 64)?,
        period: narrow("period", &request.period)?,
    })
}

/// Which revisions.
pub fn since(request: ListRevisionsRequest) -> Result<Since, Failure> {
    let filter = values(&request.plan_id, &request.division_code, &request.indicator_id, &request.period)?;
    let millis = if request.since.is_empty() { 0 } else { moment("since", &request.since)? };
    Ok(Since { filter, millis, first_values: request.first_values })
}

/// Period and revision of a page token.
pub fn revision_key(after: Option<Vec<String>>) -> Result<Option<(String, i32)>, Failure> {
    let Some([period, revision]) = key_parts::<2>(after)? else { return Ok(None) };
    Ok(Some((period, number(&revision)?)))
}

/// What [`revision_key`] reads.
pub fn key_of_revision(revision: &ObservationRevision) -> Vec<String> {
    revision.observation.iter().flat_map(|value| [value.period.clone(), value.revision.to_string()]).collect()
}

/// Where the page before ended.
pub fn place(after: Option<Vec<String>>) -> Result<Option<Place>, Failure> {
    let Some([at, sequence, division, indicator, period, revision]) = key_parts::<6>(after)? else { return Ok(None) };
    let millis = moment("page_token", &at).map_err(|_| wrong_token())?;
    Ok(Some(Place { millis, sequence: number(&sequence)?, key: (division, indicator, period), revision: number(&revision)? }))
}

/// What [`place`] reads.
pub fn key_of_place(revision: &ObservationRevision) -> Vec<String> {
    let key = |value: &leitai_proto::ingestion::v1::Observation| {
        [
            value.in_force_at.clone(),
            value.sequence.to_string(),
            value.division_code.clone(),
            value.indicator_id.clone(),
            value.period.clone(),
            value.revision.to_string(),
        ]
    };
    revision.observation.iter().flat_map(key).collect()
}
