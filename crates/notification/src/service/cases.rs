//! Use cases of agencies and of the task force: what is done to a case, and silences.

use leitai_proto::notification::v1 as wire;
use leitai_rpc::{clock::millis, failure::Failure, paging::Page};
use leitai_storage::requests;
use prost::Message;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel};
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

/// Methods with remembered answers.
const CHANGE_CASE: &str = "ChangeCase";
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
    /// `CASE_NOT_FOUND`, the reasons of [`life::Refusal`], `INTERNAL`.
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
        // The case is held first: the same request at the same time has been answered by then.
        let row = cases::held(&tx, &act.case_id).await?.ok_or_else(|| Undone::Refused(no_case(&act.case_id)))?;
        if let Some(answer) = requests::find(&tx, CHANGE_CASE, &act.request_id).await? {
            return wire::Case::decode(answer.as_slice()).map_err(|error| Undone::Refused(Failure::internal(&error)));
        }
        let (row, entry) = self.changed(row, act, deed, now)?;
        cases::put(&tx, std::slice::from_ref(&row), &[entry]).await?;
        let answer = answer::cases::case(row);
        requests::record(&tx, CHANGE_CASE, &act.request_id, answer.encode_to_vec(), now).await?;
        tx.commit().await?;
        Ok(answer)
    }

    fn changed(&self, row: case::Model, act: &Act, deed: &Deed, now: OffsetDateTime) -> Result<(case::Model, case_history::Model), Undone> {
        let unreadable = |error: record::Unreadable| Undone::Refused(Failure::internal(&error));
        let before = record::life(&row).map_err(unreadable)?;
        let (parties, today) = (self.settings.policy.parties(&row), now.to_offset(BEIJING).date());
        let after = life::after(&before, deed, &act.agency, &parties, self.settings.policy.acknowledge_by, today);
        let after = after.map_err(|refusal| Undone::Refused(Failure::precondition(refusal.reason(), refusal.to_string())))?;
        let mut row = record::with_life(row, &after);
        row.entries += 1;
        let entry = moves::entry(&row, deed.change(), now, told_of(deed, &act.reason));
        Ok((row, case_history::Model { agency: act.agency.clone(), who: act.who.clone(), ..entry }))
    }

    /// Records deadlines that passed; answers with how many.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn pass_deadlines(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        let today = now.to_offset(BEIJING).date();
        let overdue = self.store.overdue_cases(&today.to_string()).await.map_err(internal)?;
        let mut passed = 0;
        for case_id in overdue {
            let tx = self.store.database().begin().await.map_err(internal)?;
            let Some(mut row) = cases::held(&tx, &case_id).await.map_err(internal)? else { continue };
            let Some(change) = moves::pass_deadline(&mut row, today).map_err(|error| Failure::internal(&error))? else { continue };
            row.entries += 1;
            let entry = moves::entry(&row, change, now, String::new());
            cases::put(&tx, &[row], &[entry]).await.map_err(internal)?;
            tx.commit().await.map_err(internal)?;
            passed += 1;
        }
        Ok(passed)
    }

    /// Makes a silence.
    ///
    /// # Errors
    /// `DAY`, `INTERNAL`.
    pub async fn create_silence(&self, new: NewSilence) -> Result<wire::Silence, Failure> {
        let now = self.clock.now();
        if new.until <= now.to_offset(BEIJING).date() {
            return Err(Failure::invalid("DAY", format!("until is {}", new.until)).field("until", "a day after today"));
        }
        let row = silence::Model {
            silence_id: stable_id(&["silence", &new.request_id]),
            plan_id: new.plan_id,
            indicator_id: new.indicator_id,
            division_code: new.division_code,
            reason: new.reason,
            who: new.who,
            created_at_ms: millis(now),
            until_day: new.until.to_string(),
            ended_at_ms: None,
            ended_by: String::new(),
        };
        let tx = self.store.database().begin().await.map_err(internal)?;
        if let Some(answer) = answered(&tx, CREATE_SILENCE, &new.request_id).await? {
            return Ok(answer);
        }
        silence::Entity::insert(row.clone().into_active_model()).exec_without_returning(&tx).await.map_err(internal)?;
        self.answer_silence(tx, CREATE_SILENCE, &new.request_id, row, now).await
    }

    /// Ends a silence before its day.
    ///
    /// # Errors
    /// `SILENCE_NOT_FOUND`, `SILENCE_ENDED`, `INTERNAL`.
    pub async fn end_silence(&self, request_id: &str, silence_id: &str, who: &str) -> Result<wire::Silence, Failure> {
        let now = self.clock.now();
        let tx = self.store.database().begin().await.map_err(internal)?;
        if let Some(answer) = answered(&tx, END_SILENCE, request_id).await? {
            return Ok(answer);
        }
        let row = silence::Entity::find_by_id(silence_id).one(&tx).await.map_err(internal)?;
        let row = row.ok_or_else(|| Failure::not_found("SILENCE_NOT_FOUND", format!("no silence `{silence_id}`")))?;
        if row.ended_at_ms.is_some() {
            return Err(Failure::precondition("SILENCE_ENDED", "the silence was ended before"));
        }
        let row = silence::Model { ended_at_ms: Some(millis(now)), ended_by: who.to_owned(), ..row };
        row.clone().into_active_model().reset_all().update(&tx).await.map_err(internal)?;
        self.answer_silence(tx, END_SILENCE, request_id, row, now).await
    }

    /// A page of silences and the next page's token.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn silences(&self, ended: bool, page: &Page) -> Result<(Vec<silence::Model>, String), Failure> {
        let today = self.clock.now().to_offset(BEIJING).date().to_string();
        self.store.silences((!ended).then_some(today.as_str()), page).await.map_err(internal)
    }

    async fn answer_silence(
        &self,
        tx: DatabaseTransaction,
        method: &str,
        request_id: &str,
        row: silence::Model,
        now: OffsetDateTime,
    ) -> Result<wire::Silence, Failure> {
        let answer = answer::cases::silence(row);
        requests::record(&tx, method, request_id, answer.encode_to_vec(), now).await.map_err(internal)?;
        tx.commit().await.map_err(internal)?;
        Ok(answer)
    }
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

async fn answered(tx: &DatabaseTransaction, method: &str, request_id: &str) -> Result<Option<wire::Silence>, Failure> {
    let answer = requests::find(tx, method, request_id).await.map_err(internal)?;
    answer.map(|answer| wire::Silence::decode(answer.as_slice()).map_err(|error| Failure::internal(&error))).transpose()
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
