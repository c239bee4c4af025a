//! Issuing a round: cases, letters, deliveries and the cursor in one transaction, so that a crash repeats work and never loses or doubles it.

use std::sync::Arc;

use leitai_domain::ladder::Tier;
use leitai_rpc::clock::{SharedClock, from_millis, millis};
use leitai_storage::cursor;
use sea_orm::{DatabaseTransaction, DbErr};
use time::OffsetDateTime;

use crate::{
    compose::{Composer, Progress, Progresses},
    config::Settings,
    error::IssueError,
    letter::{BEIJING, Number, Pictures},
    moves::{self, Ground, Mover, Moves, ToldCase},
    round::{Finding, Round},
    routing::{Parcel, route},
    silences::Silence,
    store::{
        EVALUATION, Store,
        cases::{self, Cases},
        earlier::{self, AGENCIES},
        entities::issued_round,
        issuing,
    },
};

/// Cases that are moved and stored together.
const CASES_TOGETHER: usize = 500;
/// Letters that are stored together: some 2 MB.
const TOGETHER: usize = 50;

/// Issues rounds.
#[derive(Clone)]
pub struct Issuer {
    store: Store,
    settings: Arc<Settings>,
    clock: SharedClock,
}

/// What became of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issued {
    /// Its letters were made.
    Letters(usize),
    /// It was issued before; only the cursor moved.
    Before,
}

impl Issuer {
    /// An issuer that writes to this store.
    #[must_use]
    pub fn new(store: Store, settings: Arc<Settings>, clock: SharedClock) -> Self {
        Self { store, settings, clock }
    }

    /// Issues a round of evaluation's log. A repeat does nothing.
    ///
    /// # Errors
    /// [`IssueError`]; then nothing of the round is stored.
    pub async fn issue(&self, sequence: i64, round: &Round) -> Result<Issued, IssueError> {
        let now = self.clock.now();
        let pictures = self.pictures(sequence, round, now).await?;
        let tx = self.store.database().begin().await?;
        let period = round.period.to_string();
        let mark = issued_round::Model {
            plan_id: round.plan_id.clone(),
            period: period.clone(),
            sequence,
            issued_at_ms: millis(now),
            letter_count: 0,
        };
        let fresh = issuing::mark_issued(&tx, mark).await?;
        let count = if fresh { self.letters(&tx, sequence, round, pictures.as_ref(), now).await? } else { 0 };
        if fresh {
            issuing::count_letters(&tx, &round.plan_id, &period, i32::try_from(count)?).await?;
        }
        let stored = cursor::load(&tx, EVALUATION).await?;
        cursor::store(&tx, EVALUATION, sequence.max(stored)).await?;
        tx.commit().await?;
        Ok(if fresh { Issued::Letters(count) } else { Issued::Before })
    }

    /// The pictures of the letters that this round will have as things stand, drawn before the transaction begins, which holds up every other
    /// writer. Where something changes meanwhile, the letters concerned draw their own.
    async fn pictures(&self, sequence: i64, round: &Round, now: OffsetDateTime) -> Result<Option<Pictures>, IssueError> {
        if !self.settings.charts {
            return Ok(None);
        }
        let connection = self.store.database().connection();
        let silences = Silence::all(cases::silences(connection, &today(now)).await?)?;
        let late = issuing::has_newer(connection, &round.plan_id, &round.period.to_string()).await?;
        let known = self.store.cases_of_plan(&round.plan_id).await?;
        let moves = moves::plan(round, known, &self.ground(&silences, late, sequence, now))?;
        Ok(Some(Pictures::ahead(&route(&moves.told, &self.settings.policy), round).await?))
    }

    /// Moves the cases and stores the letters of what is told; answers with how many there are.
    async fn letters(
        &self,
        tx: &DatabaseTransaction,
        sequence: i64,
        round: &Round,
        pictures: Option<&Pictures>,
        now: OffsetDateTime,
    ) -> Result<usize, IssueError> {
        let late = issuing::has_newer(tx, &round.plan_id, &round.period.to_string()).await?;
        let silences = Silence::all(cases::silences(tx, &today(now)).await?)?;
        let known: Cases = cases::of_plan(tx, &round.plan_id).await?;
        let ground = self.ground(&silences, late, sequence, now);
        let mut mover = Mover::new(round, known, &ground);
        let (mut told, mut progresses) = (Vec::new(), Progresses::new());
        for findings in round.findings.chunks(CASES_TOGETHER) {
            let moves = mover.moves(findings)?;
            cases::put(tx, &moves.cases, &moves.history).await?;
            progresses.extend(progress(tx, &moves).await?);
            told.extend(moves.told);
        }
        let parcels = route(&told, &self.settings.policy);
        let composer = Composer { settings: &self.settings, round, progresses: &progresses, pictures, now };
        self.compose(tx, &composer, &parcels).await?;
        Ok(parcels.len())
    }

    /// Makes letters and stores them: while some are stored the next are made, never all of them in memory.
    async fn compose(&self, tx: &DatabaseTransaction, composer: &Composer<'_>, parcels: &[Parcel<'_>]) -> Result<(), IssueError> {
        let due = millis(self.sent_from(composer.now));
        let year = composer.now.to_offset(BEIJING).year();
        let first = if parcels.is_empty() { 1 } else { issuing::take_numbers(tx, year, i32::try_from(parcels.len())?).await? };
        let mut numbers = (first..).map(|ordinal| Number { series: self.settings.policy.series.clone(), year, ordinal });
        let mut made = Vec::new();
        for parcels in parcels.chunks(AGENCIES) {
            let agencies: Vec<&str> = parcels.iter().map(|parcel| parcel.addressee.name.as_str()).collect();
            // This round's letters that are stored by now are about other findings: each is told in one tier.
            let earlier = earlier::letters(tx, &composer.round.plan_id, &agencies).await?;
            for some in parcels.chunks(TOGETHER) {
                let (stored, next) = tokio::join!(issuing::store_letters(tx, made, due), composer.letters(some, &mut numbers, &earlier));
                (made, ()) = (next?, stored?);
            }
        }
        Ok(issuing::store_letters(tx, made, due).await?)
    }

    /// When a letter that is ready may be sent.
    pub(crate) fn sent_from(&self, now: OffsetDateTime) -> OffsetDateTime {
        self.settings.policy.sent_from(now, &self.settings.calendar)
    }

    fn ground<'a>(&'a self, silences: &'a [Silence], late: bool, sequence: i64, now: OffsetDateTime) -> Ground<'a> {
        Ground { policy: &self.settings.policy, calendar: &self.settings.calendar, silences, late, sequence, now }
    }

    /// Gives letters that wait for an address their deliveries, where the address book has one by now. Answers with how many got one.
    ///
    /// # Errors
    /// The database's own.
    pub async fn address_waiting(&self) -> Result<usize, DbErr> {
        let due = millis(self.sent_from(self.clock.now()));
        let mut addressed = 0;
        let mut deliveries = Vec::new();
        for letter in self.store.waiting_letters().await? {
            let addresses = self.settings.addresses.of(&letter.agency, letter.division_code.as_deref());
            addressed += usize::from(!addresses.is_empty());
            deliveries.extend(addresses.iter().map(|address| issuing::pending(&letter.letter_id, address.as_ref(), due)));
        }
        let tx = self.store.database().begin().await?;
        issuing::store_deliveries(&tx, deliveries).await?;
        tx.commit().await?;
        Ok(addressed)
    }
}

/// The day in Beijing, as days are stored.
fn today(now: OffsetDateTime) -> String {
    now.to_offset(BEIJING).date().to_string()
}

/// What letters say of the cases' progress.
async fn progress<'a>(tx: &DatabaseTransaction, moves: &Moves<'a>) -> Result<Progresses<'a>, DbErr> {
    let ids: Vec<&str> = moves.told_cases.iter().map(|told| told.case_id.as_str()).collect();
    let filed = cases::filings(tx, &ids).await?;
    let of = |((finding, _), case): (&(&'a Finding, Tier), &ToldCase)| {
        let days = filed.get(&case.case_id).into_iter().flatten().filter_map(|at| from_millis(*at));
        let progress = Progress { run: case.run, filed: days.map(|at| at.to_offset(BEIJING).date()).collect() };
        ((finding.division_code.as_str(), finding.indicator_id.as_str()), progress)
    };
    Ok(moves.told.iter().zip(&moves.told_cases).map(of).collect())
}

#[cfg(test)]
mod tests;
