//! The mail server at the other end, with moods of its own while there is trouble.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use leitai_worker::testing::{Act, Moment, Setup, SmtpServer, Stage, Taken};

use crate::{clock, dice::Dice, trace::Trace};

/// The server and when it took what.
#[derive(Clone)]
pub struct Mailbox {
    server: SmtpServer,
    log: Arc<Mutex<Vec<Arrival>>>,
    moody: Arc<AtomicBool>,
}

/// When a letter was taken, and whether that was said.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    at: Duration,
    answered: bool,
}

/// A letter that was taken.
pub struct Letter {
    /// When, since the simulation began.
    pub at: Duration,
    /// False where the server cut the connection in place of an answer.
    pub answered: bool,
    /// Recipient and bytes.
    pub taken: Taken,
}

impl Mailbox {
    /// A server; a moody one refuses, cuts and keeps silent now and then, until it is told to [`Mailbox::behave`].
    pub fn new(moody: bool, dice: Dice, trace: Trace) -> Self {
        let (log, moody) = (Arc::<Mutex<Vec<Arrival>>>::default(), Arc::new(AtomicBool::new(moody)));
        let (arrivals, is_moody) = (Arc::clone(&log), Arc::clone(&moody));
        let script = move |moment: &Moment<'_>| {
            let act = if is_moody.load(Ordering::Relaxed) { mood(moment.stage, &dice) } else { Act::Go };
            trace.note("mail", format_args!("{:?} {} {act:?}", moment.stage, moment.recipient));
            if moment.stage == Stage::Dot && matches!(act, Act::Go | Act::TakeAndCut) {
                let arrival = Arrival { at: clock::elapsed(), answered: act == Act::Go };
                arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
            }
            act
        };
        Self { server: Setup::new(script).at((Ipv4Addr::UNSPECIFIED, 0).into()), log, moody }
    }

    /// Does from now on what a good server does.
    pub fn behave(&self) {
        self.moody.store(false, Ordering::Relaxed);
    }

    /// The server, for the host that runs it.
    pub fn server(&self) -> SmtpServer {
        self.server.clone()
    }

    /// Every letter that was taken, in order.
    pub fn letters(&self) -> Vec<Letter> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let letter = |(arrival, taken): (&Arrival, Taken)| Letter { at: arrival.at, answered: arrival.answered, taken };
        log.iter().zip(self.server.taken()).map(letter).collect()
    }
}

fn mood(stage: Stage, dice: &Dice) -> Act {
    let (refusal, often) = match stage {
        Stage::Greeting => ("421 not now", 40),
        Stage::Recipient => ("450 later", 15),
        Stage::Dot => ("451 later", 10),
        Stage::Hello | Stage::StartTls | Stage::Mail | Stage::Data => ("451 later", 60),
    };
    if !dice.once_in(often) {
        return Act::Go;
    }
    match dice.within(1..=4) {
        1 => Act::Say(refusal.to_owned()),
        2 => Act::Silence,
        3 if stage == Stage::Dot => Act::TakeAndCut,
        _ => Act::Cut,
    }
}
