//! `leitai bounces`: reports from a mailbox or a pipe, recorded with notification.

mod exit;
mod maildir;

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use anyhow::Context;
use leitai_bounce::{Action, Report};
use leitai_proto::notification::v1::{Bounce, BounceAction, BouncedRecipient, ListBouncesRequest, RecordBounceRequest};
use leitai_rpc::failure;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tonic::Code;

pub use self::exit::Exit;
use crate::{
    cli::BouncesCommand,
    clients::{Clients, all_pages, answer},
    files,
    listing::Listing,
    words,
};

/// Bytes of a message at most: a report returns a whole letter, and letters are far smaller.
const MESSAGE: u64 = 16 * 1024 * 1024;
const COLUMNS: [(&str, &str); 9] = [
    ("source", "来源"),
    ("outcome", "处理"),
    ("letter_id", "函件"),
    ("delivery_id", "投递标识"),
    ("recipient", "地址"),
    ("status", "状态码"),
    ("diagnostic", "原因"),
    ("reporting_mta", "报告系统"),
    ("recorded_at", "时间"),
];

pub async fn run(command: BouncesCommand, mut clients: Clients) -> anyhow::Result<()> {
    match command {
        BouncesCommand::Read { maildir, format } => read(&maildir, &mut clients).await?.print(format.format),
        BouncesCommand::Pipe { format } => pipe(&mut clients).await?.print(format.format),
        BouncesCommand::List { unmatched, format } => {
            let page = |page_token| ListBouncesRequest { unmatched, page_size: 1_000, page_token };
            let bounces = all_pages!(token => clients.bounces.list_bounces(page(token)), bounces);
            let mut listing = Listing::new(&COLUMNS);
            bounces.iter().for_each(|bounce| listing.push(line(&bounce.message_id, bounce)));
            listing.print(format.format)
        }
    }
}

/// What cannot be recorded now ends it, with everything before that recorded and seen; the next run goes on there. A report that will never be
/// taken is left like any other message, and holds nothing up.
async fn read(maildir: &Path, clients: &mut Clients) -> anyhow::Result<Listing> {
    let mut listing = Listing::new(&COLUMNS);
    for path in maildir::unread(maildir)? {
        let name = files::name(&path);
        let recorded = match report(&path)? {
            Ok((report, request_id)) => record(report, request_id, clients).await.with_context(|| format!("`{}`", path.display()))?,
            Err(reason) => Err(reason),
        };
        match recorded {
            Ok(bounces) => {
                bounces.iter().for_each(|bounce| listing.push(line(&name, bounce)));
                maildir::seen(&path)?;
            }
            Err(reason) => listing.push(left(&name, &reason)),
        }
    }
    Ok(listing)
}

/// The report in a file and the id of its bytes, or why it is none.
fn report(path: &Path) -> anyhow::Result<Result<(Report, String), String>> {
    let named = || format!("`{}`", path.display());
    if fs::metadata(path).with_context(named)?.len() > MESSAGE {
        return Ok(Err(format!("larger than {MESSAGE} bytes")));
    }
    let message = fs::read(path).with_context(named)?;
    Ok(leitai_bounce::read(&message).map(|report| (report, id(&message))).map_err(|reason| reason.to_string()))
}

async fn pipe(clients: &mut Clients) -> anyhow::Result<Listing> {
    let mut message = Vec::new();
    let length = io::stdin().lock().take(MESSAGE + 1).read_to_end(&mut message).map_err(|error| Exit::again(&error))?;
    if u64::try_from(length).is_ok_and(|length| length > MESSAGE) {
        return Err(Exit::no_report(format!("larger than {MESSAGE} bytes")).into());
    }
    let report = leitai_bounce::read(&message).map_err(|reason| Exit::no_report(reason.to_string()))?;
    let recorded = record(report, id(&message), clients).await.map_err(|error| Exit::again(&error))?;
    let bounces = recorded.map_err(Exit::no_report)?;
    let mut listing = Listing::new(&COLUMNS);
    bounces.iter().for_each(|bounce| listing.push(line("-", bounce)));
    Ok(listing)
}

/// The same bytes read twice are one report.
fn id(message: &[u8]) -> String {
    Sha256::digest(message).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the report changed, or why it will never be taken.
async fn record(report: Report, request_id: String, clients: &mut Clients) -> anyhow::Result<Result<Vec<Bounce>, String>> {
    let action = |action| match action {
        Action::Failed => BounceAction::Failed,
        Action::Delayed => BounceAction::Delayed,
        Action::Passed => BounceAction::Passed,
    };
    let recipients = report.recipients.into_iter().map(|recipient| BouncedRecipient {
        final_recipient: recipient.final_recipient,
        original_recipient: recipient.original_recipient,
        action: action(recipient.action).into(),
        status: recipient.status,
        diagnostic: recipient.diagnostic,
    });
    let request = RecordBounceRequest {
        request_id,
        recipients: recipients.collect(),
        message_ids: report.message_ids,
        reporting_mta: report.reporting_mta,
        envelope_id: report.envelope_id,
    };
    match clients.bounces.record_bounce(request).await {
        Err(status) if status.code() == Code::InvalidArgument => Ok(Err(failure::explain(&status).replace('\n', ";"))),
        result => Ok(Ok(answer(result)?.bounces)),
    }
}

fn line(source: &str, bounce: &Bounce) -> Vec<Value> {
    vec![
        json!(source),
        json!(words::bounce_outcome(bounce.outcome())),
        json!(bounce.letter_id),
        json!(bounce.delivery_id),
        json!(bounce.masked_recipient),
        json!(bounce.status),
        json!(bounce.diagnostic),
        json!(bounce.reporting_mta),
        json!(bounce.recorded_at),
    ]
}

/// The line of a message that was left where it is.
fn left(source: &str, reason: &str) -> Vec<Value> {
    let mut line = vec![json!(source), json!("left")];
    line.resize(COLUMNS.len(), json!(""));
    if let Some(cell) = line.get_mut(6) {
        *cell = json!(reason);
    }
    line
}
