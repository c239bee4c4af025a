//! The use cases, on both databases.

mod lists;
mod measures;
mod problems;
mod wire;

use std::sync::{Arc, Mutex};

use leitai_domain::division::Registry;
use leitai_proto::ingestion::v1::{ApplyListResponse, DutyChange, Measure};
use leitai_rpc::clock::Clock;
use leitai_storage::testing::{Backend, TestDatabase};
use time::{OffsetDateTime, macros::datetime};

use super::{
    Act, Responsibility, ResponsibilityConfig,
    apply::{ListContent, NewList},
    convert,
    store::measures::Filter,
};
use crate::{
    Migrator,
    service::{NewPlan, Service},
    testing::{calendar, plan_toml},
};

/// Id of the test plan, whose counties are those of Heilongjiang.
const PLAN: &str = "test-county-2025";
const OWNER: &str = "依兰县发展和改革局";
const COUNTY: &str = "依兰县县域经济发展专班";
const CITY: &str = "哈尔滨市县域经济发展专班";
const PROVINCE: &str = "黑龙江省县域经济发展专班";

/// A clock that a test moves.
#[derive(Clone)]
struct Hand(Arc<Mutex<OffsetDateTime>>);

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

impl Hand {
    fn set(&self, at: OffsetDateTime) {
        *self.0.lock().unwrap() = at;
    }
}

struct Ground {
    _test: TestDatabase,
    clock: Hand,
    service: Service,
    duties: Responsibility,
}

/// The test plan on an empty database, on 10 September 2025.
async fn open(backend: Backend) -> Option<Ground> {
    let test = backend.open().await?;
    test.database().migrate::<Migrator>().await.unwrap();
    let clock = Hand(Arc::new(Mutex::new(datetime!(2025-09-10 02:00 UTC))));
    let service = Service::new(test.database(), Arc::new(clock.clone()), Registry::shipped().unwrap(), calendar());
    let plan = NewPlan { request_id: "plan".to_owned(), document_toml: plan_toml(), county_codes: Vec::new() };
    service.apply_plan(plan).await.unwrap();
    let duties = Responsibility::new(service.clone(), ResponsibilityConfig::default());
    Some(Ground { _test: test, clock, service, duties })
}

/// Rows of measure, code and due day, all of one target and project.
fn rows(rows: &[(&str, &str, &str)]) -> ListContent {
    use leitai_proto::ingestion::v1::{ApplyListRequest, DutyRow, DutyRows, apply_list_request::Content};
    let text = |text: &str| text.to_owned();
    let row = |(measure, code, due): &(&str, &str, &str)| DutyRow {
        target: text("gdp_growth"),
        division: text("依兰县"),
        project: text("园区"),
        measure: text(measure),
        code: text(code),
        owner: text(OWNER),
        co_owners: text("依兰县财政局"),
        leader: text("张某"),
        post: text("副县长"),
        due: text(due),
        note: String::new(),
    };
    let content = Some(Content::Rows(DutyRows { rows: rows.iter().map(row).collect() }));
    let (request_id, plan_id, list_id, agency, who) = (text("r"), text(PLAN), text("l"), text("a"), text("w"));
    let request = ApplyListRequest { request_id, plan_id, list_id, agency, who, content, ..Default::default() };
    convert::new_list(request).unwrap().content
}

fn list(request: &str, content: ListContent) -> NewList {
    NewList {
        request_id: request.to_owned(),
        plan_id: PLAN.to_owned(),
        list_id: "yilan".to_owned(),
        agency: COUNTY.to_owned(),
        who: "李某".to_owned(),
        cancel_missing_reason: String::new(),
        dry_run: false,
        content_sha256: "0".repeat(64),
        content,
    }
}

/// What became of each measure.
fn changes(answer: &ApplyListResponse) -> Vec<(&str, DutyChange, bool)> {
    answer.items.iter().map(|item| (item.measure.as_str(), item.change(), item.missing)).collect()
}

impl Ground {
    async fn apply(&self, request: &str, of: &[(&str, &str, &str)]) -> ApplyListResponse {
        self.duties.apply_list(list(request, rows(of))).await.unwrap()
    }

    async fn all(&self) -> Vec<Measure> {
        let filter = Filter { plan_id: PLAN.to_owned(), ..Filter::default() };
        self.duties.measures(filter, false, None, None, 100).await.unwrap().into_iter().map(|(_, measure)| measure).collect()
    }

    /// Everything that happened to a measure or problem.
    async fn told(&self, subject: &str) -> Vec<(DutyChange, String)> {
        let events = self.duties.events(subject, 0, 100).await.unwrap();
        assert!((1..).zip(&events).all(|(entry, event)| event.entry == entry), "entries count from 1 without gaps");
        events.into_iter().map(|event| (event.change(), event.words)).collect()
    }

    /// A list of one measure; its id.
    async fn one(&self, due: &str) -> String {
        self.apply("list", &[("平整土地", "Y-1", due)]).await.items[0].measure_id.clone()
    }
}

fn act(request: &str, subject: &str, agency: &str, words: &str) -> Act {
    let text = |text: &str| text.to_owned();
    Act { request_id: text(request), subject_id: text(subject), agency: text(agency), who: text("某"), words: text(words) }
}

/// The `reason` that a caller is told.
fn reason(error: crate::error::Error) -> String {
    use leitai_rpc::failure::{Failure, explain};
    let explained = explain(&tonic::Status::from(Failure::from(error)));
    let (_, reason) = explained.split_once('[').unwrap();
    reason.split(']').next().unwrap().to_owned()
}
