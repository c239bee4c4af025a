//! `leitai plan`: lint, show, apply, list.

use std::path::Path;

use anyhow::Context;
use leitai_checks::RuleSet;
use leitai_domain::{
    division::Registry,
    lint::{self, Finding},
    plan::{Indicator, Plan, Scope, Target},
    shipped,
};
use leitai_proto::ingestion::v1::{ApplyPlanRequest, ListPlansRequest};
use serde_json::{Value, json};

use crate::{
    cli::PlanCommand,
    clients::{Clients, all_pages, answer},
    files,
    listing::Listing,
    say::say,
};

pub async fn run(command: PlanCommand, clients: Clients) -> anyhow::Result<()> {
    match command {
        PlanCommand::Lint { plan, format } => lint_all(plan.as_deref())?.print(format.format),
        PlanCommand::Show { plan, format } => targets(&read(&document(&plan)?, &plan)?).print(format.format),
        PlanCommand::Apply { plan, counties } => apply(clients, &plan, counties).await,
        PlanCommand::List { format } => list(clients).await?.print(format.format),
    }
}

/// What each plan's own numbers imply about each other, with the plan's id; `None`: every shipped plan.
pub fn findings(plan: Option<&str>) -> anyhow::Result<Vec<(String, Finding)>> {
    let registry = Registry::shipped()?;
    let names = plan.map_or_else(|| shipped::PLANS.iter().map(|(id, _)| *id).collect(), |name| vec![name]);
    let mut findings = Vec::new();
    for name in names {
        let plan = read(&document(name)?, name)?;
        findings.extend(lint::lint(&plan, &registry).into_iter().map(|finding| (plan.id.clone(), finding)));
    }
    Ok(findings)
}

fn lint_all(plan: Option<&str>) -> anyhow::Result<Listing> {
    let mut listing =
        Listing::new(&[("plan_id", "方案"), ("severity", "程度"), ("rule", "规则"), ("indicators", "指标"), ("sentence", "说明")]);
    for (plan_id, finding) in findings(plan)? {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        listing.push(vec![json!(plan_id), json!(severity), json!(finding.rule), json!(finding.indicators), json!(finding.sentence)]);
    }
    Ok(listing)
}

/// A shipped plan's text, or a file's.
pub fn document(name: &str) -> anyhow::Result<String> {
    if let Some(text) = shipped::plan(name) {
        return Ok(text.to_owned());
    }
    let known: Vec<&str> = shipped::PLANS.iter().map(|(id, _)| *id).collect();
    files::text(Path::new(name)).with_context(|| format!("`{name}` is no readable file and no shipped plan ({})", known.join(", ")))
}

/// Its rules are compiled as well: a plan is refused for them too.
fn read(text: &str, name: &str) -> anyhow::Result<Plan> {
    let plan = Plan::from_toml(text).with_context(|| format!("plan `{name}`"))?;
    RuleSet::compile(&plan).with_context(|| format!("plan `{name}`"))?;
    Ok(plan)
}

fn targets(plan: &Plan) -> Listing {
    let mut listing = Listing::new(&[
        ("indicator_id", "编码"),
        ("scope", "范围"),
        ("number", "序号"),
        ("indicator", "指标"),
        ("unit", "单位"),
        ("baseline", "上年"),
        ("target", "目标"),
        ("owners", "责任单位"),
        ("places", "出处"),
    ]);
    for indicator in &plan.indicators {
        if let Some(target) = &indicator.target {
            listing.push(target_row(indicator, target));
        }
    }
    listing
}

fn target_row(indicator: &Indicator, target: &Target) -> Vec<Value> {
    let scope = match indicator.scope {
        Scope::Province => "province",
        Scope::County => "county",
    };
    let owners = if target.owners.is_empty() { json!(["方案未写明"]) } else { json!(target.owners) };
    let places: Vec<&str> = target.sources.iter().map(|source| source.place.as_str()).collect();
    vec![
        json!(indicator.id),
        json!(scope),
        json!(indicator.number),
        json!(indicator.name),
        json!(indicator.unit),
        json!(target.baseline),
        json!(target.text),
        owners,
        json!(places),
    ]
}

async fn apply(mut clients: Clients, name: &str, county_codes: Vec<String>) -> anyhow::Result<()> {
    let request = ApplyPlanRequest { request_id: super::new_request_id(), document_toml: document(name)?, county_codes };
    let applied = answer(clients.plans.apply_plan(request).await)?;
    let plan = applied.plan.context("the answer holds no plan")?;
    let word = if applied.changed { "applied" } else { "unchanged" };
    say!("{} revision {}: {word}", plan.plan_id, plan.revision);
    Ok(())
}

async fn list(mut clients: Clients) -> anyhow::Result<Listing> {
    let plans = all_pages!(page_token => clients.plans.list_plans(ListPlansRequest { page_size: 0, page_token }), plans);
    let mut listing = Listing::new(&[("plan_id", "方案"), ("revision", "版本"), ("year", "年度"), ("title", "名称")]);
    for plan in plans {
        listing.push(vec![json!(plan.plan_id), json!(plan.revision), json!(plan.year), json!(plan.title)]);
    }
    Ok(listing)
}
