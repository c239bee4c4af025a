//! A small plan, changes of ingestion's log, and an ingestion that serves nothing but that log.

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use futures::{Stream, StreamExt, stream};
use leitai_domain::{period::Period, policy::Policy};
use leitai_proto::ingestion::v1::{
    Change, County, Observation, ObservationAccepted, Plan, PlanApplied, Round, WatchChangesRequest, WatchChangesResponse,
    change::Kind,
    change_service_server::{ChangeService, ChangeServiceServer},
};
use leitai_rpc::{CancellationToken, clock::FixedClock, server};
use leitai_storage::Database;
use time::OffsetDateTime;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

use crate::{Evaluation, EvaluationConfig, cube::Cube, round, state::State};

/// The plan's id.
pub const PLAN_ID: &str = "p";
/// Its counties, ascending.
pub const COUNTIES: [&str; 3] = ["230102", "230103", "230104"];
/// Its county targets.
pub const TARGETS: usize = 5;

/// Five county targets, and the measures that stand beside them.
pub const PLAN: &str = r#"
id = "p"
title = "县域经济方案"
year = 2025
source = "s"
province_code = "230000"

[[indicator]]
id = "gdp_growth"
name = "地区生产总值增速"
unit = "%"
kind = "rate"
scope = "county"
frequency = "quarterly"
level = "gdp"
target = { text = "5.5左右", owners = ["省发展改革委"], source = [{ place = "附件2 第1行", text = "x" }] }

[[indicator]]
id = "industry_growth"
name = "工业增加值增速"
unit = "%"
kind = "rate"
scope = "county"
frequency = "monthly"
target = { text = "6以上", owners = ["省工业和信息化厅"], source = [{ place = "附件2 第3行", text = "x" }] }

[[indicator]]
id = "foreign_capital_growth"
name = "实际利用外资增速"
unit = "%"
kind = "rate"
scope = "county"
frequency = "monthly"
level = "foreign_capital"
target = { text = "35以上", owners = ["省商务厅"], source = [{ place = "附件2 第7行", text = "x" }] }

[[indicator]]
id = "loan_growth"
name = "贷款余额增速"
unit = "%"
kind = "rate"
scope = "county"
frequency = "monthly"
level = "loan_balance"
related = ["loan_change"]
target = { text = "10左右", owners = ["黑龙江金融监管局", "省地方金融管理局"], source = [{ place = "附件2 第8行", text = "x" }] }

[[indicator]]
id = "new_enterprises"
name = "新增规模以上工业企业"
unit = "户"
kind = "change"
scope = "county"
frequency = "monthly"
decimals = 0
target = { text = "2以上", pace = "year_end", owners = [], source = [{ place = "附件2 第9行", text = "x" }] }

[[indicator]]
id = "gdp"
name = "地区生产总值"
unit = "亿元"
kind = "flow"
scope = "county"
frequency = "quarterly"

[[indicator]]
id = "foreign_capital"
name = "实际利用外资"
unit = "万美元"
kind = "flow"
scope = "county"
frequency = "monthly"

[[indicator]]
id = "province_foreign_capital"
name = "全省实际利用外资"
unit = "万美元"
kind = "flow"
scope = "province"
frequency = "monthly"
decimals = 0

[indicator.rollup]
kind = "sum"
of = "foreign_capital"

[indicator.target]
text = "240以上"
owners = ["省商务厅"]

[[indicator.target.source]]
place = "附件1"
text = "实际利用外资(万美元) 240以上"

[[indicator]]
id = "loan_balance"
name = "贷款余额"
unit = "亿元"
kind = "level"
scope = "county"
frequency = "monthly"

[[indicator]]
id = "loan_change"
name = "贷款余额比年初增减"
unit = "亿元"
kind = "change"
scope = "county"
frequency = "monthly"
decimals = 2
"#;

/// The plan with these counties.
pub fn plan_applied(revision: i32, codes: &[&str]) -> Kind {
    let county = |code: &&str| County {
        code: (*code).to_owned(),
        name: format!("{code}县"),
        prefecture_code: "230100".to_owned(),
        prefecture_name: "哈尔滨市".to_owned(),
    };
    let plan =
        Plan { plan_id: PLAN_ID.to_owned(), revision, title: "县域经济方案".to_owned(), year: 2025, document_toml: PLAN.to_owned() };
    Kind::PlanApplied(PlanApplied { plan: Some(plan), counties: codes.iter().map(county).collect() })
}

/// A value as a workbook had it.
pub fn observation(division: &str, indicator: &str, period: &str, text: &str) -> Observation {
    let value = leitai_domain::decimal::parse(text).unwrap();
    Observation {
        division_code: division.to_owned(),
        indicator_id: indicator.to_owned(),
        period: period.to_owned(),
        value_micros: leitai_domain::decimal::to_micros(value).unwrap(),
        source_text: text.to_owned(),
        revision: 1,
        ..Observation::default()
    }
}

/// The change that brought it.
pub fn accepted(observation: Observation) -> Kind {
    let submitter = "省统计局".to_owned();
    Kind::ObservationAccepted(ObservationAccepted { plan_id: PLAN_ID.to_owned(), observation: Some(observation), submitter })
}

/// A plain value of the small plan.
pub fn observed(division: &str, indicator: &str, period: &str, text: &str) -> Kind {
    accepted(observation(division, indicator, period, text))
}

/// A freeze.
pub fn frozen(period: &str) -> Kind {
    let frozen_at = "2025-04-20T00:00:00Z".to_owned();
    Kind::RoundFrozen(Round { plan_id: PLAN_ID.to_owned(), period: period.to_owned(), frozen_at, ..Round::default() })
}

/// A cube of the small plan with these changes.
pub fn cube(changes: impl IntoIterator<Item = Kind>) -> Cube {
    let mut cube = Cube::default();
    cube.apply(plan_applied(1, &COUNTIES), 1).unwrap();
    for change in changes {
        cube.apply(change, 1).unwrap();
    }
    cube
}

/// The round of that cube under the example policy.
pub fn evaluated(cube: &Cube, period: &str) -> round::Round {
    let period: Period = period.parse().unwrap();
    round::evaluate(cube.plan(PLAN_ID).unwrap(), period, &Arc::new(Policy::example().unwrap()))
}

/// Serves a change log that a test appends to, three changes in a message.
#[derive(Clone)]
pub struct FakeIngestion {
    log: watch::Sender<Vec<Change>>,
    address: SocketAddr,
}

impl FakeIngestion {
    /// Listens on a free port until the test's runtime ends.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Self { log: watch::Sender::new(Vec::new()), address: listener.local_addr().unwrap() };
        let service = ChangeServiceServer::new(fake.clone());
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)));
        fake
    }

    /// An evaluation that follows it, not yet running.
    pub async fn evaluation(&self, database: Database) -> Evaluation {
        let config = EvaluationConfig { ingestion_endpoint: format!("http://{}", self.address), policy_file: None };
        Evaluation::new(database, &config, Arc::new(FixedClock(OffsetDateTime::UNIX_EPOCH))).await.unwrap()
    }

    /// Commits changes.
    pub fn append(&self, kinds: impl IntoIterator<Item = Kind>) {
        self.log.send_modify(|log| {
            for kind in kinds {
                let sequence = log.len() as i64 + 1;
                log.push(Change { sequence, recorded_at_ms: sequence * 1_000, kind: Some(kind) });
            }
        });
    }
}

#[async_trait::async_trait]
impl ChangeService for FakeIngestion {
    type WatchChangesStream = Pin<Box<dyn Stream<Item = Result<WatchChangesResponse, Status>> + Send>>;

    async fn watch_changes(&self, request: Request<WatchChangesRequest>) -> Result<Response<Self::WatchChangesStream>, Status> {
        let start = (self.log.subscribe(), request.into_inner().after_sequence as usize);
        let messages = stream::unfold(start, |(mut log, after)| async move {
            let message = {
                let known = log.wait_for(|log| log.len() > after).await.ok()?;
                let changes = known.iter().skip(after).take(3).cloned().collect();
                WatchChangesResponse { changes, head_sequence: known.len() as i64 }
            };
            let next = after + message.changes.len();
            Some((Ok(message), (log, next)))
        });
        Ok(Response::new(messages.boxed()))
    }
}

/// An evaluation that runs and serves.
pub struct Running {
    /// Where it serves.
    pub endpoint: String,
    /// What it knows.
    pub state: Arc<State>,
    shutdown: CancellationToken,
    tasks: [JoinHandle<()>; 2],
}

impl Running {
    /// Starts it on a database against the fake.
    pub async fn start(database: Database, ingestion: &FakeIngestion) -> Self {
        let evaluation = ingestion.evaluation(database).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let (routes, state) = (evaluation.routes(&shutdown), evaluation.state());
        let (serving, following) = (shutdown.clone(), shutdown.clone());
        let tasks = [
            tokio::spawn(async move { server::serve(listener, routes, &crate::SERVICES, serving).await.unwrap() }),
            tokio::spawn(async move { evaluation.run(following).await.unwrap() }),
        ];
        Self { endpoint, state, shutdown, tasks }
    }

    /// Ends it as a kill does: nothing more runs.
    pub async fn kill(self) {
        for task in self.tasks {
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
    }

    /// Ends it as asked.
    pub async fn stop(self) {
        self.shutdown.cancel();
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}
