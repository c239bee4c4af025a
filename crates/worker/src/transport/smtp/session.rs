//! One letter over an open connection, command by command: so that an answer names its stage, and a refused recipient costs no connection.

use lettre::{
    Address,
    transport::smtp::{
        Error,
        client::AsyncSmtpConnection,
        commands::{Data, Mail as MailFrom, Rcpt, Rset},
        extension::{Extension, MailBodyParameter, MailParameter},
        response::Response,
    },
};

use super::super::Attempt;

/// A letter to one address.
pub struct Mail<'a> {
    /// Envelope sender.
    pub from: Address,
    /// Envelope recipient.
    pub to: Address,
    /// The bytes, without their last CRLF.
    pub message: &'a [u8],
}

/// What came of it.
pub struct Said {
    /// For the record.
    pub attempt: Attempt,
    /// True where the connection can carry the next letter.
    pub usable: bool,
}

/// Where a letter is in its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Mail,
    Recipient,
    Data,
    Dot,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Self::Mail => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Data => "DATA",
            Self::Dot => "the letter",
        }
    }
}

/// Replies that ask for a log-in or TLS (RFC 4954, RFC 3207): our configuration is to blame, not the letter.
const OURS: [u16; 4] = [530, 534, 535, 538];
/// The server is about to close the connection (RFC 5321, 3.8).
const CLOSING: u16 = 421;

/// Sends it.
pub async fn deliver(connection: &mut AsyncSmtpConnection, mail: Mail<'_>) -> Said {
    let parameters = match parameters(connection, &mail) {
        Ok(parameters) => parameters,
        Err(lacking) => return Said { attempt: Attempt::permanent(format!("the server does not offer {lacking}")), usable: true },
    };
    match transact(connection, mail, parameters).await {
        Ok(response) => Said { attempt: Attempt::sent(text(&response)), usable: !connection.has_broken() },
        Err((stage, error)) => {
            let attempt = classify(stage, &error);
            Said { attempt, usable: code(&error).is_some_and(|code| code != CLOSING) && ended(connection, stage).await }
        }
    }
}

async fn transact(
    connection: &mut AsyncSmtpConnection,
    mail: Mail<'_>,
    parameters: Vec<MailParameter>,
) -> Result<Response, (Stage, Error)> {
    let at = |stage| move |error| (stage, error);
    connection.command(MailFrom::new(Some(mail.from), parameters)).await.map_err(at(Stage::Mail))?;
    connection.command(Rcpt::new(mail.to, Vec::new())).await.map_err(at(Stage::Recipient))?;
    connection.command(Data).await.map_err(at(Stage::Data))?;
    connection.message(mail.message).await.map_err(at(Stage::Dot))
}

/// What the letter needs of the server; `Err` names what it does not offer.
fn parameters(connection: &AsyncSmtpConnection, mail: &Mail<'_>) -> Result<Vec<MailParameter>, &'static str> {
    let plain = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    let mut parameters = Vec::new();
    if !plain(&mail.from) || !plain(&mail.to) {
        offered(connection, Extension::SmtpUtfEight).then(|| parameters.push(MailParameter::SmtpUtfEight)).ok_or("SMTPUTF8")?;
    }
    if !mail.message.is_ascii() {
        let eight_bit = MailParameter::Body(MailBodyParameter::EightBitMime);
        offered(connection, Extension::EightBitMime).then(|| parameters.push(eight_bit)).ok_or("8BITMIME")?;
    }
    Ok(parameters)
}

fn offered(connection: &AsyncSmtpConnection, extension: Extension) -> bool {
    connection.server_info().supports_feature(extension)
}

/// After a refusal: ends the transaction, so that the next letter can begin; false where the server will not.
async fn ended(connection: &mut AsyncSmtpConnection, stage: Stage) -> bool {
    stage == Stage::Dot || connection.command(Rset).await.is_ok()
}

/// A 5xx to the recipient or the letter stays refused. One to MAIL FROM names no recipient yet: it is about us, and may pass once a person has
/// set it right. So may everything else.
fn classify(stage: Stage, error: &Error) -> Attempt {
    let answer = format!("{}: {}", stage.word(), words(error));
    let ours = stage == Stage::Mail || code(error).is_some_and(|code| OURS.contains(&code));
    if error.is_permanent() && !ours { Attempt::permanent(answer) } else { Attempt::temporary(answer) }
}

/// The server's reply, or what is at the bottom of the failure: lettre repeats each cause in every level above it.
pub fn words(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    code(error).map_or_else(|| cause.to_string(), |code| format!("{code} {cause}"))
}

fn code(error: &Error) -> Option<u16> {
    error.status().map(u16::from)
}

fn text(response: &Response) -> String {
    format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" "))
}
