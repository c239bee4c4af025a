//! The watch beside an ingestion with an open round, of which no value has come.

use std::sync::Arc;

use leitai_proto::{
    evaluation::v1::evaluation_service_server::EvaluationServiceServer,
    ingestion::v1::{
        self as ingestion, ListObligationsRequest, ListRoundsRequest, Obligation, ObligationState, RoundState,
        round_service_server::{RoundService, RoundServiceServer},
    },
};
use leitai_rpc::{
    clock::{FixedClock, SharedClock},
    paging::Page,
};
use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
use mail_parser::MessageParser;
use rstest::rstest;
use tokio::sync::watch;
use tonic::{Request, Response, Status, service::Routes};

use super::{
    tests::{Answer, Missing, serve},
    *,
};
use crate::{
    store::{LetterFilter, Store},
    testing::{NOW, config},
};

const PLAN: &str = "county-economy-2025";

/// One round in this state, with two counties' values and a provincial one that are not reported.
struct Fake(RoundState);

fn owed(indicator: &str, code: &str, prefecture: &str) -> Obligation {
    let text = |text: &str| text.to_owned();
    Obligation {
        indicator_id: text(indicator),
        indicator_name: text("地区生产总值增速"),
        unit: text("%"),
        division_code: text(code),
        division_name: format!("第{code}县"),
        prefecture_code: text(prefecture),
        agencies: vec![text("省发展改革委")],
        state: ObligationState::NotYetDue.into(),
        ..Obligation::default()
    }
}

#[async_trait::async_trait]
impl RoundService for Fake {
    async fn list_rounds(&self, _: Request<ListRoundsRequest>) -> Answer<ingestion::ListRoundsResponse> {
        let text = |text: &str| text.to_owned();
        let round = ingestion::Round {
            plan_id: text(PLAN),
            plan_title: text("黑龙江省县域经济发展突破年行动方案"),
            period: text("2025-M03"),
            state: self.0.into(),
            due_on: text("2025-04-22"),
            days_origin: text("示例值，方案未规定：季后次月下旬"),
            ..ingestion::Round::default()
        };
        Ok(Response::new(ingestion::ListRoundsResponse { rounds: vec![round], next_page_token: String::new() }))
    }

    async fn list_obligations(&self, request: Request<ListObligationsRequest>) -> Answer<ingestion::ListObligationsResponse> {
        let request = request.into_inner();
        assert_eq!((request.plan_id.as_str(), request.period.as_str(), request.states.len()), (PLAN, "2025-M03", 2));
        let (owed, next) = match request.page_token.as_str() {
            "" => (vec![owed("province_gdp", "230000", ""), owed("gdp", "430522", "430500")], "2"),
            _ => (vec![owed("gdp", "430582", "430500")], ""),
        };
        Ok(Response::new(ingestion::ListObligationsResponse { obligations: owed, next_page_token: next.to_owned() }))
    }

    async fn open_round(&self, _: Request<ingestion::OpenRoundRequest>) -> Answer<ingestion::OpenRoundResponse> {
        Err(Status::unimplemented(""))
    }

    async fn freeze_round(&self, _: Request<ingestion::FreezeRoundRequest>) -> Answer<ingestion::FreezeRoundResponse> {
        Err(Status::unimplemented(""))
    }

    async fn get_round(&self, _: Request<ingestion::GetRoundRequest>) -> Answer<ingestion::GetRoundResponse> {
        Err(Status::unimplemented(""))
    }

    async fn get_completeness(&self, _: Request<ingestion::GetCompletenessRequest>) -> Answer<ingestion::GetCompletenessResponse> {
        Err(Status::unimplemented(""))
    }
}

/// Looks twice on 18 April 2025; answers with the store and the periods that evaluation was asked for.
async fn looked(
    backend: Backend,
    state: RoundState,
    known: Vec<EvaluatedRound>,
) -> Option<(leitai_storage::testing::TestDatabase, Store, Vec<String>)> {
    let database = backend.open().await?;
    let fake = Missing { rounds: known, asked: watch::Sender::new(Vec::new()) };
    let evaluation = serve(Routes::new(EvaluationServiceServer::new(fake.clone())), &[]).await;
    let ingestion = serve(Routes::new(RoundServiceServer::new(Fake(state))), &[]).await;
    let directory = tempfile::tempdir().unwrap();
    let clock: SharedClock = Arc::new(FixedClock(NOW));
    let store = Store::open(database.database()).await.unwrap();
    let reminders = Reminders::new(store.clone(), Arc::new(config(directory.path()).load().unwrap()), clock);
    let rules = reminders.rules().unwrap().clone();
    let channel = |endpoint: &str| leitai_rpc::client::channel(endpoint).unwrap();
    let mut watch = Watch::new(reminders, channel(&evaluation), Some(Rounds::new(channel(&ingestion))));
    for _ in 0..2 {
        watch.look(&rules).await.unwrap();
    }
    let asked = fake.asked.borrow().clone();
    Some((database, store, asked))
}

#[rstest]
#[tokio::test]
async fn an_open_round_is_reminded_of_before_any_value_came(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store, asked)) = looked(backend, RoundState::Open, Vec::new()).await else { return };
    let page = "county-economy-2025 2025-M03";
    assert_eq!(asked, [page, page], "once, for what was reported in the place of what is missing");
    let letters = store.letters(LetterFilter::default(), &Page::parse(10, "").unwrap()).await.unwrap().0;
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    // By the policy's ten working days 18 April would be after the due day; by the round's own it is two before.
    assert_eq!((letter.agency.as_str(), letter.case_count, letter.reply_by.as_str()), ("省发展改革委", 2, "2025-04-22"));
    let (_, message) = store.letter(&letter.letter_id).await.unwrap().unwrap();
    let read = MessageParser::default().parse(&message).unwrap();
    let text = read.body_text(0).unwrap();
    for said in [
        "应于2025年4月22日前报送。截至发函时，贵单位负责报送的1项指标尚有2个县（市、区）未报，共2项次",
        "缺报2个县（市、区）：第430522县、第430582县（其中1个仅报送其他口径数据，不能换算，见附件）",
        "（期末后15个工作日，已计法定节假日及调休。）",
        "本函的报送期限按本期调度日程确定（示例值，方案未规定：季后次月下旬），催报时间依据示例政策确定。",
    ] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
}

#[rstest]
#[case::not_yet(RoundState::Scheduled)]
#[case::no_more(RoundState::Frozen)]
#[tokio::test]
async fn a_plan_with_rounds_is_reminded_of_open_ones_alone(#[case] state: RoundState) {
    // The policy alone would have reminded of March: a value of the year is in.
    let known = EvaluatedRound { plan_id: PLAN.to_owned(), period: "2025-M02".to_owned(), ..EvaluatedRound::default() };
    let (_database, store, asked) = looked(Sqlite, state, vec![known]).await.unwrap();
    assert!(asked.is_empty(), "{asked:?}");
    assert!(store.letters(LetterFilter::default(), &Page::parse(10, "").unwrap()).await.unwrap().0.is_empty());
}
