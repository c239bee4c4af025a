//! A report and how it is read.

use mail_parser::{ContentType, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::fields::{Group, groups};

/// Characters of a diagnostic that are kept.
const DIAGNOSTIC: usize = 500;
/// Recipients of one report at most.
const RECIPIENTS: usize = 100;
/// Message-IDs of one report at most.
const MESSAGE_IDS: usize = 20;

/// Characters of an envelope's id at most (RFC 3461, 4.4).
const ENVELOPE_ID: usize = 100;

/// What a mail system says about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The Message-IDs it names, with angle brackets: of the returned message first, then what the report itself refers to. At most 20.
    pub message_ids: Vec<String>,
    /// The system that reports.
    pub reporting_mta: String,
    /// The envelope that the message was sent in, at most 100 characters; empty where the report names none.
    pub envelope_id: String,
    /// Whom it is about, 1 to 100.
    pub recipients: Vec<Recipient>,
}

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address as the reporting system knew it; another than ours where mail was forwarded.
    pub final_recipient: String,
    /// The address as we gave it; empty where the report does not say.
    pub original_recipient: String,
    /// What was done.
    pub action: Action,
    /// The status of RFC 3463: `5.1.1`.
    pub status: String,
    /// The words of the system that refused, at most 500 characters; may be empty.
    pub diagnostic: String,
}

/// What was done (RFC 3464, 2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Given up.
    Failed,
    /// Still tried.
    Delayed,
    /// Delivered, relayed or expanded: no failure.
    Passed,
}

/// Why a message is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAReport {
    /// Not even a message.
    #[error("no mail message")]
    NoMessage,
    /// An answer, a receipt, an absence notice, anything else.
    #[error("Content-Type is `{0}`; a report has multipart/report with report-type=delivery-status")]
    AnotherKind(String),
    /// The part that programs read is missing.
    #[error("it has no message/delivery-status part")]
    NoStatus,
    /// Nobody is named.
    #[error("its message/delivery-status part names no recipient")]
    NoRecipient,
    /// Too many are named.
    #[error("it names {0} recipients; at most 100 are read")]
    TooMany(usize),
    /// A field that every recipient must have.
    #[error("{field} of a recipient is `{found}`; {right}")]
    Field {
        /// The field.
        field: &'static str,
        /// As found; empty where it is missing.
        found: String,
        /// What would be right.
        right: &'static str,
    },
}

/// Reads a message.
///
/// # Errors
/// [`NotAReport`] says what it is instead, or names the field.
pub fn read(message: &[u8]) -> Result<Report, NotAReport> {
    let message = MessageParser::default().parse(message).ok_or(NotAReport::NoMessage)?;
    let kind = message.content_type();
    if !kind.is_some_and(is_report) {
        return Err(NotAReport::AnotherKind(kind.map(described).unwrap_or_default()));
    }
    let status = message.parts.iter().find(|part| is(part, "message", &["delivery-status", "global-delivery-status"]));
    let text = String::from_utf8_lossy(status.ok_or(NotAReport::NoStatus)?.contents()).into_owned();
    let (about, recipients): (Vec<Group>, Vec<Group>) = groups(&text).into_iter().partition(|group| group.get("final-recipient").is_none());
    // A group that follows the first and names nobody is not passed over.
    if recipients.is_empty() {
        return Err(NotAReport::NoRecipient);
    }
    if about.len() > 1 {
        return Err(missing("Final-Recipient", "`rfc822; ADDRESS` is needed"));
    }
    if recipients.len() > RECIPIENTS {
        return Err(NotAReport::TooMany(recipients.len()));
    }
    let reporting_mta = about.first().and_then(|group| group.typed("reporting-mta")).unwrap_or_default().to_owned();
    let envelope_id = about.first().and_then(|group| group.get("original-envelope-id")).unwrap_or_default();
    let envelope_id = envelope_id.chars().filter(|c| !c.is_control()).take(ENVELOPE_ID).collect();
    let recipients = recipients.iter().map(recipient).collect::<Result<_, _>>()?;
    Ok(Report { message_ids: message_ids(&message), reporting_mta, envelope_id, recipients })
}

fn is_report(kind: &ContentType<'_>) -> bool {
    let about = kind.attribute("report-type").unwrap_or_default();
    kind.ctype().eq_ignore_ascii_case("multipart")
        && kind.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"))
        && about.eq_ignore_ascii_case("delivery-status")
}

fn described(kind: &ContentType<'_>) -> String {
    let report = kind.attribute("report-type").map(|about| format!("; report-type={about}")).unwrap_or_default();
    format!("{}/{}{report}", kind.ctype(), kind.subtype().unwrap_or_default())
}

fn is(part: &MessagePart<'_>, ctype: &str, subtypes: &[&str]) -> bool {
    part.content_type().is_some_and(|kind| {
        let subtype = kind.subtype().unwrap_or_default();
        kind.ctype().eq_ignore_ascii_case(ctype) && subtypes.iter().any(|one| one.eq_ignore_ascii_case(subtype))
    })
}

fn recipient(group: &Group) -> Result<Recipient, NotAReport> {
    let action = match group.get("action").map(str::to_ascii_lowercase).as_deref() {
        Some("failed") => Action::Failed,
        Some("delayed") => Action::Delayed,
        Some("delivered" | "relayed" | "expanded") => Action::Passed,
        found => {
            let found = found.unwrap_or_default().to_owned();
            let right = "failed, delayed, delivered, relayed or expanded is needed";
            return Err(NotAReport::Field { field: "Action", found, right });
        }
    };
    let status = group.get("status").unwrap_or_default();
    // A comment may follow.
    let code = status.split([' ', '(']).next().unwrap_or_default();
    if !is_status(code) {
        return Err(NotAReport::Field { field: "Status", found: status.to_owned(), right: "a status such as 5.1.1 is needed" });
    }
    let final_recipient = group.typed("final-recipient").filter(|address| !address.is_empty());
    Ok(Recipient {
        final_recipient: bare(final_recipient.ok_or_else(|| missing("Final-Recipient", "`rfc822; ADDRESS` is needed"))?),
        original_recipient: group.typed("original-recipient").map(bare).unwrap_or_default(),
        action,
        status: code.to_owned(),
        diagnostic: group.typed("diagnostic-code").unwrap_or_default().chars().take(DIAGNOSTIC).collect(),
    })
}

fn missing(field: &'static str, right: &'static str) -> NotAReport {
    NotAReport::Field { field, found: String::new(), right }
}

/// Three numbers, the first of them 2, 4 or 5 (RFC 3463, 2).
fn is_status(code: &str) -> bool {
    let parts: Vec<&str> = code.split('.').collect();
    let number = |part: &&str| (1..=3).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit());
    matches!(parts.as_slice(), ["2" | "4" | "5", rest @ ..] if rest.len() == 2 && rest.iter().all(number))
}

/// An address without the angle brackets that some systems write.
fn bare(address: &str) -> String {
    address.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

fn message_ids(message: &Message<'_>) -> Vec<String> {
    let returned = message.parts.iter().filter_map(returned_id);
    let mut ids: Vec<String> = returned.collect();
    ids.extend(texts(message.in_reply_to()));
    ids.extend(texts(message.references()));
    let mut bracketed: Vec<String> = Vec::new();
    for id in ids {
        let id = format!("<{}>", id.trim().trim_start_matches('<').trim_end_matches('>'));
        if id.len() > 2 && !bracketed.contains(&id) {
            bracketed.push(id);
        }
    }
    bracketed.truncate(MESSAGE_IDS);
    bracketed
}

/// The Message-ID of a returned message, or of its returned headers.
fn returned_id(part: &MessagePart<'_>) -> Option<String> {
    match &part.body {
        PartType::Message(returned) => returned.message_id().map(str::to_owned),
        _ if is(part, "text", &["rfc822-headers"]) || is(part, "message", &["global-headers", "rfc822-headers"]) => {
            MessageParser::default().parse_headers(part.contents())?.message_id().map(str::to_owned)
        }
        _ => None,
    }
}

fn texts(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(text) => vec![text.to_string()],
        HeaderValue::TextList(texts) => texts.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
