//! `leitai silences`: what no letter is written about for a while.

use leitai_proto::notification::v1::{CreateSilenceRequest, EndSilenceRequest, ListSilencesRequest, Silence};
use serde_json::json;

use crate::{
    cli::SilencesCommand,
    clients::{Clients, all_pages, answer},
    listing::Listing,
};

pub async fn run(command: SilencesCommand, mut clients: Clients) -> anyhow::Result<()> {
    let request_id = super::new_request_id();
    match command {
        SilencesCommand::List { ended, format } => {
            let page = |page_token| ListSilencesRequest { ended, page_size: 1_000, page_token };
            listing(&all_pages!(token => clients.cases.list_silences(page(token)), silences)).print(format.format)
        }
        SilencesCommand::Create { plan, indicator, division, until, reason, who, format } => {
            let request =
                CreateSilenceRequest { request_id, plan_id: plan, indicator_id: indicator, division_code: division, who, reason, until };
            let silence = answer(clients.cases.create_silence(request).await)?.silence;
            listing(&silence.into_iter().collect::<Vec<_>>()).print(format.format)
        }
        SilencesCommand::End { silence, who, format } => {
            let silence = answer(clients.cases.end_silence(EndSilenceRequest { request_id, silence_id: silence, who }).await)?.silence;
            listing(&silence.into_iter().collect::<Vec<_>>()).print(format.format)
        }
    }
}

fn listing(silences: &[Silence]) -> Listing {
    let mut listing = Listing::new(&[
        ("silence_id", "标识"),
        ("plan", "方案"),
        ("indicator", "指标"),
        ("division", "区划"),
        ("until", "至"),
        ("reason", "原因"),
        ("who", "经办"),
        ("created_at", "设立"),
        ("ended_at", "提前结束"),
        ("ended_by", "结束人"),
    ]);
    for silence in silences {
        listing.push(vec![
            json!(silence.silence_id),
            json!(silence.plan_id),
            json!(silence.indicator_id),
            json!(silence.division_code),
            json!(silence.until),
            json!(silence.reason),
            json!(silence.who),
            json!(silence.created_at),
            json!(silence.ended_at),
            json!(silence.ended_by),
        ]);
    }
    listing
}
