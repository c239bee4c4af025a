//! The services as the command line calls them.

use anyhow::{Context, anyhow};
use leitai_proto::{
    evaluation::v1::{analysis_service_client::AnalysisServiceClient, evaluation_service_client::EvaluationServiceClient},
    ingestion::v1::{
        approval_service_client::ApprovalServiceClient, finding_service_client::FindingServiceClient,
        plan_service_client::PlanServiceClient, report_service_client::ReportServiceClient,
        responsibility_service_client::ResponsibilityServiceClient, revision_service_client::RevisionServiceClient,
        round_service_client::RoundServiceClient,
    },
    notification::v1::{
        bounce_service_client::BounceServiceClient, case_service_client::CaseServiceClient,
        correction_service_client::CorrectionServiceClient, letter_service_client::LetterServiceClient,
    },
};
use leitai_rpc::{
    client::{self, Channel},
    failure,
    limits::MESSAGE_BYTES,
};
use serde::Deserialize;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

/// `[endpoints]`: where the command line finds the services.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// `http://HOST:PORT`; of several copies each, with commas between.
    pub ingestion: String,
    /// As of ingestion.
    pub evaluation: String,
    /// As of ingestion.
    pub notification: String,
}

/// Clients of every service; they connect when first used.
#[derive(Debug, Clone)]
pub struct Clients {
    pub plans: PlanServiceClient<Channel>,
    pub reports: ReportServiceClient<Channel>,
    pub duties: ResponsibilityServiceClient<Channel>,
    pub approvals: ApprovalServiceClient<Channel>,
    pub findings: FindingServiceClient<Channel>,
    pub revisions: RevisionServiceClient<Channel>,
    pub rounds: RoundServiceClient<Channel>,
    pub evaluation: EvaluationServiceClient<Channel>,
    pub analysis: AnalysisServiceClient<Channel>,
    pub cases: CaseServiceClient<Channel>,
    pub bounces: BounceServiceClient<Channel>,
    pub corrections: CorrectionServiceClient<Channel>,
    pub letters: LetterServiceClient<Channel>,
}

impl Clients {
    /// Addresses the services.
    pub fn new(endpoints: &Endpoints) -> anyhow::Result<Self> {
        let channel = |url: &str| client::channel(url).with_context(|| format!("endpoint `{url}`"));
        let ingestion = channel(&endpoints.ingestion)?;
        let evaluation = channel(&endpoints.evaluation)?;
        let notification = channel(&endpoints.notification)?;
        Ok(Self {
            plans: PlanServiceClient::new(ingestion.clone()),
            approvals: ApprovalServiceClient::new(ingestion.clone()),
            findings: FindingServiceClient::new(ingestion.clone()).max_decoding_message_size(MESSAGE_BYTES),
            reports: ReportServiceClient::new(ingestion.clone())
                .max_decoding_message_size(MESSAGE_BYTES)
                .max_encoding_message_size(MESSAGE_BYTES),
            duties: ResponsibilityServiceClient::new(ingestion.clone())
                .max_decoding_message_size(MESSAGE_BYTES)
                .max_encoding_message_size(MESSAGE_BYTES),
            revisions: RevisionServiceClient::new(ingestion.clone()),
            rounds: RoundServiceClient::new(ingestion),
            evaluation: EvaluationServiceClient::new(evaluation.clone()).max_decoding_message_size(MESSAGE_BYTES),
            analysis: AnalysisServiceClient::new(evaluation).max_decoding_message_size(MESSAGE_BYTES),
            cases: CaseServiceClient::new(notification.clone()),
            bounces: BounceServiceClient::new(notification.clone()),
            corrections: CorrectionServiceClient::new(notification.clone()).max_decoding_message_size(MESSAGE_BYTES),
            letters: LetterServiceClient::new(notification).max_decoding_message_size(MESSAGE_BYTES),
        })
    }
}

/// The answer, or the failure in words.
pub fn answer<T>(result: Result<Response<T>, Status>) -> anyhow::Result<T> {
    result.map(Response::into_inner).map_err(|status| {
        // Our own services give a reason with every failure; without one the transport speaks.
        let unreached = status.code() == Code::Unavailable && status.get_details_error_info().is_none();
        let hint = if unreached {
            ": a service does not answer; start it with `leitai serve`, or set [endpoints] to where it listens"
        } else {
            ""
        };
        anyhow!("{}{hint}", failure::explain(&status))
    })
}

/// Reads every page of a list: `$call` gets the token of the next page, `$rows` and the response's `next_page_token` are taken. A third part
/// runs on each page, for what stands beside the rows.
macro_rules! all_pages {
    ($token:ident => $call:expr, $rows:ident $(, $page:ident => $beside:expr)?) => {{
        let mut rows = Vec::new();
        let mut $token = String::new();
        loop {
            let page = $crate::clients::answer($call.await)?;
            $(
                let $page = &page;
                $beside;
            )?
            rows.extend(page.$rows);
            if page.next_page_token.is_empty() {
                break rows;
            }
            $token = page.next_page_token;
        }
    }};
}
pub(crate) use all_pages;
