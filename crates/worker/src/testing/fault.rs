//! What a test's server does, and when.

use std::sync::{Arc, Mutex};

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Connected, nothing said.
    Greeting,
    /// EHLO.
    Hello,
    /// STARTTLS; after any reply that begins with 220 the server speaks TLS.
    StartTls,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// The final dot.
    Dot,
}

/// A stage that was reached.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Which.
    pub stage: Stage,
    /// The envelope recipient; empty before RCPT TO.
    pub recipient: &'a str,
    /// How often this stage was reached for this recipient before.
    pub before: usize,
}

/// What the server does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// What a good server does.
    Go,
    /// Says this instead, CRLF added.
    Say(String),
    /// Says this and closes the connection.
    SayAndCut(String),
    /// Says nothing and keeps the connection.
    Silence,
    /// Closes the connection.
    Cut,
    /// Takes the letter and closes the connection without an answer; only at the dot.
    TakeAndCut,
}

/// What the server does with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Takes it.
    None,
    /// Refuses the recipient with this code.
    Recipient(u16),
    /// Refuses the letter with this code at its final dot.
    Dot(u16),
    /// Takes it and cuts the connection without an answer.
    CutAfterData,
}

/// A script of faults decided once for each try of a recipient.
pub(super) fn script(decide: impl Fn(&str, usize) -> Fault + Send + Sync + 'static) -> impl Fn(&Moment<'_>) -> Act + Send + Sync + 'static {
    let decided: Arc<Mutex<std::collections::HashMap<String, Fault>>> = Arc::default();
    move |moment| {
        let mut decided = decided.lock().expect("no script panics");
        if moment.stage == Stage::Recipient {
            decided.insert(moment.recipient.to_owned(), decide(moment.recipient, moment.before));
        }
        let refused = |code: u16| Act::Say(format!("{code} refused by the test"));
        match (moment.stage, decided.get(moment.recipient)) {
            (Stage::Recipient, Some(Fault::Recipient(code))) | (Stage::Dot, Some(Fault::Dot(code))) => refused(*code),
            (Stage::Dot, Some(Fault::CutAfterData)) => Act::TakeAndCut,
            _ => Act::Go,
        }
    }
}
