//! The steps of a report's life, as the wire asks for them.

use leitai_domain::plan::ApprovalLevel;
use leitai_proto::ingestion::v1::{ApproveReportRequest, ListReportsRequest, Report, ReturnReportRequest, WithdrawReportRequest};
use leitai_rpc::{clock::millis, failure::Failure};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{MAX_AGENCY, MAX_NOTE, bounded, key_parts, number, optional, plan_id, report_id, request_id};
use crate::{
    service::{Act, Approval},
    store::reports::{Filter, Place},
};

/// Most indicators of one approval; a plan has fewer.
const MAX_INDICATORS: usize = 1_000;

/// An approval to give.
pub fn approve(request: ApproveReportRequest) -> Result<(Act, Approval), Failure> {
    let level: ApprovalLevel = request.level.parse().map_err(|error: leitai_domain::plan::UnknownLevel| {
        Failure::invalid("LEVEL", error.to_string()).field("level", "county, city or evaluator")
    })?;
    if request.indicator_ids.len() > MAX_INDICATORS {
        let problem = format!("{} indicators, at most {MAX_INDICATORS}", request.indicator_ids.len());
        return Err(Failure::of_field("TOO_LONG", "indicator_ids", problem));
    }
    let indicator = |id: &String| bounded("indicator_ids", "INDICATOR_ID", id, 64);
    let approval = Approval {
        level,
        indicators: request.indicator_ids.iter().map(indicator).collect::<Result<_, _>>()?,
        values_sha256: optional("values_sha256", "VALUES_SHA256", &request.values_sha256, 64)?,
    };
    let reason = optional("reason", "REASON", &request.reason, MAX_NOTE)?;
    Ok((act(&request.request_id, &request.report_id, &request.agency, &request.who, reason)?, approval))
}

/// A report to send back.
pub fn send_back(request: &ReturnReportRequest) -> Result<Act, Failure> {
    let reason = bounded("reason", "REASON", &request.reason, MAX_NOTE)?;
    act(&request.request_id, &request.report_id, &request.agency, &request.who, reason)
}

/// A report to take back.
pub fn withdraw(request: &WithdrawReportRequest) -> Result<Act, Failure> {
    let reason = bounded("reason", "REASON", &request.reason, MAX_NOTE)?;
    act(&request.request_id, &request.report_id, &request.agency, &request.who, reason)
}

/// Who does something to which report; `reason` is bounded already.
pub fn act(request: &str, report: &str, agency: &str, who: &str, reason: String) -> Result<Act, Failure> {
    Ok(Act {
        request_id: request_id(request)?,
        report_id: report_id(report)?,
        agency: bounded("agency", "AGENCY", agency, MAX_AGENCY)?,
        who: optional("who", "WHO", who, MAX_AGENCY)?,
        reason,
    })
}

/// Which reports to list.
pub fn reports(request: &ListReportsRequest) -> Result<Filter, Failure> {
    Ok(Filter {
        plan_id: if request.plan_id.is_empty() { String::new() } else { plan_id(&request.plan_id)? },
        state: request.state(),
        submitter: optional("submitter", "SUBMITTER", &request.submitter, MAX_AGENCY)?,
    })
}

/// The last report of the page before.
pub fn place(after: Option<Vec<String>>) -> Result<Option<Place>, Failure> {
    let Some([at, id]) = key_parts::<2>(after)? else { return Ok(None) };
    Ok(Some((number(&at)?, id)))
}

/// A report's place in a list, as a page token holds it.
pub fn place_of(report: &Report) -> Vec<String> {
    let at = OffsetDateTime::parse(&report.submitted_at, &Rfc3339).map(millis).unwrap_or_default();
    vec![at.to_string(), report.report_id.clone()]
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn request(level: &str, agency: &str, sha: &str) -> ApproveReportRequest {
        let text = |text: &str| text.to_owned();
        ApproveReportRequest {
            request_id: text("r"),
            report_id: text("1"),
            level: text(level),
            agency: text(agency),
            values_sha256: text(sha),
            ..ApproveReportRequest::default()
        }
    }

    #[rstest]
    #[case(request("county", "某县统计局", ""), true)]
    #[case(request("evaluator", "省财政厅", "ab"), true)]
    #[case(request("province", "省财政厅", ""), false)]
    #[case(request("", "省财政厅", ""), false)]
    #[case(request("county", "", ""), false)]
    #[case(request("county", &"局".repeat(101), ""), false)]
    #[case(request("county", "某\n局", ""), false)]
    #[case(request("county", "某局", &"a".repeat(65)), false)]
    #[case(ApproveReportRequest { indicator_ids: vec![String::new()], ..request("evaluator", "某局", "") }, false)]
    #[case(ApproveReportRequest { reason: "因".repeat(501), ..request("evaluator", "某局", "") }, false)]
    fn approvals_are_bounded(#[case] request: ApproveReportRequest, #[case] taken: bool) {
        assert_eq!(approve(request).is_ok(), taken);
    }

    #[test]
    fn a_return_says_why() {
        let request = |reason: &str| ReturnReportRequest {
            request_id: "r".to_owned(),
            report_id: "1".to_owned(),
            agency: "某局".to_owned(),
            who: String::new(),
            reason: reason.to_owned(),
        };
        assert!(send_back(&request("漏报")).is_ok() && send_back(&request("")).is_err());
    }
}
