//! What goes wrong, and when: drawn from the seed before the simulation begins.

use std::{collections::BTreeMap, time::Duration};

use turmoil::Sim;

use crate::{
    database::{Fuse, Until},
    dice::Dice,
    hosts::Host,
    trace::Trace,
};

/// Faults begin within so long, milliseconds.
const TROUBLED: u32 = 45_000;
/// How long a fault may last, milliseconds.
const SHORTEST: u32 = 20;
const LONGEST: u32 = 9_000;
/// How long a power failure that waits for its statement is waited for, and may then last, milliseconds.
const LONGEST_AWAITED: u32 = 12_000;
/// Most faults that are drawn; those that fall on a link or host that has one already are left out.
const MOST: u32 = 40;
/// What is lost on a connection shows this much later at most: its deadline has passed, and its silence was noticed.
const AFTERMATH: Duration = Duration::from_secs(100);

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What two hosts say to each other is lost.
    Cut(Host, Host),
    /// What the first says to the second is lost.
    CutOneWay(Host, Host),
    /// What two hosts say to each other is held back, and comes all at once in the end.
    Held(Host, Host),
    /// What two hosts say to each other takes up to so many milliseconds; connections overtake each other.
    Slow(Host, Host, u32),
    /// A host's process is killed; its peers see their connections end.
    Killed(Host),
    /// A host loses its power; its peers hear nothing more of it.
    PowerLost(Host),
    /// A host with a database loses its power right after something that it stores, if it comes to that.
    PowerFails(Host, Until),
}

/// A fault and its time, since the simulation began.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    fault: Fault,
    begin: Duration,
    end: Duration,
}

/// The faults of a seed, and how far they have come.
pub struct Troubles {
    all: Vec<Trouble>,
    /// Beginnings and ends that are still to come, the next one last.
    ahead: Vec<(Duration, usize, bool)>,
    usual: Duration,
    fuses: BTreeMap<Host, Fuse>,
}

impl Fault {
    fn links(self) -> Vec<(Host, Host)> {
        match self {
            Self::Cut(one, other) | Self::CutOneWay(one, other) | Self::Held(one, other) | Self::Slow(one, other, _) => vec![(one, other)],
            Self::Killed(_) => Vec::new(),
            Self::PowerLost(host) | Self::PowerFails(host, _) => links_of(host).collect(),
        }
    }

    fn host(self) -> Option<Host> {
        match self {
            Self::Killed(host) | Self::PowerLost(host) | Self::PowerFails(host, _) => Some(host),
            _ => None,
        }
    }

    /// True where a letter's way from notification to the mail server is hit.
    fn touches_letters(self) -> bool {
        let on_the_way = [Host::Notification, Host::Worker, Host::Mail];
        self.host().is_some_and(|host| on_the_way.contains(&host))
            || self.links().iter().any(|(one, other)| on_the_way.contains(one) && on_the_way.contains(other))
    }

    fn draw(dice: &Dice) -> Self {
        let (one, other) = *dice.one_of(&Host::PAIRS);
        let (one, other) = if dice.once_in(2) { (one, other) } else { (other, one) };
        let host = *dice.one_of(&Host::CRASHING);
        match dice.within(1..=12) {
            1 | 2 => Self::Cut(one, other),
            3 => Self::CutOneWay(one, other),
            4 => Self::Held(one, other),
            5 => Self::Slow(one, other, dice.within(50..=1_500)),
            6 | 7 => Self::Killed(host),
            8 => Self::PowerLost(host),
            _ => {
                let until = if dice.once_in(2) { Until::Statements(dice.within(1..=30)) } else { Until::Commits(dice.within(1..=3)) };
                Self::PowerFails(*dice.one_of(&Host::STORING), until)
            }
        }
    }
}

impl Troubles {
    fn begin(&self, fault: Fault, sim: &mut Sim<'_>) {
        match fault {
            Fault::Cut(one, other) => sim.partition(one.name(), other.name()),
            Fault::CutOneWay(from, to) => sim.partition_oneway(from.name(), to.name()),
            Fault::Held(one, other) => sim.hold(one.name(), other.name()),
            Fault::Slow(one, other, most) => sim.set_link_max_message_latency(one.name(), other.name(), Duration::from_millis(most.into())),
            Fault::Killed(host) => sim.crash(host.name()),
            Fault::PowerLost(host) => {
                links_of(host).for_each(|(one, other)| sim.partition(one.name(), other.name()));
                sim.crash(host.name());
            }
            Fault::PowerFails(host, until) => self.fuses[&host].light(until),
        }
    }

    fn end(&self, fault: Fault, sim: &mut Sim<'_>) {
        match fault {
            Fault::Cut(one, other) => sim.repair(one.name(), other.name()),
            Fault::CutOneWay(from, to) => sim.repair_oneway(from.name(), to.name()),
            Fault::Held(one, other) => sim.release(one.name(), other.name()),
            Fault::Slow(one, other, _) => sim.set_link_max_message_latency(one.name(), other.name(), self.usual),
            Fault::Killed(host) => sim.bounce(host.name()),
            Fault::PowerFails(host, _) if !self.fuses[&host].mend() => {}
            Fault::PowerLost(host) | Fault::PowerFails(host, _) => {
                links_of(host).for_each(|(one, other)| sim.repair(one.name(), other.name()));
                sim.bounce(host.name());
            }
        }
    }
}

/// Every pair that a host is one of.
pub fn links_of(host: Host) -> impl Iterator<Item = (Host, Host)> {
    Host::PAIRS.into_iter().filter(move |(one, other)| *one == host || *other == host)
}

impl Troubles {
    /// None at all.
    pub fn none() -> Self {
        Self { all: Vec::new(), ahead: Vec::new(), usual: Duration::ZERO, fuses: BTreeMap::new() }
    }

    /// Those of a seed. No link and no host has two at once. `usual` is the longest that a message takes otherwise.
    pub fn draw(dice: &Dice, usual: Duration, fuses: BTreeMap<Host, Fuse>) -> Self {
        Self::drawn(dice, usual, fuses, || Fault::draw(dice))
    }

    /// Only power failures after commits, where cursors are stored.
    pub fn draw_failing_power(dice: &Dice, fuses: BTreeMap<Host, Fuse>) -> Self {
        let followers = [Host::Evaluation, Host::Notification];
        Self::drawn(dice, Duration::ZERO, fuses, || Fault::PowerFails(*dice.one_of(&followers), Until::Commits(dice.within(1..=2))))
    }

    fn drawn(dice: &Dice, usual: Duration, fuses: BTreeMap<Host, Fuse>, draw: impl Fn() -> Fault) -> Self {
        let mut begins: Vec<Duration> = (0..dice.within(6..=MOST)).map(|_| dice.milliseconds(0..=TROUBLED)).collect();
        begins.sort_unstable();
        let (mut hosts, mut links, mut all) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for begin in begins {
            let fault = draw();
            let longest = if matches!(fault, Fault::PowerFails(..)) { LONGEST_AWAITED } else { *dice.one_of(&[200, 2_000, LONGEST]) };
            let end = begin + dice.milliseconds(SHORTEST..=longest);
            let links_free = fault.links().iter().all(|link| free(&links, &ordered(*link), begin));
            if !links_free || !fault.host().is_none_or(|host| free(&hosts, &host, begin)) {
                continue;
            }
            hosts.extend(fault.host().map(|host| (host, end)));
            links.extend(fault.links().into_iter().map(|link| (ordered(link), end)));
            all.push(Trouble { fault, begin, end });
        }
        let mut ahead: Vec<_> =
            (0..).zip(&all).flat_map(|(index, trouble)| [(trouble.begin, index, true), (trouble.end, index, false)]).collect();
        ahead.sort_unstable_by(|one, other| other.cmp(one));
        Self { all, ahead, usual, fuses }
    }

    /// Begins and ends what is due now.
    pub fn pass(&mut self, sim: &mut Sim<'_>, trace: &Trace) {
        let now = sim.elapsed();
        while let Some((_, index, begins)) = self.ahead.pop_if(|(at, ..)| *at <= now) {
            let fault = self.all[index].fault;
            trace.note_at(now, "fault", format_args!("{} {fault:?}", if begins { "begins" } else { "ends" }));
            if begins { self.begin(fault, sim) } else { self.end(fault, sim) }
        }
        for (host, _) in self.fuses.iter().filter(|(_, fuse)| fuse.is_blown()) {
            if sim.is_host_running(host.name()) {
                sim.crash(host.name());
            }
        }
    }

    /// True once everything works again.
    pub fn are_over(&self) -> bool {
        self.ahead.is_empty()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// How many faults between two moments can be why a letter was sent again.
    pub fn excuses(&self, first: Duration, second: Duration) -> usize {
        let excuse = |trouble: &&Trouble| trouble.fault.touches_letters() && trouble.begin <= second && first <= trouble.end + AFTERMATH;
        self.all.iter().filter(excuse).count()
    }
}

fn ordered((one, other): (Host, Host)) -> (Host, Host) {
    (one.min(other), one.max(other))
}

fn free<K: Ord>(busy: &BTreeMap<K, Duration>, key: &K, at: Duration) -> bool {
    busy.get(key).is_none_or(|until| *until < at)
}
