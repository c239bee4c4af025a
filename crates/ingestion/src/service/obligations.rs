//! Telling what is owed in a round, and how complete it is.

use leitai_domain::{obligation::Owed, period::Period, plan::Plan as Document};
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
    obligations::{self, Book, Filter, Known, Moment, Place, Scene},
    store::{
        firsts::{self, Among},
        plans,
        rounds::{self, Row},
    },
};

/// Obligations looked at together where a state is asked for: how many of them have it is not known beforehand.
const LOOKED_AT: usize = 500;

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
        let scene = self.scene(plan_id, period).await?;
        let moment = self.moment(&scene, plan_id, when)?;
        let mut owed = scene.owed(filter, page.after.as_deref().and_then(obligations::place));
        let step = if filter.states.is_empty() { page.size + 1 } else { LOOKED_AT };
        let mut rows = Vec::new();
        while rows.len() <= page.size {
            let some: Vec<_> = owed.by_ref().take(step).collect();
            if some.is_empty() {
                break;
            }
            rows.extend(self.told(&scene, moment, filter, some).await?);
        }
        let (rows, next) = page.cut(rows, |(key, _)| key.clone());
        Ok((rows.into_iter().map(|(_, obligation)| obligation).collect(), next))
    }

    /// Some of what is owed, as far as its state is asked for; no other value is read.
    async fn told(
        &self,
        scene: &Scene,
        moment: Moment,
        filter: &Filter,
        owed: Vec<(Place<'_>, Owed<'_>)>,
    ) -> Result<Vec<obligations::Row<Obligation>>, Error> {
        let keys = owed.iter().map(|(_, owed)| (owed.division, owed.duty.indicator.id.as_str())).collect();
        let known = self.known(self.database.connection(), scene, &keys).await?;
        let book = Book::new(scene, &known, moment);
        let judged = owed.into_iter().map(|(place, owed)| (place, book.judge(owed)));
        let wanted = judged.filter(|(_, judged)| filter.takes_state(judged.timeliness));
        Ok(wanted.map(|(place, judged)| (obligations::key(place), book.tell(&judged))).collect())
    }

    /// How complete and timely a round is.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`]; [`Error::OtherYear`]; [`Error::NotFrozen`].
    pub async fn completeness(&self, plan_id: &str, period: Period, by: CompletenessBy, when: When, page: &Page) -> Result<Told, Error> {
        let scene = self.scene(plan_id, period).await?;
        let moment = self.moment(&scene, plan_id, when)?;
        let known = self.known(self.database.connection(), &scene, &Among::default()).await?;
        let book = Book::new(&scene, &known, moment);
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

    /// A round's scene under the revision that it follows.
    async fn scene(&self, plan_id: &str, period: Period) -> Result<Scene, Error> {
        let conn = self.database.connection();
        let unknown = || Error::UnknownPlan(plan_id.to_owned());
        let row = rounds::row(conn, plan_id, &period.to_string()).await?;
        let plan = match &row {
            Some(row) => plans::at(conn, plan_id, row.plan_revision).await?,
            None => plans::newest(conn, plan_id).await?,
        };
        let plan = plan.ok_or_else(unknown)?;
        if period.year() != plan.year {
            return Err(Error::OtherYear { plan_year: plan.year, period });
        }
        let document = Document::from_toml(&plan.document_toml)?;
        self.scene_with(conn, &plan, document, period, row.as_ref()).await
    }

    /// How complete a round is whose plan is locked.
    pub(super) async fn whole_of(&self, conn: &impl ConnectionTrait, locked: &Locked, moment: Moment) -> Result<Completeness, Error> {
        let scene = self.scene_with(conn, &locked.plan, locked.document.clone(), locked.period, Some(&locked.row)).await?;
        let known = self.known(conn, &scene, &Among::default()).await?;
        Ok(Book::new(&scene, &known, moment).whole())
    }

    async fn known(&self, conn: &impl ConnectionTrait, scene: &Scene, among: &Among<'_>) -> Result<Known, Error> {
        let firsts = firsts::of_period(conn, &scene.plan.id, &scene.period.to_string(), among).await?;
        Ok(Known::new(firsts, scene, &self.calendar))
    }

    async fn scene_with(
        &self,
        conn: &impl ConnectionTrait,
        plan: &Plan,
        document: Document,
        period: Period,
        row: Option<&Row>,
    ) -> Result<Scene, Error> {
        let counties = plans::counties(conn, &plan.plan_id, plan.revision).await?;
        let province = self.registry.get(&document.province_code).map_or_else(|| document.province_code.clone(), |one| one.name.clone());
        Ok(Scene {
            period,
            codes: counties.iter().map(|county| county.code.clone()).collect(),
            counties: counties.into_iter().map(|county| (county.code.clone(), county)).collect(),
            province,
            due: calendar::day(row.and_then(|row| row.due_on.as_deref())),
            frozen: row.and_then(|row| row.frozen_at.zip(row.frozen_sequence)),
            plan: document,
        })
    }
}
