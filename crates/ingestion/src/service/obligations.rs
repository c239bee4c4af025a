//! Telling what is owed in a round, and how complete it is.

use std::collections::HashMap;

use leitai_domain::{period::Period, plan::Plan as Document};
use leitai_proto::ingestion::v1::{Completeness, CompletenessBy, Obligation, Plan};
use leitai_rpc::{
    clock::{from_millis, rfc3339},
    paging::Page,
};
use sea_orm::ConnectionTrait;
use time::OffsetDateTime;

use super::{Service, rounds::Locked};
use crate::{
    calendar,
    error::Error,
    obligations::{Book, Filter, Moment, Scene, counted},
    store::{
        firsts, plans,
        rounds::{self, Row},
    },
};

/// When obligations are told for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Now.
    Now,
    /// As it was at a time.
    At(OffsetDateTime),
    /// As the round was frozen.
    Freeze,
}

/// How complete a round is, and a page of what it is told by.
#[derive(Debug, Clone)]
pub struct Told {
    /// The whole.
    pub whole: Completeness,
    /// The page.
    pub rows: Vec<Completeness>,
    /// Empty on the last page.
    pub next_page_token: String,
    /// The moment, RFC 3339 UTC.
    pub as_of: String,
}

impl Service {
    /// A page of what is owed in a round.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`]; [`Error::OtherYear`]; [`Error::NotFrozen`].
    pub async fn obligations(
        &self,
        plan_id: &str,
        period: Period,
        filter: &Filter,
        when: When,
        page: &Page,
    ) -> Result<(Vec<Obligation>, String), Error> {
        let scene = self.scene(plan_id, period, filter).await?;
        let book = Book::new(&scene, self.moment(&scene, plan_id, when)?);
        let (rows, next) = page.slice(book.obligations(filter), |(place, _)| place.clone());
        Ok((rows.iter().map(|(_, judged)| book.tell(judged)).collect(), next))
    }

    /// How complete and timely a round is.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`]; [`Error::OtherYear`]; [`Error::NotFrozen`].
    pub async fn completeness(&self, plan_id: &str, period: Period, by: CompletenessBy, when: When, page: &Page) -> Result<Told, Error> {
        let scene = self.scene(plan_id, period, &Filter::default()).await?;
        let moment = self.moment(&scene, plan_id, when)?;
        let book = Book::new(&scene, moment);
        let (rows, next_page_token) = page.slice(book.completeness(by), |(place, _)| place.clone());
        let as_of = rfc3339(leitai_rpc::clock::millis(moment.at));
        Ok(Told { whole: book.whole(), rows: rows.into_iter().map(|(_, row)| row).collect(), next_page_token, as_of })
    }

    fn moment(&self, scene: &Scene, plan_id: &str, when: When) -> Result<Moment, Error> {
        let at = match when {
            When::Now => self.clock.now(),
            When::At(at) => at,
            When::Freeze => {
                let frozen = scene.frozen.and_then(|(at, _)| from_millis(at));
                frozen.ok_or_else(|| Error::NotFrozen { plan: plan_id.to_owned(), period: scene.period })?
            }
        };
        Ok(Moment { at, frozen: when == When::Freeze })
    }

    /// A round's scene under the revision that it follows, with the first values that the filter can ask for.
    async fn scene(&self, plan_id: &str, period: Period, filter: &Filter) -> Result<Scene, Error> {
        let conn = self.database.connection();
        let unknown = || Error::UnknownPlan(plan_id.to_owned());
        let row = rounds::row(conn, plan_id, &period.to_string()).await?;
        let plan = match &row {
            Some(row) => plans::revision(conn, plan_id, row.plan_revision).await?,
            None => plans::newest(conn, plan_id).await?,
        };
        let plan = plan.ok_or_else(unknown)?;
        if period.year() != plan.year {
            return Err(Error::OtherYear { plan_year: plan.year, period });
        }
        let document = Document::from_toml(&plan.document_toml)?;
        self.scene_with(conn, &plan, document, period, row.as_ref(), filter).await
    }

    /// The scene of a round whose plan is locked.
    pub(super) async fn scene_of(&self, conn: &impl ConnectionTrait, locked: &Locked) -> Result<Scene, Error> {
        self.scene_with(conn, &locked.plan, locked.document.clone(), locked.period, Some(&locked.row), &Filter::default()).await
    }

    async fn scene_with(
        &self,
        conn: &impl ConnectionTrait,
        plan: &Plan,
        document: Document,
        period: Period,
        row: Option<&Row>,
        filter: &Filter,
    ) -> Result<Scene, Error> {
        let counties = plans::counties(conn, &plan.plan_id, plan.revision).await?;
        let firsts = firsts::of_period(conn, &plan.plan_id, &period.to_string(), &filter.division_code, &filter.indicator_id).await?;
        let due = calendar::day(row.and_then(|row| row.due_on.as_deref()));
        let province = self.registry.get(&document.province_code).map_or_else(|| document.province_code.clone(), |one| one.name.clone());
        Ok(Scene {
            period,
            codes: counties.iter().map(|county| county.code.clone()).collect(),
            counties: counties.into_iter().map(|county| (county.code.clone(), county)).collect(),
            province,
            due,
            frozen: row.and_then(|row| row.frozen_at.zip(row.frozen_sequence)),
            lags: counted(&firsts, period.last_day(), &self.calendar),
            delays: due.map_or_else(HashMap::new, |due| counted(&firsts, due, &self.calendar)),
            firsts,
            plan: document,
        })
    }
}
