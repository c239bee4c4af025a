//! Cases, their history and the silences over them.

use std::collections::HashMap;

use leitai_rpc::paging::Page;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, sea_query::OnConflict,
};

use super::{
    Store,
    entities::{case, case_history, silence},
    issuing::CHUNK,
};

/// Cases by division and indicator.
pub type Cases = HashMap<(String, String), case::Model>;

/// A plan's cases, held by the transaction until it ends: nobody changes one meanwhile.
///
/// # Errors
/// The database's own.
pub async fn of_plan(tx: &DatabaseTransaction, plan_id: &str) -> Result<Cases, DbErr> {
    let rows = case::Entity::find().filter(case::Column::PlanId.eq(plan_id)).lock_exclusive().all(tx).await?;
    Ok(rows.into_iter().map(|row| ((row.division_code.clone(), row.indicator_id.clone()), row)).collect())
}

/// One case, held by the transaction until it ends.
///
/// # Errors
/// The database's own.
pub async fn held(tx: &DatabaseTransaction, case_id: &str) -> Result<Option<case::Model>, DbErr> {
    case::Entity::find().filter(case::Column::CaseId.eq(case_id)).lock_exclusive().one(tx).await
}

/// Stores cases, new and changed, and what happened to them.
///
/// # Errors
/// The database's own.
pub async fn put(tx: &DatabaseTransaction, cases: &[case::Model], history: &[case_history::Model]) -> Result<(), DbErr> {
    use case::Column::{DivisionCode, IndicatorId, PlanId};
    let key = [DivisionCode, PlanId, IndicatorId];
    let rest = || case::Column::iter().filter(|column| !matches!(column, DivisionCode | PlanId | IndicatorId));
    for chunk in cases.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(case::Model::into_active_model);
        let replace = OnConflict::columns(key).update_columns(rest()).to_owned();
        case::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    }
    for chunk in history.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(case_history::Model::into_active_model);
        case_history::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// When measures were filed, milliseconds since 1970, by case.
///
/// # Errors
/// The database's own.
pub async fn filings(connection: &impl ConnectionTrait, case_ids: &[&str]) -> Result<HashMap<String, Vec<i64>>, DbErr> {
    use case_history::Column::{AtMs, CaseId, What};
    let mut filed: HashMap<String, Vec<i64>> = HashMap::new();
    for ids in case_ids.chunks(CHUNK) {
        let of_cases = case_history::Entity::find().select_only().column(CaseId).column(AtMs).filter(CaseId.is_in(ids.iter().copied()));
        let rows: Vec<(String, i64)> = of_cases.filter(What.eq("rectification_filed")).into_tuple().all(connection).await?;
        rows.into_iter().for_each(|(case_id, at_ms)| filed.entry(case_id).or_default().push(at_ms));
    }
    Ok(filed)
}

/// Silences that have not been ended and last at least to this day.
///
/// # Errors
/// The database's own.
pub async fn silences(connection: &impl ConnectionTrait, today: &str) -> Result<Vec<silence::Model>, DbErr> {
    let lasting = Condition::all().add(silence::Column::EndedAtMs.is_null()).add(silence::Column::UntilDay.gte(today));
    silence::Entity::find().filter(lasting).order_by_asc(silence::Column::SilenceId).all(connection).await
}

impl Store {
    /// One case.
    ///
    /// # Errors
    /// The database's own.
    pub async fn case(&self, case_id: &str) -> Result<Option<case::Model>, DbErr> {
        case::Entity::find().filter(case::Column::CaseId.eq(case_id)).one(self.database.connection()).await
    }

    /// A plan's cases.
    ///
    /// # Errors
    /// The database's own.
    pub async fn cases_of_plan(&self, plan_id: &str) -> Result<Cases, DbErr> {
        let rows = case::Entity::find().filter(case::Column::PlanId.eq(plan_id)).all(self.database.connection()).await?;
        Ok(rows.into_iter().map(|row| ((row.division_code.clone(), row.indicator_id.clone()), row)).collect())
    }

    /// A page of what happened to a case, oldest first, and the next page's token.
    ///
    /// # Errors
    /// The database's own.
    pub async fn history(&self, case_id: &str, page: &Page) -> Result<(Vec<case_history::Model>, String), DbErr> {
        use case_history::Column::{CaseId, Entry};
        let after = page.after.as_ref().and_then(|key| key.first()?.parse::<i32>().ok());
        let rows = case_history::Entity::find()
            .filter(CaseId.eq(case_id))
            .apply_if(after, |query, after| query.filter(Entry.gt(after)))
            .order_by_asc(Entry)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        Ok(page.cut(rows, |row| vec![row.entry.to_string()]))
    }

    /// Ids of cases with a deadline that passed before this day and is not recorded; at most 500.
    ///
    /// # Errors
    /// The database's own.
    pub async fn overdue_cases(&self, today: &str) -> Result<Vec<String>, DbErr> {
        use case::Column::{AcknowledgeDue, CaseId, MeasureDue, MissedAgainOn, Overdue, RectifyDue, State, SuspendedUntil};
        let unsaid = |what: &str| Condition::any().add(Overdue.is_null()).add(Overdue.ne(what));
        // What ends a deadline, or moves the case on, takes this day away.
        let again = Condition::all().add(State.is_in(["open", "acknowledged", "rectifying"])).add(MissedAgainOn.lt(today));
        let open = Condition::all().add(State.eq("open")).add(AcknowledgeDue.lt(today)).add(unsaid("acknowledge"));
        let acknowledged = Condition::all().add(State.eq("acknowledged")).add(MeasureDue.lt(today)).add(unsaid("measure"));
        let rectifying = Condition::all().add(State.eq("rectifying")).add(RectifyDue.lt(today)).add(unsaid("rectify"));
        let running = Condition::any().add(SuspendedUntil.is_null()).add(SuspendedUntil.lt(today));
        let passed = Condition::any().add(open).add(acknowledged).add(rectifying).add(again);
        let found = case::Entity::find().select_only().column(CaseId).filter(passed).filter(running);
        found.limit(500).into_tuple().all(self.database.connection()).await
    }

    /// A page of silences by id, and the next page's token. Without `ended`, only those that are in force on this day.
    ///
    /// # Errors
    /// The database's own.
    pub async fn silences(&self, in_force_on: Option<&str>, page: &Page) -> Result<(Vec<silence::Model>, String), DbErr> {
        use silence::Column::{EndedAtMs, SilenceId, UntilDay};
        let rows = silence::Entity::find()
            .apply_if(in_force_on, |query, today| query.filter(EndedAtMs.is_null()).filter(UntilDay.gte(today)))
            .apply_if(page.after.as_ref().and_then(|key| key.first()), |query, after| query.filter(SilenceId.gt(after)))
            .order_by_asc(SilenceId)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        Ok(page.cut(rows, |row| vec![row.silence_id.clone()]))
    }
}
