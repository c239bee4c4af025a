//! Writes of a round's transaction.

use leitai_storage::cursor;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Statement, sea_query::OnConflict,
};

use super::{
    EVALUATION, Store,
    entities::{delivery, issued_round, letter, letter_finding, letter_message},
    letter_findings,
};
use crate::letter::stable_id;

/// Rows in one insert, far below both databases' bind limits.
pub(super) const CHUNK: usize = 500;

/// A letter to store.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its row.
    pub row: letter::Model,
    /// Its bytes.
    pub message: Vec<u8>,
    /// What it holds.
    pub findings: Vec<letter_finding::Model>,
    /// The addresses it goes to; may be empty.
    pub recipients: Vec<String>,
}

impl Store {
    /// The last number of evaluation's log whose round is issued.
    ///
    /// # Errors
    /// The database's own.
    pub async fn cursor(&self) -> Result<i64, DbErr> {
        cursor::load(self.database.connection(), EVALUATION).await
    }

    /// Letters that have no delivery yet.
    ///
    /// # Errors
    /// The database's own.
    pub async fn waiting_letters(&self) -> Result<Vec<letter::Model>, DbErr> {
        let addressed = delivery::Entity::find().select_only().column(delivery::Column::LetterId).into_query();
        letter::Entity::find().filter(letter::Column::LetterId.not_in_subquery(addressed)).all(self.database.connection()).await
    }
}

/// Marks a round as issued; false where it is already. Two processes that issue the same round meet here, and one waits for the other.
pub async fn mark_issued(tx: &DatabaseTransaction, row: issued_round::Model) -> Result<bool, DbErr> {
    let keys = [issued_round::Column::PlanId, issued_round::Column::Period];
    let insert = issued_round::Entity::insert(row.into_active_model()).on_conflict(OnConflict::columns(keys).do_nothing().to_owned());
    Ok(insert.exec_without_returning(tx).await? == 1)
}

/// Stores how many letters a round has.
pub async fn count_letters(tx: &DatabaseTransaction, plan_id: &str, period: &str, letters: i32) -> Result<(), DbErr> {
    let row = issued_round::ActiveModel {
        plan_id: Set(plan_id.to_owned()),
        period: Set(period.to_owned()),
        letter_count: Set(letters),
        ..Default::default()
    };
    row.update(tx).await.map(|_| ())
}

/// True where a newer round of the plan was issued.
pub async fn has_newer(connection: &impl ConnectionTrait, plan_id: &str, period: &str) -> Result<bool, DbErr> {
    let newer =
        issued_round::Entity::find().filter(issued_round::Column::PlanId.eq(plan_id)).filter(issued_round::Column::Period.gt(period));
    Ok(newer.count(connection).await? > 0)
}

/// Takes the next `count` numbers of a year and answers with the first. A rollback gives them back.
pub async fn take_numbers(tx: &DatabaseTransaction, year: i32, count: i32) -> Result<i32, DbErr> {
    let sql = "INSERT INTO letter_counters (year, last) VALUES ($1, $2) \
               ON CONFLICT (year) DO UPDATE SET last = letter_counters.last + excluded.last RETURNING last";
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, [year.into(), count.into()]);
    let row = tx.query_one_raw(statement).await?.ok_or_else(|| DbErr::RecordNotFound("the counter gave no number".to_owned()))?;
    Ok(row.try_get::<i32>("", "last")? - count + 1)
}

/// Stores some letters, what they hold, their bytes and a pending delivery for each address.
pub async fn store_letters(tx: &DatabaseTransaction, letters: Vec<Letter>, due_ms: i64) -> Result<(), DbErr> {
    let (mut rows, mut messages, mut findings, mut deliveries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for letter in letters {
        let letter_id = letter.row.letter_id.clone();
        deliveries.extend(letter.recipients.iter().map(|recipient| pending(&letter_id, recipient, due_ms)));
        rows.push(letter.row.into_active_model());
        messages.push(letter_message::Model { letter_id, message: letter.message }.into_active_model());
        findings.extend(letter.findings);
    }
    letter::Entity::insert_many(rows).exec_without_returning(tx).await?;
    letter_message::Entity::insert_many(messages).exec_without_returning(tx).await?;
    letter_findings::store(tx, &findings).await?;
    store_deliveries(tx, deliveries).await
}

/// Stores deliveries; those that are there stay as they are.
pub async fn store_deliveries(tx: &DatabaseTransaction, deliveries: Vec<delivery::Model>) -> Result<(), DbErr> {
    for chunk in deliveries.chunks(CHUNK) {
        let keys = [delivery::Column::LetterId, delivery::Column::Recipient];
        let rows = chunk.iter().cloned().map(delivery::Model::into_active_model);
        let insert = delivery::Entity::insert_many(rows).on_conflict(OnConflict::columns(keys).do_nothing().to_owned());
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

/// A delivery that is due at once.
#[must_use]
pub fn pending(letter_id: &str, recipient: &str, due_ms: i64) -> delivery::Model {
    delivery::Model {
        delivery_id: stable_id(&["delivery", letter_id, recipient]),
        letter_id: letter_id.to_owned(),
        recipient: recipient.to_owned(),
        state: "pending".to_owned(),
        attempts: 0,
        next_attempt_at_ms: Some(due_ms),
        lease_token: None,
        lease_until_ms: None,
        finished_at_ms: None,
        last_answer: String::new(),
        attempts_before: 0,
        bounced_at_ms: None,
        domain: recipient.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase()).unwrap_or_default(),
    }
}
