//! The message of a letter: headers, plain text and HTML, with nothing in it that changes from one building to the next.

use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{self, HeaderName, HeaderValue},
    },
};
use time::OffsetDateTime;

use super::{Rendered, number::stable_id};

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
    /// Its words.
    pub rendered: &'a Rendered,
}

/// Why a letter is no message.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A line break or another control character in what becomes a header.
    #[error("the agency's name or the subject holds a control character")]
    ControlCharacter,
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
    if [mail.agency, &mail.rendered.subject, mail.message_id].iter().any(|text| text.contains(char::is_control)) {
        return Err(BuildError::ControlCharacter);
    }
    let mut builder = Message::builder()
        .from(mail.from.clone())
        .reply_to(mail.reply_to.clone())
        .date(mail.date.into())
        .message_id(Some(mail.message_id.to_owned()))
        .subject(mail.rendered.subject.as_str())
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    for address in mail.addresses {
        builder = builder.to(Mailbox::new(Some(mail.agency.to_owned()), address.clone()));
    }
    if mail.addresses.is_empty() {
        // The envelope is not part of the message; the library wants one all the same.
        let nobody = HeaderValue::new(HeaderName::new_from_ascii_str("To"), "undisclosed-recipients:;".to_owned());
        builder = builder.raw_header(nobody).envelope(Envelope::new(None, vec![mail.from.email.clone()])?);
    }
    let alternatives = MultiPart::alternative()
        .boundary(stable_id(&["boundary", mail.message_id]))
        .singlepart(part(header::ContentType::TEXT_PLAIN, &mail.rendered.text))
        .singlepart(part(header::ContentType::TEXT_HTML, &mail.rendered.html));
    Ok(builder.multipart(alternatives)?.formatted())
}

/// Base64 keeps every line short and every byte as it is, whatever the text.
fn part(kind: header::ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(kind).header(header::ContentTransferEncoding::Base64).body(text.to_owned())
}
