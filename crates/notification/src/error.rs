//! What can go wrong, by who is told.

use leitai_storage::StorageError;
use sea_orm::DbErr;

use crate::{
    config::ConfigError,
    convert::RoundError,
    letter::{BuildError, ChartError, RenderError},
};

/// Why the service could not start.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// The configuration cannot be used.
    #[error("the configuration of notification cannot be used")]
    Config(#[from] ConfigError),
    /// The database's tables cannot be made ready.
    #[error("notification's database cannot be made ready")]
    Storage(#[from] StorageError),
    /// The database cannot be read or written.
    #[error("notification's database cannot be used")]
    Database(#[from] DbErr),
    /// The address of evaluation is none.
    #[error("evaluation cannot be addressed")]
    Endpoint(#[from] tonic::transport::Error),
}

/// Why a round could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The database's own.
    #[error("the round cannot be stored")]
    Database(#[from] DbErr),
    /// A letter that cannot be put into words.
    #[error("a letter cannot be made")]
    Render(#[from] RenderError),
    /// A chart that cannot be drawn.
    #[error("a letter's chart cannot be drawn")]
    Chart(#[from] ChartError),
    /// Words that are no message.
    #[error("a letter cannot be built")]
    Build(#[from] BuildError),
    /// A stored case that cannot be read.
    #[error("the round cannot be held against the stored cases")]
    Case(#[from] crate::moves::MoveError),
    /// A stored silence that cannot be read.
    #[error(transparent)]
    Silence(#[from] crate::silences::UnreadableSilence),
    /// More letters than a year has numbers.
    #[error("a round has too many letters")]
    TooMany(#[from] std::num::TryFromIntError),
}

/// Why following evaluation's log was interrupted; it is taken up again after a wait.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Evaluation cannot be reached, or ended the call.
    #[error("evaluation's findings cannot be followed")]
    Call(#[from] Box<tonic::Status>),
    /// The cursor cannot be read.
    #[error("the cursor cannot be read")]
    Cursor(#[from] DbErr),
    /// The log skipped a number.
    #[error("evaluation's findings went from {after} to {found}")]
    Gap {
        /// The last number taken.
        after: i64,
        /// The number that came.
        found: i64,
    },
    /// The log was put back and has grown again.
    #[error(
        "entry {sequence} of evaluation's findings is a round that was never issued: one of the two databases was put back to an earlier day"
    )]
    OtherLog {
        /// Its number.
        sequence: i64,
    },
    /// An entry that contradicts the contract. It is asked for again: nothing is ever skipped.
    #[error("entry {sequence} of evaluation's findings cannot be used")]
    Entry {
        /// Its number.
        sequence: i64,
        /// What is wrong with it.
        source: RoundError,
    },
    /// The round could not be issued.
    #[error("entry {sequence} of evaluation's findings cannot be issued")]
    Issue {
        /// Its number.
        sequence: i64,
        /// Why.
        source: Box<IssueError>,
    },
}

/// Why reminders could not be looked after; they are looked at again after a wait.
#[derive(Debug, thiserror::Error)]
pub enum RemindError {
    /// Evaluation or ingestion cannot be reached, or refused the call.
    #[error("evaluation and ingestion cannot be asked what is missing")]
    Call(#[from] Box<tonic::Status>),
    /// An answer that contradicts the contract.
    #[error("what evaluation or ingestion misses cannot be used")]
    Answer(#[from] RoundError),
    /// A list without end.
    #[error("a list has more than {pages} pages of 1,000")]
    TooMany {
        /// The bound.
        pages: usize,
    },
    /// The database cannot be read.
    #[error("what was written before cannot be read")]
    Database(#[from] DbErr),
    /// A reminder could not be written.
    #[error("reminders cannot be written")]
    Write(#[from] Box<IssueError>),
}
