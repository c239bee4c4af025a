//! Use cases of agencies and of the task force: what is done to a case, and silences.

use leitai_proto::notification::v1 as wire;
use leitai_rpc::{clock::millis, failure::Failure, paging::Page};
use leitai_storage::{or_roll_back, requests};
use prost::Message;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QuerySelect};
use time::{Date, OffsetDateTime};

use super::{Notifications, internal};
use crate::{
    answer,
    cases::{life, life::Deed, record},
    letter::{BEIJING, stable_id},
    moves,
    store::{
        CaseFilter, cases,
        entities::{case, case_history, silence},
    },
};

/// Methods with remembered answers, beside those of [`Deed::method`].
const CREATE_SILENCE: &str = "CreateSilence";
const END_SILENCE: &str = "EndSilence";
/// Tries of a change whose request id is taken by another at the same time.
const ATTEMPTS: u32 = 3;

/// Who does something to which case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// A repeat is answered with the first answer.
    pub request_id: String,
    /// The case.
    pub case_id: String,
    /// The agency that acts.
    pub agency: String,
    /// The person or office that acts for it.
    pub who: String,
    /// Why; may be empty.
    pub reason: String,
}

/// A silence to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSilence {
    /// A repeat is answered with the first answer.
    pub request_id: String,
    /// One plan's cases only.
    pub plan_id: Option<String>,
    /// One indicator's only.
    pub indicator_id: Option<String>,
    /// One division's only.
    pub division_code: Option<String>,
    /// Who asks for it.
    pub who: String,
    /// Why.
    pub reason: String,
    /// The last day.
    pub until: Date,
}

fn no_case(case_id: &str) -> Failure {
    Failure::not_found("CASE_NOT_FOUND", format!("no case `{case_id}`"))
}

impl Notifications {
    /// A page of cases and the next page's token.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn cases(&self, filter: CaseFilter, page: &Page) -> Result<(Vec<case::Model>, String), Failure> {
        self.store.cases(filter, page).await.map_err(internal)
    }

    /// One case.
    ///
    /// # Errors
    /// `CASE_NOT_FOUND`, `INTERNAL`.
    pub async fn case(&self, case_id: &str) -> Result<case::Model, Failure> {
        self.store.case(case_id).await.map_err(internal)?.ok_or_else(|| no_case(case_id))
    }

    /// A page of what happened to a case, and the next page's token.
    ///
    /// # Errors
    /// `CASE_NOT_FOUND`, `INTERNAL`.
    pub async fn case_history(&self, case_id: &str, page: &Page) -> Result<(Vec<case_history::Model>, String), Failure> {
        self.case(case_id).await?;
        self.store.history(case_id, page).await.map_err(internal)
    }

    /// An agency does something to a case.
    ///
    /// # Errors
    /// `CASE_NOT_FOUND`, `REQUEST_ID` of another case, the reasons of [`life::Refusal`], `INTERNAL`.
    pub async fn act(&self, act: &Act, deed: &Deed) -> Result<wire::Case, Failure> {
        for _ in 1..ATTEMPTS {
            match self.act_once(act, deed).await {
                // The same request for another case at the same time: that one's answer is there now.
                Err(Undone::Database(error)) if is_duplicate(&error) => {}
                done => return done.map_err(Failure::from),
            }
        }
        self.act_once(act, deed).await.map_err(Failure::from)
    }

    async fn act_once(&self, act: &Act, deed: &Deed) -> Result<wire::Case, Undone<wire::Case>> {
        let now = self.clock.now();
        let tx = self.store.database().begin().await?;
        let changed = self.changed(&tx, act, deed, now).await;
        let (tx, (row, entries)) = match or_roll_back(tx, changed).await {
            Err(Undone::Before(answer)) => return Ok(*answer),
            changed => changed?,
        };
        cases::put(&tx, std::slice::from_ref(&row), &entries).await?;
        let answer = answer::cases::case(row)?;
        requests::record(&tx, deed.method(), &act.request_id, answer.encode_to_vec(), now).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The case after a deed, and what happened to it.
    async fn changed(&self, tx: &DatabaseTransaction, act: &Act, deed: &Deed, now: OffsetDateTime) -> Result<Changed, Undone<wire::Case>> {
        // The case is held first: the same request at the same time has been answered by then.
        let mut row = cases::held(tx, &act.case_id).await?.ok_or_else(|| no_case(&act.case_id))?;
        if let Some(answer) = requests::find(tx, deed.method(), &act.request_id).await? {
            return Err(Undone::Before(Box::new(before(&answer, &act.case_id)?)));
        }
        let unreadable = |error: record::Unreadable| Failure::internal(&error);
        let (policy, calendar) = (&self.settings.policy, &self.settings.calendar);
        let today = now.to_offset(BEIJING).date();
        let mut entries = Vec::new();
        // A deadline that passed has passed, whether or not anybody looked before the agency acts.
        while let Some((passed, reason)) = moves::pass_deadline(&mut row, today, policy, calendar).map_err(unreadable)? {
            entries.push(moves::entry(&mut row, passed, now, reason));
        }
        let life = record::life(&row).map_err(unreadable)?;
        let parties = policy.parties(&row).map_err(unreadable)?;
        let after = life::after(&life, deed, &act.agency, &parties, policy.deeds(&life, today, calendar), today);
        let after = after.map_err(|refusal| Failure::precondition(refusal.reason(), refusal.to_string()))?;
        let mut row = record::with_life(row, &after);
        let entry = moves::entry(&mut row, deed.change(), now, told_of(deed, &act.reason));
        entries.push(case_history::Model { agency: act.agency.clone(), who: act.who.clone(), ..entry });
        entries.extend(moves::moved_too_often(&mut row, &life, &after, now));
        Ok((row, entries))
    }

    /// Records deadlines that passed; answers with how many.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn pass_deadlines(&self) -> Result<usize, Failure> {
        let today = self.clock.now().to_offset(BEIJING).date().to_string();
        let mut passed = 0;
        loop {
            let overdue = self.store.overdue_cases(&today).await.map_err(internal)?;
            let before = passed;
            for case_id in &overdue {
                passed += usize::from(self.pass_deadline(case_id).await?);
            }
            // Nothing left, or others are at it too.
            if overdue.is_empty() || passed == before {
                return Ok(passed);
            }
        }
    }

    async fn pass_deadline(&self, case_id: &str) -> Result<bool, Failure> {
        let now = self.clock.now();
        let tx = self.store.database().begin().await.map_err(internal)?;
        let passed = self.passed(&tx, case_id, now).await;
        let (tx, (row, entry)) = match or_roll_back(tx, passed).await {
            Err(Undone::Before(_)) => return Ok(false),
            passed => passed?,
        };
        cases::put(&tx, &[row], &[entry]).await.map_err(internal)?;
        tx.commit().await.map_err(internal)?;
        Ok(true)
    }

    /// The case after a deadline that passed; [`Undone::Before`] where none has, or somebody else was first.
    async fn passed(
        &self,
        tx: &DatabaseTransaction,
        case_id: &str,
        now: OffsetDateTime,
    ) -> Result<(case::Model, case_history::Model), Undone<()>> {
        let mut row = cases::held(tx, case_id).await?.ok_or_else(|| Undone::Before(Box::new(())))?;
        let (policy, calendar) = (&self.settings.policy, &self.settings.calendar);
        let passed = moves::pass_deadline(&mut row, now.to_offset(BEIJING).date(), policy, calendar);
        let (change, reason) = passed.map_err(|error| Failure::internal(&error))?.ok_or_else(|| Undone::Before(Box::new(())))?;
        let entry = moves::entry(&mut row, change, now, reason);
        Ok((row, entry))
    }

    /// Makes a silence.
    ///
    /// # Errors
    /// `DAY`, `INTERNAL`.
    pub async fn create_silence(&self, new: &NewSilence) -> Result<wire::Silence, Failure> {
        for _ in 1..ATTEMPTS {
            match self.create_silence_once(new).await {
                Err(Undone::Database(error)) if is_duplicate(&error) => {}
                done => return done.map_err(Failure::from),
            }
        }
        self.create_silence_once(new).await.map_err(Failure::from)
    }

    async fn create_silence_once(&self, new: &NewSilence) -> Result<wire::Silence, Undone<wire::Silence>> {
        let now = self.clock.now();
        let answer = requests::find(self.store.database().connection(), CREATE_SILENCE, &new.request_id).await?;
        if let Some(answer) = answer {
            return Ok(silence_of(&answer)?);
        }
        if new.until <= now.to_offset(BEIJING).date() {
            let passed = Failure::invalid("DAY", format!("until is {}", new.until)).field("until", "a day after today");
            return Err(passed.into());
        }
        let row = silence::Model {
            silence_id: stable_id(&["silence", &new.request_id]),
            plan_id: new.plan_id.clone(),
            indicator_id: new.indicator_id.clone(),
            division_code: new.division_code.clone(),
            reason: new.reason.clone(),
            who: new.who.clone(),
            created_at_ms: millis(now),
            until_day: new.until.to_string(),
            ended_at_ms: None,
            ended_by: String::new(),
        };
        let tx = self.store.database().begin().await?;
        silence::Entity::insert(row.clone().into_active_model()).exec_without_returning(&tx).await?;
        answer_silence(tx, CREATE_SILENCE, &new.request_id, row, now).await
    }

    /// Ends a silence before its day.
    ///
    /// # Errors
    /// `SILENCE_NOT_FOUND`, `SILENCE_ENDED`, `INTERNAL`.
    pub async fn end_silence(&self, request_id: &str, silence_id: &str, who: &str) -> Result<wire::Silence, Failure> {
        let now = self.clock.now();
        let tx = self.store.database().begin().await.map_err(internal)?;
        let ending = ending(&tx, request_id, silence_id).await;
        let (tx, ending) = match or_roll_back(tx, ending).await {
            Err(Undone::Before(answer)) => return Ok(*answer),
            ending => ending?,
        };
        let row = silence::Model { ended_at_ms: Some(millis(now)), ended_by: who.to_owned(), ..ending };
        row.clone().into_active_model().reset_all().update(&tx).await.map_err(internal)?;
        answer_silence(tx, END_SILENCE, request_id, row, now).await.map_err(Failure::from)
    }

    /// A page of silences and the next page's token.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn silences(&self, ended: bool, page: &Page) -> Result<(Vec<silence::Model>, String), Failure> {
        let today = self.clock.now().to_offset(BEIJING).date().to_string();
        self.store.silences((!ended).then_some(today.as_str()), page).await.map_err(internal)
    }
}

/// A case after a deed, with what happened to it.
type Changed = (case::Model, Vec<case_history::Model>);

/// Why nothing is stored.
enum Undone<T> {
    /// It may not be.
    Refused(Failure),
    /// It was before: this is the first answer.
    Before(Box<T>),
    /// It could not be.
    Database(DbErr),
}

impl<T> From<DbErr> for Undone<T> {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl<T> From<Failure> for Undone<T> {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl<T> From<Undone<T>> for Failure {
    fn from(undone: Undone<T>) -> Self {
        match undone {
            Undone::Refused(failure) => failure,
            // Whoever can answer with it has done so by now.
            Undone::Before(_) => Self::precondition("ANSWERED_BEFORE", "the request was answered before"),
            Undone::Database(error) => internal(error),
        }
    }
}

fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

/// The first answer to the request, which has to be about the same case.
fn before(answer: &[u8], case_id: &str) -> Result<wire::Case, Failure> {
    let answer = wire::Case::decode(answer).map_err(|error| Failure::internal(&error))?;
    if answer.case_id == case_id {
        return Ok(answer);
    }
    let taken = Failure::invalid("REQUEST_ID", format!("request_id was used for case `{}`", answer.case_id));
    Err(taken.field("request_id", "a new one for each change"))
}

fn silence_of(answer: &[u8]) -> Result<wire::Silence, Failure> {
    wire::Silence::decode(answer).map_err(|error| Failure::internal(&error))
}

/// The silence to end, held.
async fn ending(tx: &DatabaseTransaction, request_id: &str, silence_id: &str) -> Result<silence::Model, Undone<wire::Silence>> {
    let row = silence::Entity::find_by_id(silence_id).lock_exclusive().one(tx).await?;
    if let Some(answer) = requests::find(tx, END_SILENCE, request_id).await? {
        return Err(Undone::Before(Box::new(silence_of(&answer)?)));
    }
    let row = row.ok_or_else(|| Failure::not_found("SILENCE_NOT_FOUND", format!("no silence `{silence_id}`")))?;
    if row.ended_at_ms.is_some() {
        return Err(Failure::precondition("SILENCE_ENDED", "the silence was ended before").into());
    }
    Ok(row)
}

async fn answer_silence(
    tx: DatabaseTransaction,
    method: &str,
    request_id: &str,
    row: silence::Model,
    now: OffsetDateTime,
) -> Result<wire::Silence, Undone<wire::Silence>> {
    let answer = answer::cases::silence(row);
    requests::record(&tx, method, request_id, answer.encode_to_vec(), now).await?;
    tx.commit().await?;
    Ok(answer)
}

impl Deed {
    /// The call that it comes by, with whose name answers are remembered.
    fn method(&self) -> &'static str {
        match self {
            Self::Acknowledge => "AcknowledgeCase",
            Self::Rectify { .. } => "FileRectification",
            Self::Return => "ReturnCase",
            Self::SignOff => "SignOffCase",
            Self::Suspend { .. } => "SuspendCase",
            Self::Resume => "ResumeCase",
        }
    }
}

/// What the history says of a deed: its own figures, then the agency's reason.
fn told_of(deed: &Deed, reason: &str) -> String {
    let deed = match deed {
        Deed::Rectify { measure, owner, promised } => format!("措施：{measure}；责任人：{owner}；完成时限：{promised}"),
        Deed::Suspend { until } => format!("暂停至{until}"),
        Deed::Acknowledge | Deed::Return | Deed::SignOff | Deed::Resume => String::new(),
    };
    [deed.as_str(), reason].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("；")
}

#[cfg(test)]
mod tests;
