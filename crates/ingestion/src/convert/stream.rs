//! The parts of a streamed report, as the wire sends them.

use leitai_proto::ingestion::v1::{ReportRows, StreamReportHeader};
use leitai_rpc::failure::Failure;
use leitai_workbook::rows::Row;

use super::{MAX_AGENCY, MAX_NOTE, bounded, optional, plan_id, request_id, rows};
use crate::service::{Content, Submission};

/// Most rows of one part.
const MAX_PART: usize = 5_000;

/// A header is a submission without rows.
pub fn header(header: &StreamReportHeader) -> Result<Submission, Failure> {
    Ok(Submission {
        request_id: request_id(&header.request_id)?,
        plan_id: plan_id(&header.plan_id)?,
        submitter: bounded("submitter", "SUBMITTER", &header.submitter, MAX_AGENCY)?,
        simulated: header.simulated,
        file_name: String::new(),
        content_sha256: String::new(),
        content: Content::Rows(Vec::new()),
        note: optional("note", "NOTE", &header.note, MAX_NOTE)?,
        replaces: optional("replaces_report_id", "REPORT_ID", &header.replaces_report_id, 64)?,
        dry_run: false,
    })
}

/// Rows after the first `taken`.
pub fn part(part: ReportRows, taken: i32) -> Result<Vec<Row>, Failure> {
    if part.rows.is_empty() {
        return Err(Failure::invalid("CONTENT", "a part has no rows").field("rows", format!("1 to {MAX_PART}")));
    }
    rows(part, taken, MAX_PART)
}

/// Something else was due in the stream.
pub fn out_of_order(due: &'static str) -> Failure {
    Failure::invalid("STREAM_ORDER", format!("{due} was due")).field("part", "a header, then rows, last a finish")
}

#[cfg(test)]
mod tests {
    use leitai_proto::ingestion::v1::ReportRow;
    use leitai_rpc::failure::explain;

    use super::*;

    #[test]
    fn a_row_is_told_by_its_number_in_the_report() {
        let long = ReportRow { value: "1".repeat(4 * 200 + 1), ..ReportRow::default() };
        let rows = ReportRows { rows: vec![ReportRow::default(), long] };
        let refused = explain(&part(rows.clone(), 5_000).unwrap_err().into());
        assert!(refused.starts_with("row 5002 has a field"), "{refused}");
        let places: Vec<String> =
            part(ReportRows { rows: rows.rows[..1].to_vec() }, 5_000).unwrap().into_iter().map(|row| row.place).collect();
        assert_eq!(places, ["row 5001"]);
    }
}
