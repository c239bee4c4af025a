//! The watch over the wire, beside an evaluation of two plans.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt, stream};
use leitai_proto::{
    evaluation::v1::{
        self as evaluation, WatchFindingsRequest, WatchFindingsResponse,
        evaluation_service_server::{EvaluationService, EvaluationServiceServer},
    },
    notification::v1::{LetterKind, ListLettersRequest, Tier, letter_service_client::LetterServiceClient},
};
use leitai_rpc::{
    CancellationToken,
    clock::{FixedClock, SharedClock},
    server,
};
use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
use rstest::rstest;
use tokio::sync::watch;
use tonic::{Code, Request, Response, Status, service::Routes};

use super::*;
use crate::{
    notification::{Notification, SERVICES},
    store::Store,
    testing::{NOW, config, verdict},
};

/// Two counties miss in March of the first plan, one in a page; the second plan cannot be asked. Tells which periods it was asked for.
#[derive(Clone)]
pub(super) struct Missing {
    pub rounds: Vec<EvaluatedRound>,
    pub asked: watch::Sender<Vec<String>>,
}

pub(super) type Answer<T> = Result<Response<T>, Status>;

fn round(plan: &str, period: &str, frozen: bool) -> EvaluatedRound {
    EvaluatedRound {
        plan_id: plan.to_owned(),
        plan_title: "黑龙江省县域经济发展突破年行动方案".to_owned(),
        period: period.to_owned(),
        frozen,
        ..EvaluatedRound::default()
    }
}

#[async_trait::async_trait]
impl EvaluationService for Missing {
    type WatchFindingsStream = Pin<Box<dyn Stream<Item = Result<WatchFindingsResponse, Status>> + Send>>;

    async fn list_verdicts(&self, request: Request<ListVerdictsRequest>) -> Answer<evaluation::ListVerdictsResponse> {
        let request = request.into_inner();
        assert_eq!((request.lights, request.as_of.as_str()), (vec![i32::from(Light::Missing)], ""));
        self.asked.send_modify(|asked| asked.push(format!("{} {}", request.plan_id, request.period)));
        if request.plan_id != "county-economy-2025" {
            return Err(Status::failed_precondition("no such period"));
        }
        let (code, next) = if request.page_token.is_empty() { ("430522", "2") } else { ("430582", "") };
        let note = if code == "430582" { "报送了比年初增减额".to_owned() } else { String::new() };
        let verdict =
            Verdict { period: request.period, actual_micros: None, gap_micros: None, note, ..verdict("gdp", code, Light::Missing) };
        Ok(Response::new(evaluation::ListVerdictsResponse { verdicts: vec![verdict], next_page_token: next.to_owned() }))
    }

    async fn list_evaluated_rounds(&self, request: Request<ListEvaluatedRoundsRequest>) -> Answer<evaluation::ListEvaluatedRoundsResponse> {
        let at = request.into_inner().page_token.parse().unwrap_or(0);
        let next = if at + 1 < self.rounds.len() { (at + 1).to_string() } else { String::new() };
        let rounds = self.rounds.get(at).cloned().into_iter().collect();
        Ok(Response::new(evaluation::ListEvaluatedRoundsResponse { rounds, next_page_token: next }))
    }

    async fn watch_findings(&self, _: Request<WatchFindingsRequest>) -> Answer<Self::WatchFindingsStream> {
        Ok(Response::new(stream::pending().boxed()))
    }

    async fn get_verdict(&self, _: Request<evaluation::GetVerdictRequest>) -> Answer<evaluation::GetVerdictResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_standings(&self, _: Request<evaluation::ListStandingsRequest>) -> Answer<evaluation::ListStandingsResponse> {
        Err(Status::unimplemented(""))
    }
}

pub(super) async fn serve(routes: Routes, names: &'static [&'static str]) -> String {
    let listener = server::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(server::serve(listener, routes, names, CancellationToken::new()));
    endpoint
}

#[rstest]
#[tokio::test]
async fn what_is_missing_becomes_reminders_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(database) = backend.open().await else { return };
    // On 18 April 2025 the second reminder of March is due; February is long past, April under way. Nothing is known of March yet.
    let rounds = vec![round("another", "2025-M02", false), round("county-economy-2025", "2025-M02", true)];
    let fake = Missing { rounds, asked: watch::Sender::new(Vec::new()) };
    let evaluation = serve(Routes::new(EvaluationServiceServer::new(fake.clone())), &[]).await;
    let directory = tempfile::tempdir().unwrap();
    let config = crate::NotificationConfig { evaluation_endpoint: evaluation.clone(), ..config(directory.path()) };
    let clock: SharedClock = Arc::new(FixedClock(NOW));
    let service = Notification::new(database.database(), &config, Arc::clone(&clock)).await.unwrap();
    let endpoint = serve(service.routes(), &SERVICES).await;

    let store = Store::open(database.database()).await.unwrap();
    let reminders = Reminders::new(store, Arc::new(config.load().unwrap()), clock);
    let rules = reminders.rules().unwrap().clone();
    let mut watch = Watch::new(reminders, leitai_rpc::client::channel(&evaluation).unwrap(), None);
    for _ in 0..2 {
        // The other plan's failure is told, and keeps this one from nothing.
        let failed = watch.look(&rules).await.unwrap_err();
        assert!(matches!(&failed, RemindError::Call(status) if status.code() == Code::FailedPrecondition), "{failed:?}");
    }
    let ours = "county-economy-2025 2025-M03";
    assert_eq!(*fake.asked.borrow(), ["another 2025-M03", ours, ours, "another 2025-M03"]);

    let mut letters = LetterServiceClient::new(leitai_rpc::client::channel(&endpoint).unwrap());
    let letters = letters.list_letters(ListLettersRequest::default()).await.unwrap().into_inner().letters;
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!((letter.kind(), letter.tier(), letter.case_count), (LetterKind::Reminder, Tier::Unspecified, 2));
    assert_eq!((letter.agency.as_str(), letter.reply_by.as_str(), letter.deliveries.len()), ("省发展改革委", "2025-04-23", 2));
    assert!(letter.subject.ends_with("关于逾期未报2025年1—3月指标数据的催报函（2项）"), "{}", letter.subject);
}

#[tokio::test]
async fn the_service_looks_at_its_start() {
    let database = Sqlite.open().await.unwrap();
    let fake = Missing { rounds: vec![round("county-economy-2025", "2025-M02", true)], asked: watch::Sender::new(Vec::new()) };
    let mut asked = fake.asked.subscribe();
    let evaluation = serve(Routes::new(EvaluationServiceServer::new(fake)), &[]).await;
    let directory = tempfile::tempdir().unwrap();
    let config = crate::NotificationConfig { evaluation_endpoint: evaluation, ..config(directory.path()) };
    let service = Notification::new(database.database(), &config, Arc::new(FixedClock(NOW))).await.unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(service.run(stop.clone()));
    asked.wait_for(|asked| asked.len() == 2).await.unwrap();
    stop.cancel();
    running.await.unwrap();
}

#[test]
fn candidates_are_the_open_periods_of_the_plans_year() {
    let simulated = EvaluatedRound { simulated: true, ..round("a", "2025-M02", true) };
    let rounds = [round("a", "2024-M12", false), simulated, round("a", "2025-M06", false), round("b", "2026-M02", false)];
    let found = candidates(&rounds).unwrap();
    let of = |plan: &str| found.iter().filter(|one| one.plan_id == plan).map(|one| one.period.to_string()).collect::<Vec<_>>();
    let open: Vec<_> = [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(|month| format!("2025-M{month:02}")).into();
    assert_eq!((of("a"), of("b").len()), (open, 12));
    assert!(found.iter().all(|one| one.simulated == (one.plan_id == "a")));
    assert!(matches!(candidates(&[round("a", "March", false)]), Err(RoundError::Period { .. })));
    assert!(candidates(&[]).unwrap().is_empty());
}
