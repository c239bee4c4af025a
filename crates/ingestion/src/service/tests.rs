//! The use cases, on both databases.

mod changes;
mod findings;
mod held;
mod life;
mod obligations;
mod plans;
mod races;
mod reports;
mod revisions;
mod rounds;
mod schedule;
mod streamed;
mod uploads;

use std::sync::Arc;

use leitai_domain::division::Registry;
use leitai_proto::ingestion::v1::{ItemReason, Report, ReportItem};
use leitai_rpc::clock::{FixedClock, SharedClock};
use leitai_storage::testing::{Backend, TestDatabase};
use leitai_workbook::{
    rows,
    shipped::{SHAOYANG_LAYOUT, SHAOYANG_WORKBOOK, SHAOYANG_WORKBOOK_NAME},
};
use time::macros::datetime;

use super::{Answer, Content, NewPlan, Service, Submission};
use crate::{
    convert::sha256,
    store::Migrator,
    testing::{calendar, plan_toml},
};

/// Id of the test plan.
const PLAN: &str = "test-county-2025";
/// Twelve counties of Shaoyang.
const COUNTIES: [&str; 12] =
    ["430502", "430503", "430511", "430522", "430523", "430524", "430525", "430527", "430528", "430529", "430581", "430582"];

/// A service on an empty database, at 2025-04-20.
async fn open(backend: Backend) -> Option<(TestDatabase, Service)> {
    open_at(backend, Arc::new(FixedClock(datetime!(2025-04-20 01:02:03 UTC)))).await
}

/// A service on an empty database, with this clock.
async fn open_at(backend: Backend, clock: SharedClock) -> Option<(TestDatabase, Service)> {
    let test = backend.open().await?;
    test.database().migrate::<Migrator>().await.unwrap();
    let service = Service::new(test.database(), clock, Registry::shipped().unwrap(), calendar());
    Some((test, service))
}

/// Id of the shipped county plan.
const SHIPPED: &str = "heilongjiang-county-economy-2025";

/// The shipped county plan for the counties of Shaoyang; it has rounds.
fn shipped(request_id: &str) -> NewPlan {
    new_plan(request_id, leitai_domain::shipped::plan(SHIPPED).unwrap(), &COUNTIES)
}

/// [`open`] with the test plan for the counties of Shaoyang.
async fn open_with_plan(backend: Backend) -> Option<(TestDatabase, Service)> {
    let (test, service) = open(backend).await?;
    service.apply_plan(new_plan("plan", &plan_toml(), &COUNTIES)).await.unwrap();
    Some((test, service))
}

fn new_plan(request_id: &str, document: &str, codes: &[&str]) -> NewPlan {
    let county_codes = codes.iter().map(|code| (*code).to_owned()).collect();
    NewPlan { request_id: request_id.to_owned(), document_toml: document.to_owned(), county_codes }
}

fn submission(request_id: &str, file_name: &str, sha256: String, content: Content) -> Submission {
    Submission {
        request_id: request_id.to_owned(),
        plan_id: PLAN.to_owned(),
        submitter: "邵阳市统计局".to_owned(),
        simulated: false,
        file_name: file_name.to_owned(),
        content_sha256: sha256,
        content,
        note: String::new(),
        replaces: String::new(),
        dry_run: false,
    }
}

fn workbook(request_id: &str) -> Submission {
    let content = Content::Workbook { bytes: SHAOYANG_WORKBOOK.to_vec(), layout_toml: SHAOYANG_LAYOUT.to_owned(), year: None };
    submission(request_id, SHAOYANG_WORKBOOK_NAME, sha256(SHAOYANG_WORKBOOK), content)
}

fn csv(request_id: &str, rows: &str) -> Submission {
    let text = format!("division,indicator,period,value,unit\n{rows}");
    submission(request_id, "a.csv", sha256(text.as_bytes()), Content::Csv(text.into_bytes()))
}

fn count(report: &Report, reason: ItemReason) -> i32 {
    report.counts.iter().find(|count| count.reason() == reason).map_or(0, |count| count.count)
}

fn reasons(items: &[ReportItem]) -> Vec<ItemReason> {
    items.iter().map(ReportItem::reason).collect()
}
