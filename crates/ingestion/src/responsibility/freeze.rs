//! What is overdue as a round is frozen belongs to what is known then.

use leitai_proto::ingestion::v1::{Change, MeasuresOverdue, OverdueMeasure, change::Kind};
use leitai_rpc::clock::from_millis;
use prost::Message;
use sea_orm::{DatabaseTransaction, DbErr};
use time::{Date, OffsetDateTime};

use super::store::{
    entities::measure,
    measures::{self, Filter, Key},
};
use crate::calendar;

/// Measures in one entry, as the wire promises.
const IN_ONE: usize = 500;

/// The entries that go before a round's own, none where nothing is overdue. `at_ms` is the freeze's time.
///
/// # Errors
/// The database's own.
pub async fn overdue_entries(tx: &DatabaseTransaction, plan_id: &str, period: &str, at_ms: i64) -> Result<Vec<Vec<u8>>, DbErr> {
    let day = calendar::beijing_day(from_millis(at_ms).unwrap_or(OffsetDateTime::UNIX_EPOCH));
    let filter = Filter { plan_id: plan_id.to_owned(), overdue_on: Some(day.to_string()), ..Filter::default() };
    let (mut entries, mut after): (Vec<Vec<u8>>, Option<Key>) = (Vec::new(), None);
    loop {
        let rows = measures::list(tx, &filter, after.as_ref(), IN_ONE as u64).await?;
        after = rows.last().map(measures::key);
        if rows.is_empty() {
            return Ok(entries);
        }
        let measures = rows.into_iter().map(|row| overdue(row, day)).collect();
        let overdue = MeasuresOverdue { plan_id: plan_id.to_owned(), period: period.to_owned(), day: day.to_string(), measures };
        entries.push(Change { sequence: 0, recorded_at_ms: at_ms, kind: Some(Kind::MeasuresOverdue(overdue)) }.encode_to_vec());
    }
}

fn overdue(row: measure::Model, day: Date) -> OverdueMeasure {
    let days = calendar::day(Some(&row.due_on)).map_or(0, |due| (day - due).whole_days());
    OverdueMeasure {
        measure_id: row.measure_id,
        indicator_id: row.indicator_id,
        division_code: row.division_code,
        project: row.project,
        measure: row.measure,
        owner: row.owner,
        due_on: row.due_on,
        overdue_days: i32::try_from(days).unwrap_or(i32::MAX),
    }
}
