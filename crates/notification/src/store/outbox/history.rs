//! What was done with a letter's deliveries.

use std::collections::HashMap;

use leitai_rpc::paging::Page;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Value,
};

use super::Store;
use crate::store::{
    entities::{attempt, delivery, delivery_event, lease},
    reads::beyond,
};

/// An attempt and the lease it was made under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The attempt.
    pub attempt: attempt::Model,
    /// Its lease.
    pub lease: lease::Model,
}

impl Store {
    /// A page of attempts at these deliveries, by time, and the next page's token.
    ///
    /// # Errors
    /// The database's own.
    pub async fn attempts(&self, deliveries: &[delivery::Model], page: &Page) -> Result<(Vec<Tried>, String), DbErr> {
        use attempt::Column::{AtMs, DeliveryId, LeaseToken};
        let rows = attempt::Entity::find()
            .filter(DeliveryId.is_in(ids(deliveries)))
            .apply_if(timed(page, |token| token.into()), |query, after| query.filter(beyond([AtMs, DeliveryId, LeaseToken], after)))
            .order_by_asc(AtMs)
            .order_by_asc(DeliveryId)
            .order_by_asc(LeaseToken)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        let (rows, next) = page.cut(rows, |row| vec![row.at_ms.to_string(), row.delivery_id.clone(), row.lease_token.clone()]);
        Ok((self.with_leases(rows).await?, next))
    }

    async fn with_leases(&self, attempts: Vec<attempt::Model>) -> Result<Vec<Tried>, DbErr> {
        let tokens = attempts.iter().map(|attempt| attempt.lease_token.as_str());
        let leases = lease::Entity::find()
            .filter(lease::Column::DeliveryId.is_in(attempts.iter().map(|attempt| attempt.delivery_id.as_str())))
            .filter(lease::Column::LeaseToken.is_in(tokens))
            .all(self.database.connection())
            .await?;
        let mut by_key: HashMap<_, _> =
            leases.into_iter().map(|lease| ((lease.delivery_id.clone(), lease.lease_token.clone()), lease)).collect();
        let with = |attempt: attempt::Model| {
            let lease = by_key.remove(&(attempt.delivery_id.clone(), attempt.lease_token.clone()))?;
            Some(Tried { attempt, lease })
        };
        // A foreign key holds that every attempt has its lease.
        Ok(attempts.into_iter().filter_map(with).collect())
    }

    /// A page of events of these deliveries, by time, and the next page's token.
    ///
    /// # Errors
    /// The database's own.
    pub async fn delivery_events(
        &self,
        deliveries: &[delivery::Model],
        page: &Page,
    ) -> Result<(Vec<delivery_event::Model>, String), DbErr> {
        use delivery_event::Column::{AtMs, DeliveryId, Ordinal};
        let ordinal = |text: String| text.parse::<i32>().unwrap_or(i32::MAX).into();
        let rows = delivery_event::Entity::find()
            .filter(DeliveryId.is_in(ids(deliveries)))
            .apply_if(timed(page, ordinal), |query, after| query.filter(beyond([AtMs, DeliveryId, Ordinal], after)))
            .order_by_asc(AtMs)
            .order_by_asc(DeliveryId)
            .order_by_asc(Ordinal)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        Ok(page.cut(rows, |row| vec![row.at_ms.to_string(), row.delivery_id.clone(), row.ordinal.to_string()]))
    }
}

fn ids(deliveries: &[delivery::Model]) -> impl Iterator<Item = &str> {
    deliveries.iter().map(|delivery| delivery.delivery_id.as_str())
}

/// The key of a page by time, delivery and one thing more.
fn timed(page: &Page, third: impl FnOnce(String) -> Value) -> Option<[Value; 3]> {
    let mut key = page.after.clone()?.into_iter();
    let at_ms = key.next().and_then(|text| text.parse::<i64>().ok()).unwrap_or(i64::MAX);
    Some([at_ms.into(), key.next().unwrap_or_default().into(), third(key.next().unwrap_or_default())])
}

/// Keeps what happened to a delivery whose row the transaction has locked.
pub async fn note(tx: &DatabaseTransaction, delivery_id: &str, what: &str, who: &str, reason: &str, at_ms: i64) -> Result<(), DbErr> {
    let before = delivery_event::Entity::find().filter(delivery_event::Column::DeliveryId.eq(delivery_id)).count(tx).await?;
    let event = delivery_event::Model {
        delivery_id: delivery_id.to_owned(),
        ordinal: i32::try_from(before).unwrap_or(i32::MAX - 1) + 1,
        at_ms,
        what: what.to_owned(),
        who: who.to_owned(),
        reason: reason.to_owned(),
    };
    delivery_event::Entity::insert(event.into_active_model()).exec_without_returning(tx).await.map(drop)
}
