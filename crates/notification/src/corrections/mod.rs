//! Corrections (更正): which figures of a letter read otherwise as known now, and the letter that says so.

mod ask;
mod differences;
mod find;
mod write;

use std::sync::Arc;

use leitai_rpc::{clock::SharedClock, failure::Failure};
use sea_orm::DbErr;

pub use self::{
    ask::Evaluation,
    differences::{Differences, Field, Figures, Item, Key, Known, Line, differences},
    find::{Issued, Touched, TouchedFilter},
    write::{Order, Preview},
};
use crate::{config::Settings, issue::Issuer, round::Finding, store::Store};

/// What stands in place of a tier in a correction's row.
pub const LETTER_WORD: &str = "correction";

/// Finds what letters told otherwise, and writes corrections.
#[derive(Clone)]
pub struct Corrections {
    store: Store,
    settings: Arc<Settings>,
    issuer: Issuer,
    evaluation: Evaluation,
    clock: SharedClock,
}

impl Corrections {
    /// Corrects letters of this store.
    #[must_use]
    pub fn new(store: Store, settings: Arc<Settings>, clock: SharedClock, evaluation: Evaluation) -> Self {
        let issuer = Issuer::new(store.clone(), Arc::clone(&settings), Arc::clone(&clock));
        Self { store, settings, issuer, evaluation, clock }
    }
}

fn internal(error: DbErr) -> Failure {
    Failure::internal(&error)
}

fn key(finding: &Finding) -> Key {
    (finding.indicator_id.clone(), finding.division_code.clone())
}
