//! The same division, indicator and period twice in one streamed report, found in the order of the keys.

use leitai_proto::ingestion::v1::ItemReason;
use sea_orm::DatabaseTransaction;

use crate::{
    error::Error,
    report::assess,
    store::{
        items::{self, Stored},
        observations::Key,
    },
};

/// Values of one key, in the order of the source. However many there are, only their positions are kept.
struct Group {
    key: Key,
    micros: Option<i64>,
    first: String,
    listed: Vec<String>,
    positions: Vec<i32>,
    same: bool,
}

impl Group {
    fn new(stored: &Stored) -> Self {
        let mut group = Self {
            key: stored.key(),
            micros: stored.item.value_micros,
            first: stored.item.place.clone(),
            listed: Vec::new(),
            positions: Vec::new(),
            same: true,
        };
        group.push(stored);
        group
    }

    fn push(&mut self, stored: &Stored) {
        self.same &= stored.item.value_micros == self.micros;
        self.positions.push(stored.item.position);
        if self.listed.len() < assess::LISTED {
            self.listed.push(format!("{}为{}", stored.item.place, stored.item.source_text));
        }
    }

    async fn settle(self, tx: &DatabaseTransaction, report_id: &str) -> Result<(), Error> {
        let Some((_, later)) = self.positions.split_first().filter(|(_, later)| !later.is_empty()) else { return Ok(()) };
        let (positions, reason, message) = if self.same {
            (later, ItemReason::Unchanged, assess::same_as(&self.first))
        } else {
            (self.positions.as_slice(), ItemReason::Contradiction, assess::contradiction(&self.listed, self.positions.len()))
        };
        Ok(items::mark(tx, report_id, positions, reason, &message).await?)
    }
}

/// Settles every repeat: the same value counts once, different values count not at all.
///
/// # Errors
/// The database's own.
pub async fn settle(tx: &DatabaseTransaction, report_id: &str, page: u64) -> Result<(), Error> {
    let (mut after, mut group): (Option<Stored>, Option<Group>) = (None, None);
    loop {
        let values = items::by_key(tx, report_id, &[ItemReason::Accepted], after.as_ref(), page).await?;
        let Some(last) = values.last() else { break };
        after = Some(last.clone());
        for stored in &values {
            match &mut group {
                Some(open) if open.key == stored.key() => open.push(stored),
                _ => {
                    if let Some(done) = group.replace(Group::new(stored)) {
                        done.settle(tx, report_id).await?;
                    }
                }
            }
        }
    }
    match group {
        Some(done) => done.settle(tx, report_id).await,
        None => Ok(()),
    }
}
