//! Deliveries that a person sends again.

use leitai_storage::{or_roll_back, requests};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use time::OffsetDateTime;

use super::{Store, history::note};
use crate::store::entities::{delivery, letter};

/// The method's name with its remembered answers.
const METHOD: &str = "ResendLetter";

/// What is to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// A repeat is answered with the first answer.
    pub request_id: String,
    /// The letter.
    pub letter_id: String,
    /// Whole addresses; none: all that are finished.
    pub recipients: Vec<String>,
    /// Who asks for it.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// Why nothing is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// There is no such letter.
    NoLetter,
    /// The letter goes to no such address.
    NoRecipient(String),
    /// The delivery to this address is still to be sent.
    StillPending(String),
    /// None is named, and none is finished.
    Nothing,
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resent {
    /// These are pending now.
    Done(Vec<delivery::Model>),
    /// It was answered before, with this.
    Before(Vec<u8>),
    /// Nothing was changed.
    Refused(Refused),
}

/// The deliveries that an order means, all finished.
fn chosen(deliveries: Vec<delivery::Model>, recipients: &[String]) -> Result<Vec<delivery::Model>, Refused> {
    let finished = |delivery: &delivery::Model| delivery.finished_at_ms.is_some();
    if recipients.is_empty() {
        let all: Vec<_> = deliveries.into_iter().filter(finished).collect();
        return if all.is_empty() { Err(Refused::Nothing) } else { Ok(all) };
    }
    let named = |delivery: &delivery::Model| recipients.iter().any(|recipient| recipient.eq_ignore_ascii_case(&delivery.recipient));
    let known = |recipient: &&String| !deliveries.iter().any(|delivery| delivery.recipient.eq_ignore_ascii_case(recipient));
    if let Some(unknown) = recipients.iter().find(known) {
        return Err(Refused::NoRecipient(unknown.clone()));
    }
    let chosen: Vec<_> = deliveries.into_iter().filter(named).collect();
    match chosen.iter().find(|delivery| !finished(delivery)) {
        Some(waiting) => Err(Refused::StillPending(waiting.recipient.clone())),
        None => Ok(chosen),
    }
}

impl Store {
    /// Puts finished deliveries back to pending. `answer` makes the answer that a repeat gets.
    ///
    /// # Errors
    /// The database's own.
    pub async fn resend(
        &self,
        order: &Order,
        now_ms: i64,
        now: OffsetDateTime,
        answer: impl FnOnce(&[delivery::Model]) -> Vec<u8> + Send,
    ) -> Result<Resent, DbErr> {
        let tx = self.database.begin().await?;
        let permitted = permitted(&tx, order).await;
        // Locks are given back before an early answer: a worker passes by what is locked.
        let (tx, chosen) = match or_roll_back(tx, permitted).await {
            Ok(chosen) => chosen,
            Err(Early::Answer(answered)) => return Ok(answered),
            Err(Early::Database(error)) => return Err(error),
        };
        let mut resent = Vec::with_capacity(chosen.len());
        for row in chosen {
            let row = pending_again(row, now_ms);
            row.clone().into_active_model().reset_all().update(&tx).await?;
            note(&tx, &row.delivery_id, "resent", &order.who, &order.reason, now_ms).await?;
            resent.push(row);
        }
        requests::record(&tx, METHOD, &order.request_id, answer(&resent), now).await?;
        tx.commit().await?;
        Ok(Resent::Done(resent))
    }
}

/// Why nothing is sent again.
enum Early {
    Answer(Resent),
    Database(DbErr),
}

impl From<DbErr> for Early {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// The deliveries that an order means, locked.
async fn permitted(tx: &DatabaseTransaction, order: &Order) -> Result<Vec<delivery::Model>, Early> {
    // Locked first: a repeat that comes at the same time waits here, and finds the first one's answer.
    let deliveries = locked(tx, &order.letter_id).await?;
    if let Some(before) = requests::find(tx, METHOD, &order.request_id).await? {
        return Err(Early::Answer(Resent::Before(before)));
    }
    if letter::Entity::find_by_id(&order.letter_id).count(tx).await? == 0 {
        return Err(Early::Answer(Resent::Refused(Refused::NoLetter)));
    }
    chosen(deliveries, &order.recipients).map_err(|refused| Early::Answer(Resent::Refused(refused)))
}

/// A letter's deliveries, locked until the transaction ends.
pub async fn locked(tx: &DatabaseTransaction, letter_id: &str) -> Result<Vec<delivery::Model>, DbErr> {
    let of_letter = delivery::Entity::find().filter(delivery::Column::LetterId.eq(letter_id));
    of_letter.order_by_asc(delivery::Column::DeliveryId).lock_exclusive().all(tx).await
}

fn pending_again(row: delivery::Model, now_ms: i64) -> delivery::Model {
    delivery::Model {
        state: "pending".to_owned(),
        next_attempt_at_ms: Some(now_ms),
        finished_at_ms: None,
        bounced_at_ms: None,
        attempts_before: row.attempts,
        ..row
    }
}

#[cfg(test)]
mod tests;
