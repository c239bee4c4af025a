//! Applying and reading plans.

use leitai_rpc::clock::millis;
use std::collections::BTreeSet;

use leitai_checks::RuleSet;
use leitai_domain::{
    division::{Division, Level},
    plan::Plan as Document,
};
use leitai_proto::ingestion::v1::{ApplyPlanResponse, Change, County, Plan, PlanApplied, change::Kind};
use prost::Message;

use super::{NewPlan, Service};
use crate::{error::Error, store::plans};

const METHOD: &str = "ApplyPlan";

impl Service {
    /// Stores a plan document; unchanged text and counties store nothing.
    ///
    /// # Errors
    /// [`Error::Plan`], [`Error::Rule`], [`Error::CountySet`] and [`Error::County`] name what is wrong with the document or the codes.
    pub async fn apply_plan(&self, new: NewPlan) -> Result<ApplyPlanResponse, Error> {
        let document = Document::from_toml(&new.document_toml)?;
        RuleSet::compile(&document)?;
        let counties = self.counties(&document, &new.county_codes)?;
        self.once(METHOD, &new.request_id, || self.store_plan(&new, &document, &counties)).await
    }

    /// The newest revision of a plan.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`].
    pub async fn plan(&self, plan_id: &str) -> Result<Plan, Error> {
        plans::newest(self.database.connection(), plan_id).await?.ok_or_else(|| Error::UnknownPlan(plan_id.to_owned()))
    }

    /// Up to `limit` plans after a plan id.
    ///
    /// # Errors
    /// The database's own.
    pub async fn plans(&self, after: Option<&str>, limit: u64) -> Result<Vec<Plan>, Error> {
        Ok(plans::list(self.database.connection(), after, limit).await?)
    }

    async fn store_plan(&self, new: &NewPlan, document: &Document, counties: &[County]) -> Result<ApplyPlanResponse, Error> {
        let tx = self.database.begin().await?;
        plans::lock(&tx, &document.id).await?;
        let known = plans::newest(&tx, &document.id).await?;
        let revision = known.as_ref().map_or(1, |plan| plan.revision + 1);
        let plan = Plan {
            plan_id: document.id.clone(),
            revision,
            title: document.title.clone(),
            year: document.year,
            document_toml: new.document_toml.clone(),
        };
        if let Some(known) = known.filter(|known| known.document_toml == new.document_toml)
            && plans::counties(&tx, &known.plan_id, known.revision).await? == counties
        {
            let answer = ApplyPlanResponse { plan: Some(known), changed: false };
            self.finish(tx, METHOD, &new.request_id, &answer).await?;
            return Ok(answer);
        }
        let at = millis(self.clock.now());
        plans::add(&tx, &plan, counties, at).await?;
        self.reschedule(&tx, &plan, document).await?;
        let applied = PlanApplied { plan: Some(plan.clone()), counties: counties.to_vec() };
        let change = Change { sequence: 0, recorded_at_ms: at, kind: Some(Kind::PlanApplied(applied)) };
        self.log.append(&tx, vec![change.encode_to_vec()]).await?;
        let answer = ApplyPlanResponse { plan: Some(plan), changed: true };
        self.finish(tx, METHOD, &new.request_id, &answer).await?;
        self.planned.notify_one();
        Ok(answer)
    }

    /// The counties that the plan judges, ascending by code.
    fn counties(&self, document: &Document, codes: &[String]) -> Result<Vec<County>, Error> {
        if !codes.is_empty() {
            return codes.iter().collect::<BTreeSet<_>>().into_iter().map(|code| self.county_of(code)).collect();
        }
        let Some(set) = &document.county_set else { return Ok(Vec::new()) };
        Ok(self.registry.county_set(set)?.iter().map(|division| self.county(division)).collect())
    }

    fn county_of(&self, code: &str) -> Result<County, Error> {
        let found = self.registry.get(code).filter(|division| division.level == Level::County);
        found.map(|division| self.county(division)).ok_or_else(|| Error::County(code.to_owned()))
    }

    /// A county with what is directly above it: its prefecture, or the province where it has none.
    fn county(&self, division: &Division) -> County {
        let above = division.parent_code.as_deref().and_then(|code| self.registry.get(code));
        County {
            code: division.code.clone(),
            name: division.name.clone(),
            prefecture_code: above.map(|above| above.code.clone()).unwrap_or_default(),
            prefecture_name: above.map(|above| above.name.clone()).unwrap_or_default(),
        }
    }
}
