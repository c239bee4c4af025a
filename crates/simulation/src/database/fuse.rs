//! A power failure at a certain statement of a transaction: nothing that the host does after it is kept or heard.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{faults::links_of, hosts::Host};

/// When a host's power fails; copies share it.
#[derive(Clone, Default)]
pub struct Fuse(Arc<Mutex<State>>);

/// What comes before a power failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// So many statements within transactions, at least one.
    Statements(u32),
    /// So many commits, at least one.
    Commits(u32),
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// The power stays.
    #[default]
    Whole,
    /// It fails after this.
    Burning(Until),
    /// It has failed.
    Blown,
}

impl Fuse {
    /// The power fails after this.
    pub fn light(&self, until: Until) {
        self.with(|state| *state = State::Burning(until));
    }

    /// The power stays after all, or is back: then true.
    pub fn mend(&self) -> bool {
        self.with(|state| mem::take(state) == State::Blown)
    }

    /// True once the power has failed.
    pub fn is_blown(&self) -> bool {
        self.with(|state| *state == State::Blown)
    }

    /// Counts a statement of the host that is running; true where it was the last, and then nobody hears the host any more.
    pub(super) fn burn(&self, host: Host, is_commit: bool) -> bool {
        let blown = self.with(|state| {
            *state = match *state {
                State::Burning(Until::Statements(1)) => State::Blown,
                State::Burning(Until::Statements(left)) => State::Burning(Until::Statements(left - 1)),
                State::Burning(Until::Commits(1)) if is_commit => State::Blown,
                State::Burning(Until::Commits(left)) if is_commit => State::Burning(Until::Commits(left - 1)),
                unchanged => unchanged,
            };
            *state == State::Blown
        });
        if blown {
            links_of(host).for_each(|(one, other)| turmoil::partition(one.name(), other.name()));
        }
        blown
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
