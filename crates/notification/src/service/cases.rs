//! Use cases of agencies and of the task force: what is done to a case, and silences.

use leitai_proto::notification::v1 as wire;
use leitai_rpc::{clock::millis, failure::Failure, paging::Page};
use leitai_storage::requests;
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

    async fn act_once(&self, act: &Act, deed: &Deed) -> Result<wire::Case, Undone> {
        let now = self.clock.now();
        let tx = self.store.database().begin().await?;
        let changed = match self.changed(&tx, act, deed, now).await {
            Ok(Changed::Now(row, entries)) => (row, entries),
            Ok(Changed::Before(answer)) => {
                tx.rollback().await?;
                return Ok(*answer);
            }
            Err(undone) => {
                tx.rollback().await?;
                return Err(undone);
            }
        };
        let (row, entries) = changed;
        cases::put(&tx, std::slice::from_ref(&*row), &entries).await?;
        let answer = answer::cases::case(*row);
        requests::record(&tx, deed.method(), &act.request_id, answer.encode_to_vec(), now).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn changed(&self, tx: &DatabaseTransaction, act: &Act, deed: &Deed, now: OffsetDateTime) -> Result<Changed, Undone> {
        // The case is held first: the same request at the same time has been answered by then.
        let mut row = cases::held(tx, &act.case_id).await?.ok_or_else(|| Undone::Refused(no_case(&act.case_id)))?;
        if let Some(answer) = requests::find(tx, deed.method(), &act.request_id).await? {
            return before(&answer, &act.case_id).map(|answer| Changed::Before(Box::new(answer)));
        }
        let unreadable = |error: record::Unreadable| Undone::Refused(Failure::internal(&error));
        let today = now.to_offset(BEIJING).date();
        let mut entries = Vec::new();
        // A deadline that passed has passed, whether or not anybody looked before the agency acts.
        if let Some(passed) = moves::pass_deadline(&mut row, today).map_err(unreadable)? {
            entries.push(moves::entry(&mut row, passed, now, String::new()));
        }
        let life = record::life(&row).map_err(unreadable)?;
        let policy = &self.settings.policy;
        let after = life::after(&life, deed, &act.agency, &policy.parties(&row), policy.acknowledge_by, today);
        let after = after.map_err(|refusal| Undone::Refused(Failure::precondition(refusal.reason(), refusal.to_string())))?;
        let mut row = record::with_life(row, &after);
        let entry = moves::entry(&mut row, deed.change(), now, told_of(deed, &act.reason));
        entries.push(case_history::Model { agency: act.agency.clone(), who: act.who.clone(), ..entry });
        Ok(Changed::Now(Box::new(row), entries))
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
        if let Some(mut row) = cases::held(&tx, case_id).await.map_err(internal)? {
            let passed = moves::pass_deadline(&mut row, now.to_offset(BEIJING).date()).map_err(|error| Failure::internal(&error))?;
            if let Some(change) = passed {
                let entry = moves::entry(&mut row, change, now, String::new());
                cases::put(&tx, &[row], &[entry]).await.map_err(internal)?;
                tx.commit().await.map_err(internal)?;
                return Ok(true);
            }
        }
        tx.rollback().await.map_err(internal)?;
        Ok(false)
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

    async fn create_silence_once(&self, new: &NewSilence) -> Result<wire::Silence, Undone> {
        let now = self.clock.now();
        let answer = requests::find(self.store.database().connection(), CREATE_SILENCE, &new.request_id).await?;
        if let Some(answer) = answer {
            return silence_of(&answer);
        }
        if new.until <= now.to_offset(BEIJING).date() {
            let passed = Failure::invalid("DAY", format!("until is {}", new.until)).field("until", "a day after today");
            return Err(Undone::Refused(passed));
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
        let ending = match ending(&tx, request_id, silence_id).await {
            Ok(Ok(row)) => row,
            Ok(Err(answer)) => {
                tx.rollback().await.map_err(internal)?;
                return Ok(answer);
            }
            Err(undone) => {
                tx.rollback().await.map_err(internal)?;
                return Err(undone.into());
            }
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

/// A case after a deed.
enum Changed {
    /// As it is now, with what happened.
    Now(Box<case::Model>, Vec<case_history::Model>),
    /// The request was answered before, with this.
    Before(Box<wire::Case>),
}

/// Why nothing was done.
enum Undone {
    Refused(Failure),
    Database(DbErr),
}

impl From<DbErr> for Undone {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<Undone> for Failure {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Refused(failure) => failure,
            Undone::Database(error) => internal(error),
        }
    }
}

fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

/// The first answer to the request, which has to be about the same case.
fn before(answer: &[u8], case_id: &str) -> Result<wire::Case, Undone> {
    let answer = wire::Case::decode(answer).map_err(|error| Undone::Refused(Failure::internal(&error)))?;
    if answer.case_id == case_id {
        return Ok(answer);
    }
    let taken = Failure::invalid("REQUEST_ID", format!("request_id was used for case `{}`", answer.case_id));
    Err(Undone::Refused(taken.field("request_id", "a new one for each change")))
}

fn silence_of(answer: &[u8]) -> Result<wire::Silence, Undone> {
    wire::Silence::decode(answer).map_err(|error| Undone::Refused(Failure::internal(&error)))
}

/// The silence to end, held; else the first answer to the request.
async fn ending(tx: &DatabaseTransaction, request_id: &str, silence_id: &str) -> Result<Result<silence::Model, wire::Silence>, Undone> {
    let row = silence::Entity::find_by_id(silence_id).lock_exclusive().one(tx).await?;
    if let Some(answer) = requests::find(tx, END_SILENCE, request_id).await? {
        return silence_of(&answer).map(Err);
    }
    let missing = || Undone::Refused(Failure::not_found("SILENCE_NOT_FOUND", format!("no silence `{silence_id}`")));
    let row = row.ok_or_else(missing)?;
    if row.ended_at_ms.is_some() {
        return Err(Undone::Refused(Failure::precondition("SILENCE_ENDED", "the silence was ended before")));
    }
    Ok(Ok(row))
}

async fn answer_silence(
    tx: DatabaseTransaction,
    method: &str,
    request_id: &str,
    row: silence::Model,
    now: OffsetDateTime,
) -> Result<wire::Silence, Undone> {
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
