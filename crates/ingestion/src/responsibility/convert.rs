//! Between the wire and the use cases: every bound on requests is here; rows and files have theirs where they are read.

use std::collections::BTreeMap;

use leitai_domain::{
    division::Level,
    responsibility::{
        measure, problem,
        row::{Column, Row, Text},
    },
};
use leitai_proto::ingestion::v1::{
    ApplyListRequest, DutyFile, DutyRow, DutyRows, ListMeasuresRequest, ListProblemsRequest, ListProjectsRequest, MeasureState,
    ProblemState, TaskForceLevel, apply_list_request::Content as Wire,
};
use leitai_rpc::failure::Failure;
use leitai_workbook::{duties::MAX_ROWS, open::MAX_FILE};
use prost::Message;
use time::Date;

use super::{
    Act,
    apply::{ListContent, NewList},
    store::{measures, problems, projects},
};
use crate::{
    calendar,
    convert::{bounded, key_parts, narrow, number, optional, plan_id, request_id, sha256},
};

/// A list to apply.
pub fn new_list(request: ApplyListRequest) -> Result<NewList, Failure> {
    let (content_sha256, content) = match request.content {
        Some(Wire::File(file)) => (sha256(&file.content), file_content(file)?),
        Some(Wire::Rows(rows)) => (sha256(&rows.encode_to_vec()), row_content(rows)?),
        None => return Err(Failure::invalid("CONTENT", "neither file nor rows is given").field("content", "give file or rows")),
    };
    Ok(NewList {
        request_id: request_id(&request.request_id)?,
        plan_id: plan_id(&request.plan_id)?,
        list_id: bounded("list_id", "LIST_ID", &request.list_id, 64)?,
        agency: bounded("agency", "AGENCY", &request.agency, 100)?,
        who: bounded("who", "TEXT", &request.who, 100)?,
        cancel_missing_reason: optional("cancel_missing_reason", "TEXT", &request.cancel_missing_reason, 500)?,
        dry_run: request.dry_run,
        content_sha256,
        content,
    })
}

fn file_content(file: DutyFile) -> Result<ListContent, Failure> {
    let name = bounded("file.name", "FILE_NAME", &file.name, 200)?;
    if file.content.len() > MAX_FILE {
        let problem = format!("the file has {} bytes, at most {MAX_FILE}", file.content.len());
        return Err(Failure::of_field("TOO_LONG", "file.content", problem));
    }
    if !name.to_lowercase().ends_with(".xlsx") {
        return Err(Failure::invalid("FILE_TYPE", format!("`{name}` is no .xlsx")).field("file.name", "a workbook, .xlsx"));
    }
    Ok(ListContent::File(file.content, optional("file.sheet", "SHEET", &file.sheet, 100)?))
}

fn row_content(rows: DutyRows) -> Result<ListContent, Failure> {
    if rows.rows.len() > MAX_ROWS {
        let problem = format!("{} rows, at most {MAX_ROWS}", rows.rows.len());
        return Err(Failure::of_field("TOO_LONG", "rows", problem));
    }
    Ok(ListContent::Rows((1..).zip(rows.rows).map(row).collect()))
}

fn row((number, row): (usize, DutyRow)) -> Row {
    let place = format!("第{number}行");
    let cells = [
        (Column::Target, row.target),
        (Column::Division, row.division),
        (Column::Project, row.project),
        (Column::Measure, row.measure),
        (Column::Code, row.code),
        (Column::Owner, row.owner),
        (Column::CoOwners, row.co_owners),
        (Column::Leader, row.leader),
        (Column::Post, row.post),
        (Column::Due, row.due),
        (Column::Note, row.note),
    ];
    let text = |(column, text): (Column, String)| (column, Text { place: place.clone(), text: text.trim().to_owned() });
    let cells: BTreeMap<_, _> = cells.into_iter().map(text).collect();
    Row { place, cells }
}

/// Who does something, and what they say; `words` is the field with the words.
pub fn act(id: &str, subject: (&'static str, &str), agency: &str, who: &str, words: (&'static str, &str)) -> Result<Act, Failure> {
    Ok(Act {
        request_id: request_id(id)?,
        subject_id: bounded(subject.0, "SUBJECT_ID", subject.1, 64)?,
        agency: bounded("agency", "AGENCY", agency, 100)?,
        who: bounded("who", "TEXT", who, 100)?,
        words: bounded(words.0, "TEXT", words.1, 500)?,
    })
}

/// A measure's, a problem's or either's id.
pub fn subject_id(field: &'static str, text: &str) -> Result<String, Failure> {
    bounded(field, "SUBJECT_ID", text, 64)
}

/// A day; `None` for today.
pub fn day(field: &'static str, text: &str) -> Result<Option<Date>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Failure::invalid("DAY", format!("{field} is `{text}`")).field(field, "a day as 2025-09-30, or nothing for today");
    calendar::day(Some(text)).map(Some).ok_or_else(wrong)
}

/// Per cent done.
pub fn percent(percent: Option<i32>) -> Result<Option<u8>, Failure> {
    let wrong = |found: i32| Failure::invalid("PERCENT", format!("percent is {found}")).field("percent", "0 to 100, or absent");
    percent.map(|found| u8::try_from(found).ok().filter(|percent| *percent <= 100).ok_or_else(|| wrong(found))).transpose()
}

/// Whose task force; `None` for the measure's own division's.
pub fn level(level: i32) -> Result<Option<Level>, Failure> {
    match TaskForceLevel::try_from(level) {
        Ok(TaskForceLevel::Unspecified) => Ok(None),
        Ok(TaskForceLevel::County) => Ok(Some(Level::County)),
        Ok(TaskForceLevel::City) => Ok(Some(Level::Prefecture)),
        Ok(TaskForceLevel::Province) => Ok(Some(Level::Province)),
        Err(_) => Err(Failure::invalid("LEVEL", format!("level is {level}")).field("level", "county, city, province or unspecified")),
    }
}

/// An entry of the measure's events; `None` for the newest.
pub fn entry(entry: i32) -> Result<Option<i32>, Failure> {
    match entry {
        0 => Ok(None),
        1.. => Ok(Some(entry)),
        _ => Err(Failure::invalid("ENTRY", format!("progress_entry is {entry}")).field("progress_entry", "0 or more")),
    }
}

/// Which measures.
pub fn measures_filter(request: &ListMeasuresRequest) -> Result<measures::Filter, Failure> {
    let state = match MeasureState::try_from(request.state) {
        Ok(MeasureState::Unspecified) => None,
        Ok(MeasureState::NotStarted) => Some(measure::State::NotStarted),
        Ok(MeasureState::UnderWay) => Some(measure::State::UnderWay),
        Ok(MeasureState::Done) => Some(measure::State::Done),
        Ok(MeasureState::Cancelled) => Some(measure::State::Cancelled),
        Err(_) => return Err(unknown_state(request.state)),
    };
    Ok(measures::Filter {
        plan_id: plan_id(&request.plan_id)?,
        division_code: narrow("division_code", &request.division_code)?,
        indicator_id: narrow("indicator_id", &request.indicator_id)?,
        owner: optional("owner", "FILTER", &request.owner, 100)?,
        list_id: narrow("list_id", &request.list_id)?,
        state: state.map(measure::State::word),
        overdue_on: None,
    })
}

/// Which projects.
pub fn projects_filter(request: &ListProjectsRequest) -> Result<projects::Filter, Failure> {
    Ok(projects::Filter {
        plan_id: plan_id(&request.plan_id)?,
        division_code: narrow("division_code", &request.division_code)?,
        indicator_id: narrow("indicator_id", &request.indicator_id)?,
        day: String::new(),
    })
}

/// Which problems.
pub fn problems_filter(request: &ListProblemsRequest) -> Result<problems::Filter, Failure> {
    let state = match ProblemState::try_from(request.state) {
        Ok(ProblemState::Unspecified) => None,
        Ok(ProblemState::Open) => Some(problem::State::Open),
        Ok(ProblemState::Resolved) => Some(problem::State::Resolved),
        Ok(ProblemState::Returned) => Some(problem::State::Returned),
        Ok(ProblemState::Closed) => Some(problem::State::Closed),
        Err(_) => return Err(unknown_state(request.state)),
    };
    Ok(problems::Filter {
        plan_id: plan_id(&request.plan_id)?,
        measure_id: narrow("measure_id", &request.measure_id)?,
        division_code: narrow("division_code", &request.division_code)?,
        state: state.map(problem::State::word),
        level: level(request.level)?.map(super::lists::level_word),
    })
}

fn unknown_state(state: i32) -> Failure {
    Failure::invalid("FILTER", format!("state is {state}")).field("state", "one of the states, or unspecified for all")
}

/// The last measure of the page before.
pub fn measure_key(after: Option<Vec<String>>) -> Result<Option<measures::Key>, Failure> {
    let key = |[division, indicator, position, id]: [String; 4]| Ok((division, indicator, number(&position)?, id));
    key_parts::<4>(after)?.map(key).transpose()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn request(content: Option<Wire>) -> ApplyListRequest {
        let text = |text: &str| text.to_owned();
        ApplyListRequest {
            request_id: text("r"),
            plan_id: text("p"),
            list_id: text("l"),
            agency: text("某局"),
            who: text("某人"),
            cancel_missing_reason: String::new(),
            dry_run: false,
            content,
        }
    }

    fn file(name: &str) -> ApplyListRequest {
        request(Some(Wire::File(DutyFile { name: name.to_owned(), content: vec![1], sheet: String::new() })))
    }

    #[rstest]
    #[case(file("a.XLSX"), true)]
    #[case(file("a.xls"), false)]
    #[case(file(""), false)]
    #[case(request(None), false)]
    #[case(request(Some(Wire::Rows(DutyRows { rows: vec![DutyRow::default(); MAX_ROWS] }))), true)]
    #[case(request(Some(Wire::Rows(DutyRows { rows: vec![DutyRow::default(); MAX_ROWS + 1] }))), false)]
    #[case(ApplyListRequest { list_id: String::new(), ..file("a.xlsx") }, false)]
    #[case(ApplyListRequest { who: "a\nb".to_owned(), ..file("a.xlsx") }, false)]
    #[case(ApplyListRequest { cancel_missing_reason: "x".repeat(501), ..file("a.xlsx") }, false)]
    fn lists_are_bounded(#[case] request: ApplyListRequest, #[case] taken: bool) {
        assert_eq!(new_list(request).is_ok(), taken);
    }

    #[rstest]
    #[case(Some(-1), None)]
    #[case(Some(0), Some(Some(0)))]
    #[case(Some(100), Some(Some(100)))]
    #[case(Some(101), None)]
    #[case(None, Some(None))]
    fn per_cents_are_bounded(#[case] given: Option<i32>, #[case] taken: Option<Option<u8>>) {
        assert_eq!(percent(given).ok(), taken);
    }

    #[test]
    fn days_levels_and_entries_are_bounded() {
        assert!(day("day", "2025-09-31").is_err() && day("day", "").unwrap().is_none());
        assert!(level(4).is_err() && level(0).unwrap().is_none() && level(2).unwrap() == Some(Level::Prefecture));
        assert!(entry(-1).is_err() && entry(0).unwrap().is_none() && entry(3).unwrap() == Some(3));
        assert!(measure_key(Some(["a", "b", "c", "d"].map(str::to_owned).to_vec())).is_err());
    }
}
