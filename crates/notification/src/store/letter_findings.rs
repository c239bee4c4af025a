//! Which findings each letter holds.

use leitai_rpc::paging::Page;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::OnConflict,
};

use super::{
    Store,
    entities::{letter, letter_finding},
    issuing::CHUNK,
    reads::{beyond, texts},
};

/// Stores what letters hold. A finding that a letter holds twice, as where the plan names its agency twice, is stored once.
pub async fn store(tx: &DatabaseTransaction, findings: &[letter_finding::Model]) -> Result<(), DbErr> {
    use letter_finding::Column::{DivisionCode, IndicatorId, LetterId};
    for chunk in findings.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(letter_finding::Model::into_active_model);
        let once = OnConflict::columns([LetterId, IndicatorId, DivisionCode]).do_nothing().to_owned();
        letter_finding::Entity::insert_many(rows).on_conflict(once).exec_without_returning(tx).await?;
    }
    Ok(())
}

impl Store {
    /// A page of what the letters of a round hold, by letter, indicator and division, and the next page's token.
    ///
    /// # Errors
    /// The database's own.
    pub async fn letter_findings(&self, plan_id: &str, period: &str, page: &Page) -> Result<(Vec<letter_finding::Model>, String), DbErr> {
        use letter_finding::Column::{DivisionCode, IndicatorId, LetterId};
        let of_round = letter::Entity::find()
            .select_only()
            .column(letter::Column::LetterId)
            .filter(letter::Column::PlanId.eq(plan_id))
            .filter(letter::Column::Period.eq(period))
            .into_query();
        let rows = letter_finding::Entity::find()
            .filter(LetterId.in_subquery(of_round))
            .apply_if(texts(page), |query, after| query.filter(beyond([LetterId, IndicatorId, DivisionCode], after)))
            .order_by_asc(LetterId)
            .order_by_asc(IndicatorId)
            .order_by_asc(DivisionCode)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        Ok(page.cut(rows, |row| vec![row.letter_id.clone(), row.indicator_id.clone(), row.division_code.clone()]))
    }
}
