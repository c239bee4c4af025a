//! Divisions as they stood before a change.

use super::{
    Division, Registry,
    history::{Change, History},
    names::Names,
};

/// A division as it stood before a change.
#[derive(Debug, Clone)]
pub(super) struct Past {
    /// With its code and name of then.
    pub division: Division,
    /// Year of the change that made it; `None` where it is older than the record.
    pub since: Option<i32>,
    /// Year of the change that ended it.
    pub until: i32,
    /// Today's code, where the place went on as one division.
    pub now: Option<String>,
    /// Code of the division that it was merged into, where it was and that is known.
    pub joined: Option<String>,
}

/// All of them, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Pasts {
    pub list: Vec<Past>,
    pub names: Names,
}

impl Registry {
    /// What the changes on record ended.
    pub(super) fn pasts(&self) -> Pasts {
        let mut pasts = Pasts::default();
        for (at, change) in self.history.changes.iter().enumerate() {
            if let Some(past) = self.past(change, at) {
                pasts.names.add(&past.division, pasts.list.len());
                pasts.list.push(past);
            }
        }
        pasts
    }

    fn past(&self, change: &Change, at: usize) -> Option<Past> {
        let division = self.before(change.old_code.as_deref()?, change.old_name.as_deref()?);
        let (before, after) = (self.history.changes.get(..at)?, self.history.changes.get(at + 1..)?);
        let went_on = change.new_code.clone().filter(|_| change.kind.continues());
        let now = went_on.and_then(|code| followed(code, after)).filter(|code| self.get(code).is_some());
        let joined = change.new_code.clone().filter(|_| !change.kind.continues());
        Some(Past { since: began(&division.code, before), until: change.year, now, joined, division })
    }
}

impl History {
    /// Year of the change by which a division of today came to its code and name; `None` where that is older than the record.
    pub(super) fn began(&self, code: &str) -> Option<i32> {
        began(code, &self.changes)
    }
}

fn began(code: &str, changes: &[Change]) -> Option<i32> {
    let made = |change: &&Change| change.kind.creates() && change.new_code.as_deref() == Some(code);
    changes.iter().rev().find(made).map(|change| change.year)
}

/// The code that a place has after later changes; `None` where it was merged.
fn followed(code: String, later: &[Change]) -> Option<String> {
    later.iter().filter(|change| change.old_code.is_some()).try_fold(code, |code, change| match &change.old_code {
        Some(old) if *old == code => change.new_code.clone().filter(|_| change.kind.continues()),
        _ => Some(code),
    })
}
