//! What is done over the wire: a plan, months of reports, rounds, answers to letters; each asked again until it is answered.

mod outcome;

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, time::Duration};

use leitai_proto::{
    evaluation::v1::evaluation_service_client::EvaluationServiceClient,
    ingestion::v1::{
        ApplyPlanRequest, FreezeRoundRequest, ReportRow, ReportRows, SubmitReportRequest, plan_service_client::PlanServiceClient,
        report_service_client::ReportServiceClient, round_service_client::RoundServiceClient, submit_report_request::Content,
    },
    notification::v1::{
        AcknowledgeCaseRequest, Case, CaseState, ListCasesRequest, ListIssuedRoundsRequest, SignOffCaseRequest,
        case_service_client::CaseServiceClient, letter_service_client::LetterServiceClient,
    },
};
use leitai_rpc::{
    client::{self, Channel},
    failure::explain,
};
use tokio::time::{sleep, timeout};
use tonic::{Code, Response, Status};

use crate::{dice::Dice, hosts::Host, trace::Trace};

pub use self::outcome::Outcome;

/// The plan.
const PLAN: &str = include_str!("plan.toml");
const PLAN_ID: &str = "simulation-2025";
/// The counties of the plan: four of Harbin.
const COUNTIES: [&str; 4] = ["230123", "230124", "230125", "230126"];
const MONTHS: [&str; 3] = ["2025-M02", "2025-M03", "2025-M04"];
/// Growth in %, by month and county. 6 and 5 are wanted; red is more than one point below, five points below are a warning at once.
const INDUSTRY: [[&str; 4]; 3] = [["7.0", "3.0", "0.5", "5.5"], ["7.0", "3.0", "0.5", "4.0"], ["7.0", "6.5", "0.5", "4.0"]];
const RETAIL: [[&str; 4]; 3] = [["2.0", "6.0", "6.0", "6.0"], ["6.0", "6.0", "6.0", "6.0"], ["2.0", "6.0", "6.0", "6.0"]];
/// Who reports what.
const SUBMITTERS: [(&str, &str, &[[&str; 4]; 3]); 2] =
    [("哈尔滨市统计局", "industry_growth", &INDUSTRY), ("哈尔滨市商务局", "retail_growth", &RETAIL)];
/// Who may sign any case off.
const PROVINCE: &str = "黑龙江省县域经济发展专班";
/// Longest wait for one answer; then it is asked again, whatever became of the question.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the office and who watches it both know.
#[derive(Default)]
pub struct Desk {
    /// Reports that were answered: from then on they must be there.
    pub reports: BTreeSet<String>,
    /// True once everything was asked and answered.
    pub done: bool,
    /// Set by who watches, once everything has come to rest: time to read the outcome.
    pub at_rest: bool,
    /// What came of it all.
    pub outcome: Option<Outcome>,
}

/// The office.
pub struct Office {
    plans: PlanServiceClient<Channel>,
    reports: ReportServiceClient<Channel>,
    rounds: RoundServiceClient<Channel>,
    evaluation: EvaluationServiceClient<Channel>,
    cases: CaseServiceClient<Channel>,
    letters: LetterServiceClient<Channel>,
    dice: Dice,
    trace: Trace,
    desk: Rc<RefCell<Desk>>,
    /// Longest pause between two things, milliseconds.
    pause: u32,
}

impl Office {
    /// Addresses the roles.
    pub fn new(dice: Dice, trace: Trace, desk: Rc<RefCell<Desk>>, pause: u32) -> Result<Self, tonic::transport::Error> {
        let channel = |host: Host| client::channel(&host.endpoint());
        let (ingestion, notification) = (channel(Host::Ingestion)?, channel(Host::Notification)?);
        Ok(Self {
            plans: PlanServiceClient::new(ingestion.clone()),
            reports: ReportServiceClient::new(ingestion.clone()),
            rounds: RoundServiceClient::new(ingestion),
            evaluation: EvaluationServiceClient::new(channel(Host::Evaluation)?),
            cases: CaseServiceClient::new(notification.clone()),
            letters: LetterServiceClient::new(notification),
            dice,
            trace,
            desk,
            pause,
        })
    }

    /// Does everything, waits until it has come to rest, and reads what came of it.
    pub async fn work(mut self) -> turmoil::Result {
        self.apply_plan().await?;
        for (place, month) in MONTHS.into_iter().enumerate() {
            for (submitter, indicator, values) in SUBMITTERS {
                self.submit(submitter, indicator, month, &values[place]).await?;
            }
            self.freeze(month).await?;
            self.answer(month).await?;
        }
        self.desk.borrow_mut().done = true;
        while !self.desk.borrow().at_rest {
            sleep(Duration::from_millis(100)).await;
        }
        let outcome = self.outcome().await?;
        self.desk.borrow_mut().outcome = Some(outcome);
        Ok(())
    }

    async fn apply_plan(&mut self) -> Result<(), Status> {
        let county_codes = COUNTIES.map(str::to_owned).to_vec();
        let request = ApplyPlanRequest { request_id: "plan".to_owned(), document_toml: PLAN.to_owned(), county_codes };
        self.asked("plan", async |office| office.plans.apply_plan(request.clone()).await).await.map(drop)
    }

    async fn submit(&mut self, submitter: &str, indicator: &str, month: &str, values: &[&str; 4]) -> Result<(), Status> {
        let row = |(county, value): (&str, &&str)| ReportRow {
            division: county.to_owned(),
            indicator: indicator.to_owned(),
            period: month.to_owned(),
            value: (*value).to_owned(),
            unit: "%".to_owned(),
        };
        let request = SubmitReportRequest {
            request_id: format!("{indicator} {month}"),
            plan_id: PLAN_ID.to_owned(),
            submitter: submitter.to_owned(),
            content: Some(Content::Rows(ReportRows { rows: COUNTIES.into_iter().zip(values).map(row).collect() })),
            ..SubmitReportRequest::default()
        };
        let answer = self.asked(&request.request_id, async |office| office.reports.submit_report(request.clone()).await).await?;
        self.desk.borrow_mut().reports.extend(answer.report.map(|report| report.report_id));
        Ok(())
    }

    async fn freeze(&mut self, month: &str) -> Result<(), Status> {
        let request = FreezeRoundRequest { request_id: format!("freeze {month}"), plan_id: PLAN_ID.to_owned(), period: month.to_owned() };
        self.asked(&request.request_id, async |office| office.rounds.freeze_round(request.clone()).await).await.map(drop)
    }

    /// Waits for a month's letters, then acknowledges its open cases and signs off its recovered ones.
    async fn answer(&mut self, month: &str) -> Result<(), Status> {
        let rounds = ListIssuedRoundsRequest { plan_id: PLAN_ID.to_owned(), ..ListIssuedRoundsRequest::default() };
        while !self
            .asked("issued", async |office| office.letters.list_issued_rounds(rounds.clone()).await)
            .await?
            .rounds
            .iter()
            .any(|round| round.period == month)
        {}
        let all = ListCasesRequest { plan_id: PLAN_ID.to_owned(), ..ListCasesRequest::default() };
        for case in self.asked("cases", async |office| office.cases.list_cases(all.clone()).await).await?.cases {
            match case.state() {
                CaseState::Open => self.acknowledge(case, month).await?,
                CaseState::Recovered => self.sign_off(case, month).await?,
                _ => {}
            }
        }
        Ok(())
    }

    async fn acknowledge(&mut self, case: Case, month: &str) -> Result<(), Status> {
        let request = AcknowledgeCaseRequest {
            request_id: format!("acknowledge {month} {} {}", case.indicator_id, case.division_code),
            agency: case.evaluating_agencies.first().cloned().unwrap_or_default(),
            case_id: case.case_id,
            who: "经办人".to_owned(),
            reason: "收悉".to_owned(),
        };
        self.asked(&request.request_id, async |office| office.cases.acknowledge_case(request.clone()).await).await.map(drop)
    }

    async fn sign_off(&mut self, case: Case, month: &str) -> Result<(), Status> {
        let request = SignOffCaseRequest {
            request_id: format!("sign off {month} {} {}", case.indicator_id, case.division_code),
            agency: PROVINCE.to_owned(),
            case_id: case.case_id,
            who: "经办人".to_owned(),
            reason: "数据恢复".to_owned(),
        };
        self.asked(&request.request_id, async |office| office.cases.sign_off_case(request.clone()).await).await.map(drop)
    }

    /// Asks after a pause, and again until there is an answer; a refusal is one.
    async fn asked<T>(&mut self, what: &str, mut call: impl AsyncFnMut(&mut Self) -> Result<Response<T>, Status>) -> Result<T, Status> {
        sleep(self.dice.milliseconds(0..=self.pause)).await;
        loop {
            let answer = timeout(PATIENCE, call(self)).await;
            match answer {
                Ok(Ok(response)) => {
                    self.trace.note("office", format_args!("{what}: answered"));
                    return Ok(response.into_inner());
                }
                Ok(Err(refused)) if is_refusal(&refused) => return Err(refused),
                Ok(Err(failed)) => self.trace.note("office", format_args!("{what}: {}", explain(&failed))),
                Err(_) => self.trace.note("office", format_args!("{what}: no answer")),
            }
            sleep(self.dice.milliseconds(10..=1_000)).await;
        }
    }
}

/// An answer that would be the same next time.
fn is_refusal(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument | Code::FailedPrecondition | Code::NotFound | Code::AlreadyExists | Code::PermissionDenied
    )
}
