//! Progress, and what is listed.

use leitai_domain::responsibility::measure::{self as life, Deed};
use leitai_proto::ingestion::v1::{DutyChange, DutyEvent, Measure, Project, ReportProgressResponse};
use time::Date;

use super::{
    Act, Responsibility,
    answer::{self, Names},
    lists, refused,
    store::{
        entities::{event, measure},
        events,
        measures::{self, Filter, Key},
        problems, projects,
    },
};
use crate::{
    error::Error,
    service::{anew, answered_on},
};

impl Responsibility {
    /// Records progress as of a day, today where none is named.
    ///
    /// # Errors
    /// [`Error::UnknownMeasure`]; [`Error::Refused`] names why not.
    pub async fn report_progress(&self, act: &Act, day: Option<Date>, percent: Option<u8>) -> Result<ReportProgressResponse, Error> {
        let deed = |today| Deed::Report { day: day.unwrap_or(today), percent };
        self.change_measure("ReportProgress", act, deed, DutyChange::Progress).await
    }

    /// Records that a measure was done on a day, today where none is named.
    ///
    /// # Errors
    /// As [`Self::report_progress`].
    pub async fn finish_measure(&self, act: &Act, day: Option<Date>) -> Result<Measure, Error> {
        let deed = |today| Deed::Finish { day: day.unwrap_or(today) };
        let answer = self.change_measure("FinishMeasure", act, deed, DutyChange::Done).await?;
        answer.measure.ok_or_else(|| Error::StoredText("an answer without its measure".to_owned()))
    }

    async fn change_measure(
        &self,
        method: &str,
        act: &Act,
        deed: impl Fn(Date) -> Deed,
        change: DutyChange,
    ) -> Result<ReportProgressResponse, Error> {
        anew(|| self.change_once(method, act, &deed, change)).await
    }

    async fn change_once(
        &self,
        method: &str,
        act: &Act,
        deed: &impl Fn(Date) -> Deed,
        change: DutyChange,
    ) -> Result<ReportProgressResponse, Error> {
        let tx = self.service.database.begin().await?;
        // The measure is held first: the same request at the same time has been answered by then.
        let row = measures::held(&tx, &act.subject_id).await?.ok_or_else(|| Error::UnknownMeasure(act.subject_id.clone()))?;
        if let Some(answer) = answered_on::<ReportProgressResponse>(&tx, method, &act.request_id).await? {
            let of = answer.measure.as_ref().map(|measure| measure.measure_id.as_str()).unwrap_or_default();
            return same_subject(of, &act.subject_id).map(|()| answer);
        }
        let (at_ms, today) = self.now();
        let deed = deed(today);
        let after = life::after(&lists::life(&row)?, deed, &act.agency, &row.owner, &lists::co_owners(&row.co_owners), today);
        let after = after.map_err(|refusal| refused(refusal.reason(), refusal))?;
        let row = lists::with_life(measure::Model { entries: row.entries + 1, ..row }, &after);
        let (day, percent) = match deed {
            Deed::Report { day, percent } => (day, percent),
            Deed::Finish { day } => (day, None),
        };
        let told = event::Model { day: Some(day.to_string()), percent: percent.map(i32::from), ..act.event(row.entries, at_ms, change) };
        events::add(&tx, vec![told]).await?;
        measures::put(&tx, std::slice::from_ref(&row)).await?;
        let entry = row.entries;
        let answer = ReportProgressResponse { measure: Some(self.told(row, today).await?), entry };
        self.service.finish(tx, method, &act.request_id, &answer).await?;
        Ok(answer)
    }

    /// One measure; `on` is the day that overdue is told for, today where none is named.
    ///
    /// # Errors
    /// [`Error::UnknownMeasure`].
    pub async fn measure(&self, measure_id: &str, on: Option<Date>) -> Result<Measure, Error> {
        let row = measures::get(self.service.database.connection(), measure_id).await?;
        let row = row.ok_or_else(|| Error::UnknownMeasure(measure_id.to_owned()))?;
        self.told(row, on.unwrap_or_else(|| self.now().1)).await
    }

    /// Up to `limit` measures after a key, with their keys.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`].
    pub async fn measures(
        &self,
        mut filter: Filter,
        overdue: bool,
        on: Option<Date>,
        after: Option<&Key>,
        limit: u64,
    ) -> Result<Vec<(Key, Measure)>, Error> {
        let on = on.unwrap_or_else(|| self.now().1);
        filter.overdue_on = overdue.then(|| on.to_string());
        let document = self.document(&filter.plan_id).await?;
        let names = Names { plan: &document, registry: &self.service.registry };
        let rows = measures::list(self.service.database.connection(), &filter, after, limit).await?;
        rows.into_iter().map(|row| Ok((measures::key(&row), names.measure(row, on)?))).collect()
    }

    /// Up to `limit` projects after a key.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`].
    pub async fn projects(
        &self,
        mut filter: projects::Filter,
        on: Option<Date>,
        after: Option<&projects::Key>,
        limit: u64,
    ) -> Result<Vec<Project>, Error> {
        filter.day = on.unwrap_or_else(|| self.now().1).to_string();
        let document = self.document(&filter.plan_id).await?;
        let names = Names { plan: &document, registry: &self.service.registry };
        let rows = projects::list(self.service.database.connection(), &filter, after, limit).await?;
        Ok(rows.into_iter().map(|row| names.project(&filter.plan_id, row)).collect())
    }

    /// Up to `limit` entries of a measure or problem after one.
    ///
    /// # Errors
    /// [`Error::UnknownMeasure`] or [`Error::UnknownProblem`].
    pub async fn events(&self, subject_id: &str, after: i32, limit: u64) -> Result<Vec<DutyEvent>, Error> {
        let connection = self.service.database.connection();
        if subject_id.starts_with("p-") {
            problems::get(connection, subject_id).await?.ok_or_else(|| Error::UnknownProblem(subject_id.to_owned()))?;
        } else {
            measures::get(connection, subject_id).await?.ok_or_else(|| Error::UnknownMeasure(subject_id.to_owned()))?;
        }
        events::list(connection, subject_id, after, limit).await?.into_iter().map(answer::event).collect()
    }

    async fn told(&self, row: measure::Model, on: Date) -> Result<Measure, Error> {
        let document = self.document(&row.plan_id).await?;
        Names { plan: &document, registry: &self.service.registry }.measure(row, on)
    }
}

impl Act {
    /// The entry that tells it.
    pub(super) fn event(&self, entry: i32, at_ms: i64, change: DutyChange) -> event::Model {
        event::Model {
            subject_id: self.subject_id.clone(),
            entry,
            at_ms,
            what: change.into(),
            agency: self.agency.clone(),
            who: self.who.clone(),
            words: self.words.clone(),
            day: None,
            percent: None,
            level: None,
            revision: None,
        }
    }
}

/// A request's id stands for one subject.
pub(super) fn same_subject(answered: &str, asked: &str) -> Result<(), Error> {
    if answered == asked { Ok(()) } else { Err(Error::OtherRequest(answered.to_owned())) }
}
