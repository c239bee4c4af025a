//! The message of a letter: headers, plain text and HTML, with nothing in it that changes from one building to the next.

use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentDisposition, ContentId, ContentTransferEncoding, ContentType, ContentTypeErr, HeaderName, HeaderValue},
    },
};
use time::OffsetDateTime;

use super::{Attachment, Rendered, chart::Chart, number::stable_id};

/// The media type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The media type of a chart.
const PNG: &str = "image/png";
/// Earlier letters that a letter refers to at most: the first, which names the thread, and the newest.
const REFERENCES: usize = 20;

/// What a message is built from.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// Who it is from.
    pub from: &'a Mailbox,
    /// Who answers go to.
    pub reply_to: &'a Mailbox,
    /// The agency's name.
    pub agency: &'a str,
    /// The agency's addresses; may be empty.
    pub addresses: &'a [Address],
    /// When the letter is issued.
    pub date: OffsetDateTime,
    /// With angle brackets.
    pub message_id: &'a str,
    /// Message-IDs of earlier letters to the same agency about cases that this one holds too, oldest first, with angle brackets. More than
    /// 20 are the first and the newest 19.
    pub references: &'a [String],
    /// Its words.
    pub rendered: &'a Rendered,
}

/// Why a letter is no message.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A line break or another control character in what becomes a header.
    #[error("the agency's name, the subject, the workbook's name or a Message-ID holds a control character")]
    ControlCharacter,
    /// A media type that is none.
    #[error("an attachment has no media type")]
    MediaType(#[from] ContentTypeErr),
    /// The mail library refuses it.
    #[error("the letter cannot be made a message")]
    Message(#[from] lettre::error::Error),
}

/// Builds the message, RFC 5322. The same letter gives the same bytes.
///
/// # Errors
/// [`BuildError`] where a header would break or the mail library refuses it.
pub fn build(mail: &Mail<'_>) -> Result<Vec<u8>, BuildError> {
    // The library's own answer to a line break in a name is a panic.
    let fixed = [mail.agency, &mail.rendered.told.subject, &mail.rendered.workbook.name, mail.message_id];
    if fixed.into_iter().chain(mail.references.iter().map(String::as_str)).any(|text| text.contains(char::is_control)) {
        return Err(BuildError::ControlCharacter);
    }
    let mut builder = Message::builder()
        .from(mail.from.clone())
        .reply_to(mail.reply_to.clone())
        .date(mail.date.into())
        .message_id(Some(mail.message_id.to_owned()))
        .subject(mail.rendered.told.subject.as_str())
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    if let [first, rest @ ..] = mail.references {
        let newest = rest.get(rest.len().saturating_sub(REFERENCES - 1)..).unwrap_or_default();
        let thread: Vec<&str> = std::iter::once(first).chain(newest).map(String::as_str).collect();
        builder = builder.references(thread.join(" ")).in_reply_to(newest.last().unwrap_or(first).clone());
    }
    for address in mail.addresses {
        builder = builder.to(Mailbox::new(Some(mail.agency.to_owned()), address.clone()));
    }
    if mail.addresses.is_empty() {
        // The envelope is not part of the message; the library wants one all the same.
        let nobody = HeaderValue::new(HeaderName::new_from_ascii_str("To"), "undisclosed-recipients:;".to_owned());
        builder = builder.raw_header(nobody).envelope(Envelope::new(None, vec![mail.from.email.clone()])?);
    }
    Ok(builder.multipart(body(mail)?)?.formatted())
}

/// The letter twice, as text and as HTML with its picture, then what is attached.
fn body(mail: &Mail<'_>) -> Result<MultiPart, BuildError> {
    let boundary = |of: &str| stable_id(&["boundary", of, mail.message_id]);
    let rendered = mail.rendered;
    let alternatives = MultiPart::alternative()
        .boundary(boundary("alternative"))
        .singlepart(part(ContentType::TEXT_PLAIN, &rendered.told.text))
        .singlepart(part(ContentType::TEXT_HTML, &rendered.told.html));
    let shown = match &rendered.chart {
        Some(chart) => {
            // RFC 2387 requires the type of what is related to the picture; the library leaves it out.
            let kind = format!("multipart/related; boundary=\"{}\"; type=\"multipart/alternative\"", boundary("related"));
            let related = MultiPart::builder().header(ContentType::parse(&kind)?).multipart(alternatives);
            related.singlepart(picture(chart, ContentType::parse(PNG)?))
        }
        None => alternatives,
    };
    let workbook = attachment(&rendered.workbook, ContentType::parse(XLSX)?);
    Ok(MultiPart::mixed().boundary(boundary("mixed")).multipart(shown).singlepart(workbook))
}

/// Shown where the HTML body names it.
fn picture(chart: &Chart, kind: ContentType) -> SinglePart {
    SinglePart::builder()
        .header(kind)
        .header(ContentId::from(format!("<{}>", chart.content_id)))
        .header(ContentDisposition::inline_with_name("chart.png"))
        .header(ContentTransferEncoding::Base64)
        .body(chart.png.clone())
}

/// The file's name is written as RFC 2231 says, so that it stays Chinese.
fn attachment(file: &Attachment, kind: ContentType) -> SinglePart {
    SinglePart::builder()
        .header(kind)
        .header(ContentDisposition::attachment(&file.name))
        .header(ContentTransferEncoding::Base64)
        .body(file.bytes.clone())
}

/// Base64 keeps every line short and every byte as it is, whatever the text.
fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(kind).header(ContentTransferEncoding::Base64).body(text.to_owned())
}
