//! Between the wire and the use cases: every bound on requests and rows is here; files have theirs where they are read.

pub mod approval;
pub mod finding;
pub mod revisions;
mod rounds;
pub mod stream;

use std::str::FromStr;

use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{
    ApplyPlanRequest, ListObservationsRequest, ReportFile, ReportItem, ReportRow, ReportRows, SubmitReportRequest,
    submit_report_request::Content as Wire,
};
use leitai_rpc::{clock::millis, failure::Failure, paging::wrong_token};
use leitai_workbook::{
    open::{
        self,
        kind::{ENDINGS_LIST, Kind},
    },
    rows::{self, Row},
};
use prost::Message;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub use self::rounds::{by, obligations, round_filter, when};
use crate::{
    report::assess::Item,
    service::{AsOf, Content, NewPlan, Submission},
    store::{
        items::Stored,
        observations::{Filter, Key},
    },
};

/// Longest plan document, bytes.
const MAX_DOCUMENT: usize = 1 << 20;
/// Longest layout, bytes.
const MAX_LAYOUT: usize = 1 << 20;
/// Longest name of an agency or a person, characters.
const MAX_AGENCY: usize = 100;
/// Longest words about a report, characters.
const MAX_NOTE: usize = 500;
/// Longest field of a row, characters.
const MAX_FIELD: usize = 200;
/// Most counties of a plan; China has fewer than 3,000.
const MAX_COUNTIES: usize = 5_000;

/// Lower-case hex of the SHA-256.
pub fn sha256(content: &[u8]) -> String {
    hex(Sha256::new_with_prefix(content))
}

/// Lower-case hex of what was hashed.
pub fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A field of 1 to `most` characters, none of them a control character.
pub fn bounded(field: &'static str, reason: &'static str, text: &str, most: usize) -> Result<String, Failure> {
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        let problem = format!("{field} must have 1 to {most} characters and no control characters, found {length}");
        return Err(Failure::of_field(reason, field, problem));
    }
    Ok(text.to_owned())
}

/// A field that may be empty, of at most `most` characters, none of them a control character.
pub fn optional(field: &'static str, reason: &'static str, text: &str, most: usize) -> Result<String, Failure> {
    if text.is_empty() { Ok(String::new()) } else { bounded(field, reason, text, most) }
}

/// What a list is narrowed by; empty for all.
pub fn narrow(field: &'static str, text: &str) -> Result<String, Failure> {
    optional(field, "FILTER", text, 64)
}

/// The caller's name for the request.
pub fn request_id(text: &str) -> Result<String, Failure> {
    bounded("request_id", "REQUEST_ID", text, 64)
}

/// A plan's id.
pub fn plan_id(text: &str) -> Result<String, Failure> {
    bounded("plan_id", "PLAN_ID", text, 64)
}

/// A report's id.
pub fn report_id(text: &str) -> Result<String, Failure> {
    bounded("report_id", "REPORT_ID", text, 64)
}

/// A period as the wire writes it.
pub fn period(text: &str) -> Result<Period, Failure> {
    text.parse().map_err(|_| Failure::of_field("PERIOD", "period", format!("`{text}` is no period: write 2025-M03")))
}

/// Where to start in the change log.
pub fn after_sequence(after: i64) -> Result<i64, Failure> {
    if after >= 0 {
        return Ok(after);
    }
    Err(Failure::of_field("AFTER_SEQUENCE", "after_sequence", format!("after_sequence is {after}, it must be 0 or more")))
}

/// A plan to store.
pub fn new_plan(request: ApplyPlanRequest) -> Result<NewPlan, Failure> {
    let too_long = |field, problem: String| Failure::of_field("TOO_LONG", field, problem);
    if request.document_toml.len() > MAX_DOCUMENT {
        return Err(too_long("document_toml", format!("document_toml has {} bytes, at most {MAX_DOCUMENT}", request.document_toml.len())));
    }
    if request.county_codes.len() > MAX_COUNTIES {
        return Err(too_long("county_codes", format!("county_codes has {} codes, at most {MAX_COUNTIES}", request.county_codes.len())));
    }
    Ok(NewPlan { request_id: request_id(&request.request_id)?, document_toml: request.document_toml, county_codes: request.county_codes })
}

/// A report to take.
pub fn submission(request: SubmitReportRequest) -> Result<Submission, Failure> {
    let (request_id, plan_id) = (request_id(&request.request_id)?, plan_id(&request.plan_id)?);
    let submitter = bounded("submitter", "SUBMITTER", &request.submitter, MAX_AGENCY)?;
    let (file_name, content_sha256, content) = match request.content {
        Some(Wire::File(file)) => (bounded("file.name", "FILE_NAME", &file.name, MAX_FIELD)?, sha256(&file.content), file_content(file)?),
        Some(Wire::Rows(rows)) => (String::new(), sha256(&rows.encode_to_vec()), row_content(rows)?),
        None => return Err(Failure::invalid("CONTENT", "neither file nor rows is given").field("content", "give file or rows")),
    };
    let note = optional("note", "NOTE", &request.note, MAX_NOTE)?;
    let replaces = optional("replaces_report_id", "REPORT_ID", &request.replaces_report_id, 64)?;
    let (simulated, dry_run) = (request.simulated, request.dry_run);
    Ok(Submission { request_id, plan_id, submitter, simulated, file_name, content_sha256, content, note, replaces, dry_run })
}

fn file_content(file: ReportFile) -> Result<Content, Failure> {
    if file.content.len() > open::MAX_FILE || file.layout_toml.len() > MAX_LAYOUT {
        let problem = format!("the file may have {} bytes and its layout {MAX_LAYOUT}", open::MAX_FILE);
        return Err(Failure::of_field("TOO_LONG", "file", problem));
    }
    let kind = Kind::of_name(&file.name).map_err(|error| {
        Failure::invalid("FILE_TYPE", error.to_string()).field("file.name", format!("a name that ends in {ENDINGS_LIST}"))
    })?;
    if kind == Kind::Text && file.layout_toml.is_empty() {
        return Ok(Content::Csv(file.content));
    }
    Ok(Content::Workbook { bytes: file.content, layout_toml: file.layout_toml, year: year(file.year)? })
}

fn year(year: i32) -> Result<Option<i32>, Failure> {
    match year {
        0 => Ok(None),
        1949..=2199 => Ok(Some(year)),
        _ => Err(Failure::invalid("YEAR", format!("year is {year}")).field("file.year", "0, or 1949 to 2199")),
    }
}

fn row_content(rows: ReportRows) -> Result<Content, Failure> {
    self::rows(rows, 0, rows::MAX_ROWS).map(Content::Rows)
}

/// Rows, numbered after the first `taken`; at most `most`.
fn rows(rows: ReportRows, taken: i32, most: usize) -> Result<Vec<Row>, Failure> {
    if rows.rows.len() > most {
        return Err(
            Failure::invalid("TOO_LONG", format!("{} rows, at most {most}", rows.rows.len())).field("rows", format!("at most {most}"))
        );
    }
    let long =
        |row: &ReportRow| [&row.division, &row.indicator, &row.period, &row.value, &row.unit].iter().any(|text| text.len() > 4 * MAX_FIELD);
    if let Some(at) = rows.rows.iter().position(long) {
        let number = usize::try_from(taken).unwrap_or_default() + at + 1;
        let problem = format!("row {number} has a field of more than {MAX_FIELD} characters");
        return Err(Failure::of_field("TOO_LONG", "rows", problem));
    }
    let row = |(number, row): (i32, ReportRow)| Row {
        place: format!("row {number}"),
        division: row.division,
        indicator: row.indicator,
        period: row.period,
        value: row.value,
        unit: row.unit,
    };
    Ok((taken + 1..).zip(rows.rows).map(row).collect())
}

/// Which observations.
pub fn filter(request: ListObservationsRequest) -> Result<Filter, Failure> {
    values(&request.plan_id, &request.division_code, &request.indicator_id, &request.period)
}

/// Values of a plan.
fn values(plan: &str, division_code: &str, indicator_id: &str, period: &str) -> Result<Filter, Failure> {
    Ok(Filter {
        plan_id: plan_id(plan)?,
        division_code: narrow("division_code", division_code)?,
        indicator_id: narrow("indicator_id", indicator_id)?,
        period: narrow("period", period)?,
    })
}

/// As in force when: at most one of a time and a number of the change log.
pub fn as_of(time: &str, sequence: i64) -> Result<AsOf, Failure> {
    match (time, sequence) {
        ("", 0) => Ok(AsOf::Now),
        ("", 1..) => Ok(AsOf::Sequence(sequence)),
        ("", _) => Err(Failure::of_field("AS_OF", "as_of_sequence", format!("as_of_sequence is {sequence}, it must be 0 or more"))),
        (time, 0) => Ok(AsOf::Time(moment("as_of", time)?)),
        _ => Err(Failure::invalid("AS_OF", "as_of and as_of_sequence are both given").field("as_of_sequence", "give one of the two")),
    }
}

/// A moment in Unix milliseconds.
fn moment(field: &'static str, text: &str) -> Result<i64, Failure> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map(millis)
        .map_err(|_| Failure::of_field("MOMENT", field, format!("`{text}` is no moment: write 2025-07-20T00:00:00Z (RFC 3339)")))
}

/// The parts of a page token's key; a token of another listing is refused.
pub fn key_parts<const N: usize>(after: Option<Vec<String>>) -> Result<Option<[String; N]>, Failure> {
    after.map(<[String; N]>::try_from).transpose().map_err(|_| wrong_token())
}

/// Division, indicator and period of a page token.
pub fn observation_key(after: Option<Vec<String>>) -> Result<Option<Key>, Failure> {
    Ok(key_parts::<3>(after)?.map(|[division, indicator, period]| (division, indicator, period)))
}

/// The number of the last row of the page before, 0 for none.
pub fn position(after: Option<Vec<String>>) -> Result<i32, Failure> {
    key_parts::<1>(after)?.map_or(Ok(0), |[position]| number(&position))
}

/// A number in a page token's key.
pub fn number<T: FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| wrong_token())
}

/// Judged items as the store holds them, numbered from 1.
pub fn stored_items(items: &[Item]) -> Vec<Stored> {
    (1..).zip(items).map(|(position, item)| stored_item(position, item)).collect()
}

/// A judged item as the store holds it.
pub fn stored_item(position: i32, item: &Item) -> Stored {
    let (printed_rank, proxy) = (item.rank, storable(&item.proxy));
    Stored { item: report_item(position, item), printed_rank, proxy, revision: None, first: None }
}

fn report_item(position: i32, item: &Item) -> ReportItem {
    ReportItem {
        position,
        place: storable(&item.place),
        source_text: storable(&item.source_text),
        reason: item.reason.into(),
        message: storable(&item.message),
        division_code: item.division.clone().unwrap_or_default(),
        indicator_id: storable(item.indicator.as_deref().unwrap_or_default()),
        period: item.period.map(|period| period.to_string()).unwrap_or_default(),
        value_micros: item.micros,
    }
}

/// PostgreSQL keeps no NUL in a text.
pub fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn file(name: &str, layout: &str, year: i32) -> SubmitReportRequest {
        let file = ReportFile { name: name.to_owned(), content: b"x".to_vec(), layout_toml: layout.to_owned(), year };
        request(Some(Wire::File(file)))
    }

    fn request(content: Option<Wire>) -> SubmitReportRequest {
        let text = |text: &str| text.to_owned();
        SubmitReportRequest {
            request_id: text("r"),
            plan_id: text("p"),
            submitter: text("某局"),
            content,
            ..SubmitReportRequest::default()
        }
    }

    #[rstest]
    #[case(file("a.XLSX", "x", 2025), true)]
    #[case(file("a.csv", "", 0), true)]
    #[case(file("a.xlsx", "", 0), true)]
    #[case(file("a.csv", "x", 0), true)]
    #[case(file("a.xls", "x", 0), true)]
    #[case(file("a.ods", "x", 0), true)]
    #[case(file("a.pdf", "x", 0), false)]
    #[case(file("a.xlsx", "x", 25), false)]
    #[case(file("", "x", 0), false)]
    #[case(request(None), false)]
    #[case(SubmitReportRequest { request_id: String::new(), ..file("a.csv", "", 0) }, false)]
    #[case(SubmitReportRequest { request_id: "r".repeat(65), ..file("a.csv", "", 0) }, false)]
    #[case(SubmitReportRequest { submitter: "a\0".to_owned(), ..file("a.csv", "", 0) }, false)]
    fn requests_are_bounded(#[case] request: SubmitReportRequest, #[case] taken: bool) {
        assert_eq!(submission(request).is_ok(), taken);
    }

    #[test]
    fn too_many_rows_are_refused() {
        let rows = vec![ReportRow::default(); rows::MAX_ROWS + 1];
        assert!(submission(request(Some(Wire::Rows(ReportRows { rows })))).is_err());
    }
}
