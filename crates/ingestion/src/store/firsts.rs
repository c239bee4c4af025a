//! When each value of a period was first in force, and whose report brought it. A later revision changes nothing.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ConnectionTrait, DbErr, FromQueryResult,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

/// The first value of a division and indicator.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct First {
    /// The division's code.
    pub division_code: String,
    /// The indicator's id.
    pub indicator_id: String,
    /// When its report was submitted, Unix milliseconds.
    pub submitted_at: i64,
    /// When it came into force, Unix milliseconds.
    pub in_force_at: i64,
    /// Its number in the change log; 0 where that is not known.
    pub sequence: i64,
    /// The report.
    pub report_id: String,
    /// Who submitted it.
    pub submitter: String,
}

/// The first values of a period.
#[derive(Debug, Default)]
pub struct Firsts(HashMap<String, HashMap<String, First>>);

impl Firsts {
    /// The first value of a division and indicator.
    #[must_use]
    pub fn get(&self, division: &str, indicator: &str) -> Option<&First> {
        self.0.get(indicator)?.get(division)
    }

    /// All of them.
    pub fn values(&self) -> impl Iterator<Item = &First> {
        self.0.values().flat_map(HashMap::values)
    }
}

impl FromIterator<First> for Firsts {
    fn from_iter<T: IntoIterator<Item = First>>(values: T) -> Self {
        let mut firsts = Self::default();
        for first in values {
            firsts.0.entry(first.indicator_id.clone()).or_default().insert(first.division_code.clone(), first);
        }
        firsts
    }
}

/// Of which divisions and indicators: of a page's at most, far below both databases' bind limits. Both empty for all.
#[derive(Debug, Clone, Default)]
pub struct Among<'a> {
    divisions: BTreeSet<&'a str>,
    indicators: BTreeSet<&'a str>,
}

impl<'a> FromIterator<(&'a str, &'a str)> for Among<'a> {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(keys: T) -> Self {
        let (divisions, indicators) = keys.into_iter().unzip();
        Self { divisions, indicators }
    }
}

/// The first values of a plan's period among these.
///
/// # Errors
/// The database's own.
pub async fn of_period(conn: &impl ConnectionTrait, plan_id: &str, period: &str, among: &Among<'_>) -> Result<Firsts, DbErr> {
    let rows = conn.query_all(&query(plan_id, period, among)).await?;
    rows.iter().map(|row| First::from_query_result(row, "")).collect()
}

/// By way of the values in force, which have an index by period: what was ever in force still is, in its newest revision.
fn query(plan_id: &str, period: &str, among: &Among<'_>) -> SelectStatement {
    let (now, first, report) = ("observation", "observation_revision", "report");
    let same = |column: &'static str| Expr::col((first, column)).equals((now, column));
    let is_first =
        ["division_code", "plan_id", "indicator_id", "period"].map(same).into_iter().fold(Expr::col((first, "revision")).eq(1), Expr::and);
    let mut query = Query::select();
    query
        .columns([(now, "division_code"), (now, "indicator_id")])
        .columns([(report, "report_id"), (report, "submitter"), (report, "submitted_at")])
        .columns([(first, "in_force_at"), (first, "sequence")])
        .from(now)
        .inner_join(first, is_first)
        .inner_join(report, Expr::col((report, "report_id")).equals((first, "report_id")))
        .and_where(Expr::col((now, "plan_id")).eq(plan_id))
        .and_where(Expr::col((now, "period")).eq(period));
    for (column, wanted) in [("division_code", &among.divisions), ("indicator_id", &among.indicators)] {
        if !wanted.is_empty() {
            query.and_where(Expr::col((now, column)).is_in(wanted.iter().copied()));
        }
    }
    query.to_owned()
}
