//! Writing reminders: one letter for each agency, period and stage, stored with the mark that the stage was written, so that a crash repeats work and
//! never doubles it.

use std::sync::Arc;

use leitai_domain::period::Period;
use leitai_rpc::clock::{SharedClock, millis};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use time::OffsetDateTime;

use super::{
    LETTER_WORD, Nothing, Rules, Stage, Term,
    owed::{self, Owed},
};
use crate::{
    config::Settings,
    error::IssueError,
    issue::Issuer,
    letter::{BEIJING, First, Number, Reminder, stable_id},
    round::{Finding, Round},
    routing::Addressee,
    seal::Unsealed,
    silences::Silence,
    store::{Letter, Store, cases, entities::reminder, issuing, reminders as stored},
};

/// Writes reminders.
#[derive(Clone)]
pub struct Reminders {
    store: Store,
    settings: Arc<Settings>,
    issuer: Issuer,
    clock: SharedClock,
}

/// Letters that were written, or why none were.
pub type Written = Result<usize, Nothing>;

impl Reminders {
    /// Writes to this store.
    #[must_use]
    pub fn new(store: Store, settings: Arc<Settings>, clock: SharedClock) -> Self {
        let issuer = Issuer::new(store.clone(), Arc::clone(&settings), Arc::clone(&clock));
        Self { store, settings, issuer, clock }
    }

    /// The rules; `None` where nobody is reminded.
    #[must_use]
    pub fn rules(&self) -> Option<&Rules> {
        self.settings.policy.reminder.as_ref()
    }

    /// The reminder that a period would get now if anything is missing.
    ///
    /// # Errors
    /// The database's own.
    pub async fn wanted(&self, rules: &Rules, plan_id: &str, period: Period, term: &Term) -> Result<Result<Stage, Nothing>, DbErr> {
        let sent = self.issuer.sent_from(self.clock.now());
        self.decide(self.store.database().connection(), rules, (plan_id, period, term), sent).await
    }

    /// When a period's reports are due where its plan does not say.
    #[must_use]
    pub fn term(&self, rules: &Rules, period: Period) -> Term {
        rules.term(period, &self.settings.calendar)
    }

    /// Writes the reminder that a period gets now, from what is missing as it stands. A repeat does nothing.
    ///
    /// # Errors
    /// [`IssueError`]; then nothing of the reminder is stored.
    pub async fn write(&self, rules: &Rules, round: &Round, term: &Term) -> Result<Written, IssueError> {
        let now = self.clock.now();
        let sent = self.issuer.sent_from(now);
        let tx = self.store.database().begin().await?;
        let stage = match self.decide(&tx, rules, (&round.plan_id, round.period, term), sent).await? {
            Ok(stage) => stage,
            Err(nothing) => return Ok(Err(nothing)),
        };
        let owed = self.owed(&tx, round, sent).await?;
        if owed.is_empty() {
            return Ok(Err(Nothing::AllReported));
        }
        let writer = Writer { settings: &self.settings, rules, round, stage, term, now, sent };
        if !stored::mark_written(&tx, writer.mark(owed.len())?).await? {
            return Ok(Err(Nothing::Written));
        }
        let letters = writer.letters(&tx, &owed).await?;
        issuing::store_letters(&tx, letters, millis(sent)).await?;
        tx.commit().await?;
        Ok(Ok(owed.len()))
    }

    /// Held against the day on which letters written now go out.
    async fn decide(
        &self,
        connection: &impl ConnectionTrait,
        rules: &Rules,
        (plan_id, period, term): (&str, Period, &Term),
        sent: OffsetDateTime,
    ) -> Result<Result<Stage, Nothing>, DbErr> {
        let stored_period = period.to_string();
        if stored::is_issued(connection, plan_id, &stored_period).await? {
            return Ok(Err(Nothing::Issued));
        }
        let written = stored::written(connection, plan_id, &stored_period).await?;
        Ok(rules.decide(period, term, &self.settings.calendar, sent.to_offset(BEIJING).date(), &written))
    }

    /// Who is reminded of what: the agencies that evaluate what is missing and not silenced.
    async fn owed<'a>(&self, tx: &DatabaseTransaction, round: &'a Round, sent: OffsetDateTime) -> Result<Vec<Owed<'a>>, IssueError> {
        let today = sent.to_offset(BEIJING).date();
        let silences = Silence::all(cases::silences(tx, &today.to_string()).await?)?;
        let missing = owed::missing(round, &silences, today);
        let nobodys = missing.iter().filter(|missing| missing.agencies.is_empty()).count();
        if nobodys > 0 {
            tracing::warn!(plan = round.plan_id, period = %round.period, nobodys, "no agency evaluates what is missing: nobody is reminded of it");
        }
        Ok(owed::by_agency(&missing))
    }
}

/// Makes the letters of one period and stage.
#[derive(Clone, Copy)]
struct Writer<'a> {
    settings: &'a Settings,
    rules: &'a Rules,
    round: &'a Round,
    stage: Stage,
    term: &'a Term,
    now: OffsetDateTime,
    /// When the letters go out: they are dated so, and days are counted from then.
    sent: OffsetDateTime,
}

impl Writer<'_> {
    fn mark(&self, letters: usize) -> Result<reminder::Model, IssueError> {
        Ok(reminder::Model {
            plan_id: self.round.plan_id.clone(),
            period: self.round.period.to_string(),
            stage: self.stage.word().to_owned(),
            dated: self.sent.to_offset(BEIJING).date().to_string(),
            due_day: self.term.due.date.to_string(),
            written_at_ms: millis(self.now),
            letter_count: i32::try_from(letters)?,
        })
    }

    async fn letters(&self, tx: &DatabaseTransaction, owed: &[Owed<'_>]) -> Result<Vec<Letter>, IssueError> {
        let before: Vec<String> = owed.iter().map(|(addressee, _)| self.letter_id(Stage::Before, addressee)).collect();
        let firsts = stored::firsts(tx, &self.round.plan_id, &self.round.period.to_string(), &before).await?;
        // Its own mark stands already.
        let first = |id: &String| firsts.get(id).filter(|_| self.stage == Stage::After);
        let year = self.sent.to_offset(BEIJING).year();
        let from = issuing::take_numbers(tx, year, i32::try_from(owed.len())?).await?;
        let numbers = (from..).map(|ordinal| Number { series: self.settings.policy.series.clone(), year, ordinal });
        let letters = owed.iter().zip(&before).zip(numbers);
        letters.map(|((owed, before), number)| self.letter(&number, owed, first(before))).collect()
    }

    fn letter(&self, number: &Number, (addressee, missing): &Owed<'_>, first: Option<&First>) -> Result<Letter, IssueError> {
        let reminder = self.reminder(number, &addressee.name, missing, first);
        let references: Vec<String> = first.map(|first| first.message_id.clone()).into_iter().collect();
        let unsealed = Unsealed {
            letter_id: self.letter_id(self.stage, addressee),
            number,
            plan_id: &self.round.plan_id,
            period: self.round.period,
            agency: &addressee.name,
            division_code: None,
            tier: LETTER_WORD,
            reply_by: reminder.asked_by.date.to_string(),
            findings: &[],
            case_count: missing.len(),
            simulated: self.round.simulated,
            references: &references,
            rendered: reminder.render(&self.settings.templates)?,
            dated: self.sent,
            rendered_at: self.now,
        };
        unsealed.seal(self.settings)
    }

    fn reminder<'b>(&'b self, number: &'b Number, agency: &'b str, missing: &'b [&'b Finding], first: Option<&'b First>) -> Reminder<'b> {
        let (settings, sent) = (self.settings, self.sent.to_offset(BEIJING).date());
        Reminder {
            number,
            stage: self.stage,
            round: self.round,
            agency,
            missing,
            due: self.term.due,
            asked_by: self.rules.asks_by(self.stage, self.term.due, sent, &settings.calendar),
            working_days: self.rules.counted(self.stage, self.round.period, self.term.due, &settings.calendar),
            days_origin: self.term.origin.as_deref(),
            first,
            policy: &settings.policy.title,
            issuer: &settings.issuer,
            issued: self.sent,
        }
    }

    fn letter_id(&self, stage: Stage, addressee: &Addressee) -> String {
        stable_id(&[LETTER_WORD, &self.round.plan_id, &self.round.period.to_string(), &addressee.name, stage.word()])
    }
}

#[cfg(test)]
mod tests;
