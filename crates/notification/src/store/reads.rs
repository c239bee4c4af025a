//! Lists, by key and in pages.

use std::collections::HashMap;

use leitai_rpc::paging::Page;
use sea_orm::{
    ColumnTrait, DbBackend, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Value,
    sea_query::{Expr, Func, IntoColumnRef, SimpleExpr},
};

use super::{
    Store,
    entities::{case, delivery, issued_round, letter, letter_message},
};

/// Which cases.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// One plan's only.
    pub plan_id: Option<String>,
    /// Only those in one of these states; empty for all.
    pub states: Vec<&'static str>,
    /// True where no state fits.
    pub nothing: bool,
    /// Only those that an agency evaluates.
    pub agency: Option<String>,
    /// Only those with a deadline that passed.
    pub overdue: bool,
    /// One division's only.
    pub division_code: Option<String>,
}

/// Which letters.
#[derive(Debug, Clone, Default)]
pub struct LetterFilter {
    /// One plan's only.
    pub plan_id: Option<String>,
    /// One round's only.
    pub period: Option<String>,
    /// One agency's only.
    pub agency: Option<String>,
    /// Only those with a delivery in this state.
    pub delivery: Option<DeliveryIn>,
}

/// A state that deliveries are looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryIn {
    /// `pending`, `leased` or `sent`.
    State(&'static str),
    /// Failed before our server took it.
    Failed,
    /// Failed after our server took it.
    Bounced,
}

impl DeliveryIn {
    fn letters(self) -> sea_orm::Select<delivery::Entity> {
        use delivery::Column::{BouncedAtMs, LetterId, State};
        let among = delivery::Entity::find().select_only().column(LetterId);
        match self {
            Self::State(state) => among.filter(State.eq(state)),
            Self::Failed => among.filter(State.eq("failed")).filter(BouncedAtMs.is_null()),
            Self::Bounced => among.filter(BouncedAtMs.is_not_null()),
        }
    }
}

impl Store {
    /// A page of cases, by plan, indicator and division, and the next page's token.
    ///
    /// # Errors
    /// The database's own.
    pub async fn cases(&self, filter: CaseFilter, page: &Page) -> Result<(Vec<case::Model>, String), DbErr> {
        use case::Column::{Agencies, DivisionCode, IndicatorId, Overdue, PlanId, State};
        if filter.nothing {
            return Ok((Vec::new(), String::new()));
        }
        let quoted = filter.agency.map(|agency| serde_json::Value::from(agency).to_string());
        let rows = case::Entity::find()
            .apply_if(filter.plan_id, |query, plan| query.filter(PlanId.eq(plan)))
            .apply_if((!filter.states.is_empty()).then_some(filter.states), |query, states| query.filter(State.is_in(states)))
            .apply_if(filter.division_code, |query, division| query.filter(DivisionCode.eq(division)))
            .apply_if(quoted, |query, agency| query.filter(holds(Agencies, agency, self.database.connection().get_database_backend())))
            .apply_if(filter.overdue.then_some(()), |query, ()| query.filter(Overdue.is_not_null()))
            .apply_if(texts(page), |query, after| query.filter(beyond([PlanId, IndicatorId, DivisionCode], after)))
            .order_by_asc(PlanId)
            .order_by_asc(IndicatorId)
            .order_by_asc(DivisionCode)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        Ok(page.cut(rows, |row| vec![row.plan_id.clone(), row.indicator_id.clone(), row.division_code.clone()]))
    }

    /// A page of letters, by year and number, and the next page's token.
    ///
    /// # Errors
    /// The database's own.
    pub async fn letters(&self, filter: LetterFilter, page: &Page) -> Result<(Vec<letter::Model>, String), DbErr> {
        use letter::Column::{Agency, LetterId, Ordinal, Period, PlanId, Year};
        let rows = letter::Entity::find()
            .apply_if(filter.plan_id, |query, plan| query.filter(PlanId.eq(plan)))
            .apply_if(filter.period, |query, period| query.filter(Period.eq(period)))
            .apply_if(filter.agency, |query, agency| query.filter(Agency.eq(agency)))
            .apply_if(filter.delivery, |query, delivery| query.filter(LetterId.in_subquery(delivery.letters().into_query())))
            .apply_if(numbers(page), |query, after| query.filter(beyond([Year, Ordinal], after)))
            .order_by_asc(Year)
            .order_by_asc(Ordinal)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        Ok(page.cut(rows, |row| vec![row.year.to_string(), row.ordinal.to_string()]))
    }

    /// One letter with its bytes.
    ///
    /// # Errors
    /// The database's own.
    pub async fn letter(&self, letter_id: &str) -> Result<Option<(letter::Model, Vec<u8>)>, DbErr> {
        let connection = self.database.connection();
        let Some(letter) = letter::Entity::find_by_id(letter_id).one(connection).await? else { return Ok(None) };
        let message = letter_message::Entity::find_by_id(letter_id).one(connection).await?;
        Ok(message.map(|message| (letter, message.message)))
    }

    /// The deliveries of these letters, by letter; each letter's by address.
    ///
    /// # Errors
    /// The database's own.
    pub async fn deliveries(&self, letters: &[letter::Model]) -> Result<HashMap<String, Vec<delivery::Model>>, DbErr> {
        let ids = letters.iter().map(|letter| letter.letter_id.as_str());
        let rows = delivery::Entity::find()
            .filter(delivery::Column::LetterId.is_in(ids))
            .order_by_asc(delivery::Column::Recipient)
            .all(self.database.connection())
            .await?;
        let mut by_letter: HashMap<String, Vec<delivery::Model>> = HashMap::new();
        for row in rows {
            by_letter.entry(row.letter_id.clone()).or_default().push(row);
        }
        Ok(by_letter)
    }

    /// A page of issued rounds, by plan and period, and the next page's token.
    ///
    /// # Errors
    /// The database's own.
    pub async fn issued_rounds(&self, plan_id: Option<String>, page: &Page) -> Result<(Vec<issued_round::Model>, String), DbErr> {
        use issued_round::Column::{Period, PlanId};
        let rows = issued_round::Entity::find()
            .apply_if(plan_id, |query, plan| query.filter(PlanId.eq(plan)))
            .apply_if(texts(page), |query, after| query.filter(beyond([PlanId, Period], after)))
            .order_by_asc(PlanId)
            .order_by_asc(Period)
            .limit(page.limit())
            .all(self.database.connection())
            .await?;
        Ok(page.cut(rows, |row| vec![row.plan_id.clone(), row.period.clone()]))
    }
}

/// The column's text holds this one, letter for letter: LIKE would take `%` and `_` for anything.
fn holds(column: case::Column, text: String, backend: DbBackend) -> SimpleExpr {
    let position = if backend == DbBackend::Postgres { "STRPOS" } else { "INSTR" };
    Expr::expr(Func::cust(position).arg(Expr::col(column)).arg(text)).gt(0)
}

/// The key after which a page begins; its parts were checked where the request was read.
pub(super) fn texts<const N: usize>(page: &Page) -> Option<[Value; N]> {
    let key = page.after.as_ref()?;
    Some(std::array::from_fn(|part| key.get(part).cloned().unwrap_or_default().into()))
}

pub(super) fn numbers<const N: usize>(page: &Page) -> Option<[Value; N]> {
    let key = page.after.as_ref()?;
    Some(std::array::from_fn(|part| key.get(part).and_then(|text| text.parse::<i32>().ok()).unwrap_or(i32::MAX).into()))
}

/// The columns together are beyond a key.
pub(super) fn beyond<const N: usize>(columns: [impl IntoColumnRef; N], after: [Value; N]) -> SimpleExpr {
    Expr::tuple(columns.map(|column| Expr::col(column))).gt(Expr::tuple(after.map(Expr::val)))
}
