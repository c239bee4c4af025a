//! How one delivery leaves: as a file or by SMTP.

mod file;
mod smtp;

use std::time::Duration;

use leitai_proto::notification::v1::{AttemptOutcome, LeasedDelivery};

use self::{file::Files, smtp::Mailer};
use crate::config::{ConfigError, TransportConfig, TransportKind};

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Sent, to be tried again, or not.
    pub outcome: AttemptOutcome,
    /// The server's answer, or the error.
    pub answer: String,
}

impl Attempt {
    fn sent(answer: impl Into<String>) -> Self {
        Self { outcome: AttemptOutcome::Sent, answer: answer.into() }
    }

    fn temporary(answer: impl Into<String>) -> Self {
        Self { outcome: AttemptOutcome::Temporary, answer: answer.into() }
    }

    fn permanent(answer: impl Into<String>) -> Self {
        Self { outcome: AttemptOutcome::Permanent, answer: answer.into() }
    }
}

/// One lane's way out; an SMTP connection is kept between letters.
pub enum Transport {
    /// Into a directory.
    Files(Files),
    /// To a mail server.
    Smtp(Box<Mailer>),
}

impl Transport {
    /// A way out that is not connected yet, with deadlines that together take less than half of a lease.
    ///
    /// # Errors
    /// [`ConfigError`] names the key.
    pub fn new(config: &TransportConfig, lease: Duration) -> Result<Self, ConfigError> {
        Ok(match config.kind {
            TransportKind::File => Self::Files(Files::new(config.directory.clone())),
            TransportKind::Smtp => Self::Smtp(Box::new(Mailer::new(config.server()?, lease))),
        })
    }

    /// Sends the stored bytes; by SMTP within the deadlines, into a file for as long as the disk takes.
    pub async fn send(&mut self, delivery: &LeasedDelivery) -> Attempt {
        match self {
            Self::Files(files) => files.write(delivery).await,
            Self::Smtp(mailer) => mailer.send(delivery).await,
        }
    }

    /// Nothing to send for now: lets go of a connection that the server would soon cut.
    pub async fn rest(&mut self) {
        if let Self::Smtp(mailer) = self {
            mailer.close().await;
        }
    }
}
