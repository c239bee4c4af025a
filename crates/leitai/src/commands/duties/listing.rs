//! Measures, projects, problems, events and what became of a list, as listings.

use leitai_proto::ingestion::v1::{DutyEvent, ListFault, ListItem, Measure, Problem, Project};
use serde_json::json;

use super::words;
use crate::{cli::Format, listing::Listing};

/// Measures; a table leaves out what makes lines long.
pub fn measures(measures: &[Measure], format: Format) -> Listing {
    const COLUMNS: [(&str, &str); 20] = [
        ("measure_id", "措施号"),
        ("division", "地区"),
        ("indicator", "指标"),
        ("project", "项目"),
        ("measure", "措施"),
        ("owner", "责任单位"),
        ("due_on", "完成时限"),
        ("state", "状态"),
        ("percent", "进度%"),
        ("overdue_days", "逾期天数"),
        ("reported_on", "最近报进展"),
        ("done_on", "完成日"),
        ("code", "编号"),
        ("division_code", "区划"),
        ("indicator_id", "编码"),
        ("co_owners", "配合单位"),
        ("leader", "牵头领导"),
        ("post", "职务"),
        ("revision", "版"),
        ("note", "备注"),
    ];
    const IN_TABLE: usize = 12;
    let mut listing = Listing::shortened(&COLUMNS, IN_TABLE, format);
    for measure in measures {
        listing.push(vec![
            json!(measure.measure_id),
            json!(measure.division_name),
            json!(measure.indicator_name),
            json!(measure.project),
            json!(measure.measure),
            json!(measure.owner),
            json!(measure.due_on),
            json!(words::measure_state(measure.state())),
            json!(measure.percent),
            json!((measure.overdue_days > 0).then_some(measure.overdue_days)),
            json!(measure.reported_on),
            json!(measure.done_on),
            json!(measure.code),
            json!(measure.division_code),
            json!(measure.indicator_id),
            json!(measure.co_owners),
            json!(measure.leader),
            json!(measure.post),
            json!(measure.revision),
            json!(measure.note),
        ]);
    }
    listing
}

/// Projects with their counts.
pub fn projects(projects: &[Project]) -> Listing {
    let mut listing = Listing::new(&[
        ("division", "地区"),
        ("indicator", "指标"),
        ("list_id", "清单"),
        ("project", "项目"),
        ("measures", "措施"),
        ("not_started", "未启动"),
        ("under_way", "推进中"),
        ("done", "已完成"),
        ("overdue", "逾期"),
        ("next_due_on", "最近时限"),
        ("last_due_on", "最后时限"),
    ]);
    for project in projects {
        listing.push(vec![
            json!(project.division_name),
            json!(project.indicator_name),
            json!(project.list_id),
            json!(project.project),
            json!(project.measures),
            json!(project.not_started),
            json!(project.under_way),
            json!(project.done),
            json!(project.overdue),
            json!(project.next_due_on),
            json!(project.last_due_on),
        ]);
    }
    listing
}

/// Problems.
pub fn problems(problems: &[Problem]) -> Listing {
    let mut listing = Listing::new(&[
        ("problem_id", "问题号"),
        ("measure_id", "措施号"),
        ("division_code", "区划"),
        ("words", "困难问题"),
        ("raised_by", "提出单位"),
        ("state", "状态"),
        ("task_force", "现在何处"),
        ("answer_due_on", "答复时限"),
        ("answer_overdue", "逾期未答复"),
        ("answer", "最近答复"),
    ]);
    for problem in problems {
        listing.push(vec![
            json!(problem.problem_id),
            json!(problem.measure_id),
            json!(problem.division_code),
            json!(problem.words),
            json!(problem.raised_by),
            json!(words::problem_state(problem.state())),
            json!(problem.task_force),
            json!(problem.answer_due_on),
            json!(problem.answer_overdue),
            json!(problem.answer),
        ]);
    }
    listing
}

/// Everything that happened.
pub fn events(events: &[DutyEvent]) -> Listing {
    let mut listing = Listing::new(&[
        ("entry", "序"),
        ("at", "时间"),
        ("change", "事项"),
        ("day", "日期"),
        ("percent", "进度%"),
        ("level", "层级"),
        ("agency", "单位"),
        ("who", "经办"),
        ("words", "说明"),
    ]);
    for event in events {
        listing.push(vec![
            json!(event.entry),
            json!(event.at),
            json!(words::change(event.change())),
            json!(event.day),
            json!(event.percent),
            json!(words::level(event.level())),
            json!(event.agency),
            json!(event.who),
            json!(event.words),
        ]);
    }
    listing
}

/// What became of each measure of a list.
pub fn items(items: &[ListItem]) -> Listing {
    let mut listing =
        Listing::new(&[("measure_id", "措施号"), ("place", "位置"), ("outcome", "结果"), ("measure", "措施"), ("changes", "变动")]);
    for item in items {
        let outcome = words::outcome(item);
        listing.push(vec![json!(item.measure_id), json!(item.place), json!(outcome), json!(item.measure), json!(item.changes)]);
    }
    listing
}

/// What is wrong with a list.
pub fn faults(faults: &[ListFault]) -> Listing {
    let mut listing = Listing::new(&[("place", "位置"), ("column", "列"), ("found", "原文"), ("expected", "应为")]);
    for fault in faults {
        listing.push(vec![json!(fault.place), json!(fault.column), json!(fault.found), json!(fault.expected)]);
    }
    listing
}
