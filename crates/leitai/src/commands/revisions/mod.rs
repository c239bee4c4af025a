//! `leitai revisions`: corrections, and what they changed.

mod effects;

use leitai_proto::ingestion::v1::ListRevisionsRequest;

use super::observations::revised;
use crate::{
    cli::{RevisionListArgs, RevisionsCommand},
    clients::{Clients, all_pages},
};

pub async fn run(command: RevisionsCommand, clients: Clients) -> anyhow::Result<()> {
    match command {
        RevisionsCommand::List(args) => list(args, clients).await,
        RevisionsCommand::Effects(args) => effects::run(args, clients).await,
    }
}

async fn list(args: RevisionListArgs, mut clients: Clients) -> anyhow::Result<()> {
    let page = |page_token| ListRevisionsRequest {
        plan_id: args.plan.clone(),
        since: args.since.clone().unwrap_or_default(),
        first_values: args.all,
        division_code: args.division.clone(),
        indicator_id: args.indicator.clone(),
        period: args.period.map(|period| period.to_string()).unwrap_or_default(),
        page_size: 1_000,
        page_token,
    };
    let revisions = all_pages!(token => clients.revisions.list_revisions(page(token)), revisions);
    revised(revisions).print(args.format.format)
}
