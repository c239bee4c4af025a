//! One letter over an open connection, command by command: so that an answer names its stage, and a refused recipient costs no connection.

use lettre::{
    Address,
    transport::smtp::{
        Error,
        client::AsyncSmtpConnection,
        commands::{Data, Mail as MailFrom, Rcpt, Rset},
        extension::{Extension, MailBodyParameter, MailParameter, RcptParameter},
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
    /// What reports about it are to name; `None` where the server was not asked for any or takes no such parameters.
    pub envelope_id: Option<&'a str>,
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
/// Replies to parameters that a server does not know, whatever it offered (RFC 5321, 4.2.4; RFC 1869, 6).
const UNKNOWN_PARAMETERS: [u16; 3] = [501, 504, 555];
/// The server is about to close the connection (RFC 5321, 3.8).
const CLOSING: u16 = 421;

/// Sends it.
pub async fn deliver(connection: &mut AsyncSmtpConnection, mail: Mail<'_>) -> Said {
    let parameters = match parameters(connection, &mail) {
        Ok(parameters) => parameters,
        Err(lacking) => return Said { attempt: Attempt::permanent(format!("the server does not offer {lacking}")), usable: true },
    };
    let mut sent = transact(connection, &mail, &parameters).await;
    if sent.as_ref().is_err_and(|(stage, error)| mail.envelope_id.is_some() && takes_no_parameters(*stage, error))
        && connection.command(Rset).await.is_ok()
    {
        sent = transact(connection, &Mail { envelope_id: None, ..mail }, &parameters).await;
    }
    match sent {
        Ok(response) => Said { attempt: Attempt::sent(text(&response)), usable: !connection.has_broken() },
        Err((stage, error)) => {
            let attempt = classify(stage, &error);
            Said { attempt, usable: code(&error).is_some_and(|code| code != CLOSING) && ended(connection, stage).await }
        }
    }
}

/// True for a reply that blames the parameters of MAIL or RCPT: the letter can go without the optional ones.
fn takes_no_parameters(stage: Stage, error: &Error) -> bool {
    matches!(stage, Stage::Mail | Stage::Recipient) && code(error).is_some_and(|code| UNKNOWN_PARAMETERS.contains(&code))
}

async fn transact(connection: &mut AsyncSmtpConnection, mail: &Mail<'_>, parameters: &[MailParameter]) -> Result<Response, (Stage, Error)> {
    let at = |stage| move |error| (stage, error);
    let parameters = parameters.iter().cloned().chain(mail.envelope_id.into_iter().flat_map(envelope)).collect();
    connection.command(MailFrom::new(Some(mail.from.clone()), parameters)).await.map_err(at(Stage::Mail))?;
    let wanted = mail.envelope_id.map(|_| reports(&mail.to)).unwrap_or_default();
    connection.command(Rcpt::new(mail.to.clone(), wanted)).await.map_err(at(Stage::Recipient))?;
    connection.command(Data).await.map_err(at(Stage::Data))?;
    connection.message(mail.message).await.map_err(at(Stage::Dot))
}

/// Reports name this envelope and return the headers alone (RFC 3461, 4.3 and 4.4).
fn envelope(id: &str) -> [MailParameter; 2] {
    let other = |keyword: &str, value: &str| MailParameter::Other { keyword: keyword.to_owned(), value: Some(value.to_owned()) };
    [other("RET", "HDRS"), other("ENVID", id)]
}

/// Reports are wanted of failures and delays, and name the address as we know it (RFC 3461, 4.1 and 4.2). One that is not ASCII would need
/// another form (RFC 6533), which few servers know.
fn reports(to: &Address) -> Vec<RcptParameter> {
    let other = |keyword: &str, value: String| RcptParameter::Other { keyword: keyword.to_owned(), value: Some(value) };
    let address: &str = to.as_ref();
    let original = address.is_ascii().then(|| other("ORCPT", format!("rfc822;{address}")));
    [other("NOTIFY", "FAILURE,DELAY".to_owned())].into_iter().chain(original).collect()
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
