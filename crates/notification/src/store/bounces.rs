//! Reports that mail systems return.

use leitai_rpc::paging::Page;
use leitai_storage::requests;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, SqlErr,
    sea_query::{Expr, ExprTrait, Func},
};
use time::OffsetDateTime;

use super::{
    Store,
    entities::{bounce, delivery, lease, letter},
    outbox::{history::note, resend::locked},
    reads::beyond,
};
use crate::{
    bounce::{Action, Effect, Recipient, Report, addressed, delivery_of, effect, envelope_id},
    letter::stable_id,
};

/// The method's name with its remembered answers.
const METHOD: &str = "RecordBounce";
/// Characters of a delivery's last answer and of an event's reason.
const WORDS: usize = 500;

/// What came of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// One for each recipient.
    Now(Vec<bounce::Model>),
    /// It was answered before, with this.
    Before(Vec<u8>),
}

/// What a report is about.
struct Named {
    letter_id: String,
    /// The delivery's, where the report names its envelope: forwarding does not hide that one.
    address: Option<String>,
}

/// Where one recipient of a report belongs.
struct Place {
    outcome: &'static str,
    letter_id: Option<String>,
    delivery_id: Option<String>,
}

impl Store {
    /// Keeps a report and changes the deliveries it is about. `answer` makes the answer that a repeat gets.
    ///
    /// # Errors
    /// The database's own.
    pub async fn record_bounce(
        &self,
        report: &Report,
        now: (i64, OffsetDateTime),
        answer: impl Fn(&[bounce::Model]) -> Vec<u8> + Send,
    ) -> Result<Kept, DbErr> {
        match self.try_bounce(report, now, answer).await {
            // The same report came at the same time, and the other one was first.
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                let before = requests::find(self.database.connection(), METHOD, &report.request_id).await?;
                before.map(Kept::Before).ok_or(error)
            }
            kept => kept,
        }
    }

    async fn try_bounce(
        &self,
        report: &Report,
        (now_ms, now): (i64, OffsetDateTime),
        answer: impl Fn(&[bounce::Model]) -> Vec<u8> + Send,
    ) -> Result<Kept, DbErr> {
        let tx = self.database.begin().await?;
        let named = named(&tx, report).await?;
        let mut deliveries = match &named {
            Some(named) => locked(&tx, &named.letter_id).await?,
            None => Vec::new(),
        };
        if let Some(before) = requests::find(&tx, METHOD, &report.request_id).await? {
            return Ok(Kept::Before(before));
        }
        let mut rows = Vec::with_capacity(report.recipients.len());
        for (at, recipient) in report.recipients.iter().enumerate() {
            let place = match &named {
                Some(named) => matched(&tx, named, &mut deliveries, report, recipient, now_ms).await?,
                None => by_address(&tx, recipient).await?,
            };
            rows.push(row(report, at, recipient, place, now_ms));
        }
        bounce::Entity::insert_many(rows.iter().cloned().map(bounce::Model::into_active_model)).exec_without_returning(&tx).await?;
        requests::record(&tx, METHOD, &report.request_id, answer(&rows), now).await?;
        tx.commit().await?;
        Ok(Kept::Now(rows))
    }

    /// A page of what was kept, by time, and the next page's token.
    ///
    /// # Errors
    /// The database's own.
    pub async fn bounces(&self, unmatched: bool, page: &Page) -> Result<(Vec<bounce::Model>, String), DbErr> {
        use bounce::Column::{AtMs, BounceId, DeliveryId};
        let after = page.after.as_ref().map(|key| {
            let at_ms = key.first().and_then(|text| text.parse::<i64>().ok()).unwrap_or(i64::MAX);
            [at_ms.into(), key.get(1).cloned().unwrap_or_default().into()]
        });
        let rows = bounce::Entity::find()
            .apply_if(unmatched.then_some(()), |query, ()| query.filter(DeliveryId.is_null()))
            .apply_if(after, |query, after| query.filter(beyond([AtMs, BounceId], after)))
            .order_by_asc(AtMs)
            .order_by_asc(BounceId)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        Ok(page.cut(rows, |row| vec![row.at_ms.to_string(), row.bounce_id.clone()]))
    }
}

/// What a report is about: by its envelope where it names one, and then nothing else counts; else by the first Message-ID that is one of ours.
async fn named(tx: &DatabaseTransaction, report: &Report) -> Result<Option<Named>, DbErr> {
    if !report.envelope_id.is_empty() {
        return by_envelope(tx, &report.envelope_id).await;
    }
    for message_id in &report.message_ids {
        if let Some(letter) = letter::Entity::find().filter(letter::Column::MessageId.eq(message_id)).one(tx).await? {
            return Ok(Some(Named { letter_id: letter.letter_id, address: None }));
        }
    }
    Ok(None)
}

/// The delivery of an envelope that one of its leases gave.
async fn by_envelope(tx: &DatabaseTransaction, id: &str) -> Result<Option<Named>, DbErr> {
    let Some(delivery_id) = delivery_of(id) else { return Ok(None) };
    let leases = lease::Entity::find().filter(lease::Column::DeliveryId.eq(delivery_id)).all(tx).await?;
    if !leases.iter().any(|lease| envelope_id(delivery_id, &lease.lease_token) == id) {
        return Ok(None);
    }
    let row = delivery::Entity::find_by_id(delivery_id).one(tx).await?;
    Ok(row.map(|row| Named { letter_id: row.letter_id, address: Some(row.recipient) }))
}

/// The delivery of a letter that is named, changed by what is said about it.
async fn matched(
    tx: &DatabaseTransaction,
    named: &Named,
    deliveries: &mut [delivery::Model],
    report: &Report,
    recipient: &Recipient,
    now_ms: i64,
) -> Result<Place, DbErr> {
    let addresses: Vec<&str> = deliveries.iter().map(|delivery| delivery.recipient.as_str()).collect();
    let address = named.address.clone().or_else(|| addressed(&addresses, recipient).map(str::to_owned));
    let letter_id = Some(named.letter_id.clone());
    let Some(row) = deliveries.iter_mut().find(|delivery| Some(&delivery.recipient) == address.as_ref()) else {
        return Ok(Place { outcome: "other_address", letter_id, delivery_id: None });
    };
    let effect = effect(recipient.action, &row.state);
    let said: String = format!("{} {}", recipient.status, recipient.diagnostic).trim().chars().take(WORDS).collect();
    if effect == Effect::Bounced {
        *row = bounced(row.clone(), &said, now_ms);
        row.clone().into_active_model().reset_all().update(tx).await?;
    }
    let (outcome, event) = match effect {
        Effect::Bounced => ("bounced", Some("bounced")),
        Effect::Noted => ("noted", Some("bounced")),
        Effect::Delayed => ("delayed", Some("delayed")),
        Effect::Passed => ("passed", None),
    };
    if let Some(what) = event {
        note(tx, &row.delivery_id, what, &report.reporting_mta, &said, now_ms).await?;
    }
    Ok(Place { outcome, letter_id, delivery_id: Some(row.delivery_id.clone()) })
}

fn bounced(row: delivery::Model, said: &str, now_ms: i64) -> delivery::Model {
    delivery::Model { state: "failed".to_owned(), bounced_at_ms: Some(now_ms), last_answer: said.to_owned(), ..row }
}

/// The newest letter that went to the address: a hint for a person, which changes nothing.
async fn by_address(tx: &DatabaseTransaction, recipient: &Recipient) -> Result<Place, DbErr> {
    let names = [&recipient.original_recipient, &recipient.final_recipient].map(|name| name.to_ascii_lowercase());
    let newest = delivery::Entity::find()
        .filter(Expr::expr(Func::lower(Expr::col(delivery::Column::Recipient))).is_in(names))
        .filter(delivery::Column::FinishedAtMs.is_not_null())
        .order_by_desc(delivery::Column::FinishedAtMs)
        .order_by_asc(delivery::Column::DeliveryId)
        .one(tx)
        .await?;
    Ok(match newest {
        Some(row) => Place { outcome: "address_only", letter_id: Some(row.letter_id), delivery_id: None },
        None => Place { outcome: "unknown", letter_id: None, delivery_id: None },
    })
}

fn row(report: &Report, at: usize, recipient: &Recipient, place: Place, now_ms: i64) -> bounce::Model {
    let action = match recipient.action {
        Action::Failed => "failed",
        Action::Delayed => "delayed",
        Action::Passed => "passed",
    };
    bounce::Model {
        bounce_id: stable_id(&["bounce", &report.request_id, &at.to_string()]),
        at_ms: now_ms,
        outcome: place.outcome.to_owned(),
        letter_id: place.letter_id,
        delivery_id: place.delivery_id,
        final_recipient: recipient.final_recipient.clone(),
        original_recipient: recipient.original_recipient.clone(),
        action: action.to_owned(),
        status: recipient.status.clone(),
        diagnostic: recipient.diagnostic.clone(),
        reporting_mta: report.reporting_mta.clone(),
        message_id: report.message_ids.first().cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
