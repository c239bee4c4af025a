//! What became of each cell or row of a report.

use std::{collections::BTreeMap, ops::RangeInclusive};

use leitai_proto::ingestion::v1::{ItemReason, ReasonCount, Report, ReportItem};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
    sea_query::{Expr, OnConflict},
};

use super::{CHUNK, entities::report_item, observations::Key};

/// An item with what is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// As it stands now.
    pub item: ReportItem,
    /// Printed beside the value.
    pub printed_rank: Option<i32>,
    /// What was measured in place of the indicator, Chinese.
    pub proxy: String,
    /// The revision that it came into force as, where that is not the first.
    pub revision: Option<i32>,
    /// Reason and message of the first answer, where they are others now.
    pub first: Option<(i32, String)>,
}

impl Stored {
    /// A rule asks for an explanation of an accepted value; before the item is stored.
    pub fn hold(&mut self, message: String) {
        self.judge(ItemReason::Held, message);
    }

    /// An accepted value breaks a rule that allows no explanation; before the item is stored.
    pub fn refuse(&mut self, message: String) {
        self.judge(ItemReason::RuleBroken, message);
    }

    fn judge(&mut self, reason: ItemReason, message: String) {
        if matches!(self.item.reason(), ItemReason::Accepted | ItemReason::Held) {
            (self.item.reason, self.item.message) = (reason.into(), message);
        }
    }

    /// Gives a stored item another reason; the first answer is kept.
    pub fn change(&mut self, reason: ItemReason, message: String) {
        let before = (self.item.reason, std::mem::replace(&mut self.item.message, message));
        self.item.reason = reason.into();
        self.first.get_or_insert(before);
    }

    /// As it was first answered.
    #[must_use]
    pub fn into_first(self) -> ReportItem {
        match self.first {
            Some((reason, message)) => ReportItem { reason, message, ..self.item },
            None => self.item,
        }
    }

    /// Division, indicator and period of a value.
    #[must_use]
    pub fn key(&self) -> Key {
        let item = &self.item;
        (item.division_code.clone(), item.indicator_id.clone(), item.period.clone())
    }
}

/// Values that are in force through a report, or may come to be.
pub const OF_VALUE: [ItemReason; 5] =
    [ItemReason::Accepted, ItemReason::Revised, ItemReason::Unchanged, ItemReason::Held, ItemReason::AwaitingApproval];

/// Stores a report's items.
///
/// # Errors
/// The database's own.
pub async fn add(tx: &DatabaseTransaction, report_id: &str, items: &[Stored]) -> Result<(), DbErr> {
    for items in items.chunks(CHUNK) {
        let rows = items.iter().map(|item| row(report_id, item));
        report_item::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Gives items at these positions one reason and message, as part of the first answer.
///
/// # Errors
/// The database's own.
pub async fn mark(tx: &DatabaseTransaction, report_id: &str, positions: &[i32], reason: ItemReason, message: &str) -> Result<(), DbErr> {
    use report_item::Column;
    for positions in positions.chunks(CHUNK) {
        report_item::Entity::update_many()
            .col_expr(Column::Reason, Expr::value(i32::from(reason)))
            .col_expr(Column::Message, Expr::value(message))
            .filter(Column::ReportId.eq(report_id))
            .filter(Column::Position.is_in(positions.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Up to `limit` items after a position that were not accepted at first, as they were answered.
///
/// # Errors
/// The database's own.
pub async fn not_accepted(conn: &impl ConnectionTrait, report_id: &str, after: i32, limit: u64) -> Result<Vec<ReportItem>, DbErr> {
    use report_item::Column;
    let first = Expr::col(Column::FirstReason).if_null(Expr::col(Column::Reason));
    let rows = report_item::Entity::find()
        .filter(Column::ReportId.eq(report_id))
        .filter(Column::Position.gt(after))
        .filter(first.is_not_in([ItemReason::Accepted, ItemReason::AwaitingApproval].map(i32::from)))
        .order_by_asc(Column::Position)
        .limit(limit);
    Ok(rows.all(conn).await?.into_iter().map(|row| into_stored(row).into_first()).collect())
}

/// Stores what became of items that are stored already.
///
/// # Errors
/// The database's own.
pub async fn change(tx: &DatabaseTransaction, report_id: &str, items: &[Stored]) -> Result<(), DbErr> {
    use report_item::Column;
    for items in items.chunks(CHUNK) {
        let rows = items.iter().map(|item| row(report_id, item));
        let replace = OnConflict::columns([Column::ReportId, Column::Position])
            .update_columns([Column::Reason, Column::Message, Column::Revision, Column::FirstReason, Column::FirstMessage])
            .to_owned();
        report_item::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Gives every waiting value the reason `DROPPED`; answers with how many there were.
///
/// # Errors
/// The database's own.
pub async fn drop_waiting(tx: &DatabaseTransaction, report_id: &str, message: &str) -> Result<u64, DbErr> {
    use report_item::Column;
    let keep = |first: Column, now: Column| Expr::col(first).if_null(Expr::col(now));
    let dropped = report_item::Entity::update_many()
        .col_expr(Column::FirstReason, keep(Column::FirstReason, Column::Reason))
        .col_expr(Column::FirstMessage, keep(Column::FirstMessage, Column::Message))
        .col_expr(Column::Reason, Expr::value(i32::from(ItemReason::Dropped)))
        .col_expr(Column::Message, Expr::value(message))
        .filter(Column::ReportId.eq(report_id))
        .filter(Column::Reason.is_in([ItemReason::Held, ItemReason::AwaitingApproval].map(i32::from)));
    Ok(dropped.exec(tx).await?.rows_affected)
}

/// Up to `limit` items after a position, in the order of the source.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, report_id: &str, after: i32, limit: u64) -> Result<Vec<Stored>, DbErr> {
    let rows = report_item::Entity::find()
        .filter(report_item::Column::ReportId.eq(report_id))
        .filter(report_item::Column::Position.gt(after))
        .order_by_asc(report_item::Column::Position)
        .limit(limit);
    Ok(rows.all(conn).await?.into_iter().map(into_stored).collect())
}

/// The items at these positions, in the order of the source where the positions are.
///
/// # Errors
/// The database's own.
pub async fn at(conn: &impl ConnectionTrait, report_id: &str, positions: &[i32]) -> Result<Vec<Stored>, DbErr> {
    let mut found = Vec::new();
    for positions in positions.chunks(CHUNK) {
        let rows = report_item::Entity::find()
            .filter(report_item::Column::ReportId.eq(report_id))
            .filter(report_item::Column::Position.is_in(positions.iter().copied()))
            .order_by_asc(report_item::Column::Position);
        found.extend(rows.all(conn).await?.into_iter().map(into_stored));
    }
    Ok(found)
}

/// Up to `limit` values of some reasons after a value, by key.
///
/// # Errors
/// The database's own.
pub async fn by_key(
    conn: &impl ConnectionTrait,
    report_id: &str,
    reasons: &[ItemReason],
    after: Option<&Stored>,
    limit: u64,
) -> Result<Vec<Stored>, DbErr> {
    let after = after.map(|stored| stored.item.clone()).unwrap_or_default();
    // The limit is part of the text: a plan that PostgreSQL makes without it reads and sorts the whole report for each page.
    let reasons: Vec<String> = reasons.iter().map(|reason| i32::from(*reason).to_string()).collect();
    let sql = format!(
        "SELECT * FROM report_item WHERE report_id = $1 AND reason IN ({}) AND (division_code, indicator_id, period, position) > ($2, $3, $4, $5)
        ORDER BY division_code, indicator_id, period, position LIMIT {limit}",
        reasons.join(", ")
    );
    let key: [Value; 4] = [after.division_code.into(), after.indicator_id.into(), after.period.into(), after.position.into()];
    let values = [report_id.into()].into_iter().chain(key);
    let asked = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(report_item::Entity::find().from_raw_sql(asked).all(conn).await?.into_iter().map(into_stored).collect())
}

/// Divisions that a report names, ascending.
///
/// # Errors
/// The database's own.
pub async fn divisions(conn: &impl ConnectionTrait, report_id: &str) -> Result<Vec<String>, DbErr> {
    let rows = report_item::Entity::find()
        .select_only()
        .column(report_item::Column::DivisionCode)
        .filter(report_item::Column::ReportId.eq(report_id))
        .filter(report_item::Column::DivisionCode.ne(""))
        .distinct()
        .order_by_asc(report_item::Column::DivisionCode);
    rows.into_tuple().all(conn).await
}

/// How many items of these divisions each year has.
///
/// # Errors
/// The database's own.
pub async fn years(conn: &impl ConnectionTrait, report_id: &str, divisions: &[String]) -> Result<BTreeMap<i32, usize>, DbErr> {
    let year = || Expr::cust("substr(period, 1, 4)");
    let rows = report_item::Entity::find()
        .select_only()
        .expr_as(year(), "year")
        .column_as(report_item::Column::Position.count(), "items")
        .filter(report_item::Column::ReportId.eq(report_id))
        .filter(report_item::Column::DivisionCode.is_in(divisions))
        .filter(report_item::Column::Period.ne(""))
        .group_by(year());
    let rows: Vec<(String, i64)> = rows.into_tuple().all(conn).await?;
    let year = |(year, count): (String, i64)| Some((year.parse().ok()?, usize::try_from(count).ok()?));
    Ok(rows.into_iter().filter_map(year).collect())
}

/// Values of these divisions and years that were accepted by themselves, whatever rules said of them, in the order of the source.
///
/// # Errors
/// The database's own.
pub async fn of_years(
    conn: &impl ConnectionTrait,
    report_id: &str,
    divisions: &[String],
    years: &RangeInclusive<i32>,
) -> Result<Vec<Stored>, DbErr> {
    let accepted = [ItemReason::Accepted, ItemReason::Held, ItemReason::RuleBroken].map(i32::from);
    let rows = report_item::Entity::find()
        .filter(report_item::Column::ReportId.eq(report_id))
        .filter(report_item::Column::DivisionCode.is_in(divisions))
        .filter(report_item::Column::Period.between(format!("{:04}-M01", years.start()), format!("{:04}-M12", years.end())))
        .filter(report_item::Column::Reason.is_in(accepted));
    let mut found: Vec<Stored> = rows.all(conn).await?.into_iter().map(into_stored).collect();
    found.sort_unstable_by_key(|stored| stored.item.position);
    Ok(found)
}

/// How many items have a reason.
///
/// # Errors
/// The database's own.
pub async fn count(conn: &impl ConnectionTrait, report_id: &str, reason: ItemReason) -> Result<u64, DbErr> {
    let rows = report_item::Entity::find().filter(report_item::Column::ReportId.eq(report_id));
    rows.filter(report_item::Column::Reason.eq(i32::from(reason))).count(conn).await
}

/// Indicators of the values that wait, ascending.
///
/// # Errors
/// The database's own.
pub async fn waiting_indicators(conn: &impl ConnectionTrait, report_id: &str) -> Result<Vec<String>, DbErr> {
    indicators(conn, report_id, &[ItemReason::Held, ItemReason::AwaitingApproval]).await
}

/// Indicators of the items with one of these reasons, ascending.
///
/// # Errors
/// The database's own.
pub async fn indicators(conn: &impl ConnectionTrait, report_id: &str, reasons: &[ItemReason]) -> Result<Vec<String>, DbErr> {
    let waiting: Vec<i32> = reasons.iter().map(|reason| i32::from(*reason)).collect();
    let rows = report_item::Entity::find()
        .select_only()
        .column(report_item::Column::IndicatorId)
        .filter(report_item::Column::ReportId.eq(report_id))
        .filter(report_item::Column::Reason.is_in(waiting))
        .distinct();
    let mut found: Vec<String> = rows.into_tuple().all(conn).await?;
    found.sort_unstable();
    Ok(found)
}

/// A report's counts by reason and the periods of its values; every other field is empty.
///
/// # Errors
/// The database's own.
pub async fn summary(conn: &impl ConnectionTrait, report_id: &str) -> Result<Report, DbErr> {
    let of_report = || report_item::Entity::find().filter(report_item::Column::ReportId.eq(report_id)).select_only();
    let counts: Vec<(i32, i64)> = of_report()
        .column(report_item::Column::Reason)
        .column_as(report_item::Column::Position.count(), "items")
        .group_by(report_item::Column::Reason)
        .order_by_asc(report_item::Column::Reason)
        .into_tuple()
        .all(conn)
        .await?;
    let periods: Vec<String> = of_report()
        .column(report_item::Column::Period)
        .filter(report_item::Column::Reason.is_in(OF_VALUE.map(i32::from)))
        .distinct()
        .order_by_asc(report_item::Column::Period)
        .into_tuple()
        .all(conn)
        .await?;
    let count = |(reason, count): (i32, i64)| ReasonCount { reason, count: i32::try_from(count).unwrap_or(i32::MAX) };
    Ok(Report { counts: counts.into_iter().map(count).collect(), periods, ..Report::default() })
}

fn row(report_id: &str, stored: &Stored) -> report_item::ActiveModel {
    let Stored { item, printed_rank, proxy, revision, first } = stored;
    let (first_reason, first_message) = first.clone().unzip();
    report_item::ActiveModel {
        report_id: Set(report_id.to_owned()),
        position: Set(item.position),
        place: Set(item.place.clone()),
        source_text: Set(item.source_text.clone()),
        reason: Set(item.reason),
        message: Set(item.message.clone()),
        division_code: Set(item.division_code.clone()),
        indicator_id: Set(item.indicator_id.clone()),
        period: Set(item.period.clone()),
        value_micros: Set(item.value_micros),
        printed_rank: Set(*printed_rank),
        proxy: Set(proxy.clone()),
        revision: Set(*revision),
        first_reason: Set(first_reason),
        first_message: Set(first_message),
    }
}

fn into_stored(row: report_item::Model) -> Stored {
    let item = ReportItem {
        position: row.position,
        place: row.place,
        source_text: row.source_text,
        reason: row.reason,
        message: row.message,
        division_code: row.division_code,
        indicator_id: row.indicator_id,
        period: row.period,
        value_micros: row.value_micros,
    };
    let first = row.first_reason.zip(row.first_message);
    Stored { item, printed_rank: row.printed_rank, proxy: row.proxy, revision: row.revision, first }
}
