//! `leitai report template`: what an agency owes, as a file to fill.

mod findings;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use leitai_domain::{decimal, division::Registry, period::Period, plan::Plan};
use leitai_proto::ingestion::v1::{GetPlanRequest, ListObligationsRequest, ListObservationsRequest, Observation};
use leitai_workbook::template::{Asking, Form, Key, Known, table, write};

use crate::{
    cli::TemplateArgs,
    clients::{Clients, all_pages, answer},
    commands::{observations, round},
    say::{remark, say},
};

pub async fn run(args: TemplateArgs, mut clients: Clients) -> anyhow::Result<()> {
    let found = answer(clients.plans.get_plan(GetPlanRequest { plan_id: args.round.plan.clone() }).await)?;
    let found = found.plan.context("the answer holds no plan")?;
    let plan = Plan::from_toml(&found.document_toml)?;
    let (period, registry) = (args.round.period, Registry::shipped()?);
    let owed = owed(&mut clients, &plan, period).await?;
    let due = due(&mut clients, &plan, period).await?;
    let mut asked = Vec::new();
    for (agency, path) in files(&args, &owed)? {
        let keys = owed.get(&agency).with_context(|| format!("`{agency}` owes nothing at {period}; {}", who_owes(&owed)))?;
        asked.push((agency, path, Asking::of(&plan, period, keys.clone())));
    }
    let known = known(&mut clients, &plan, asked.iter().map(|(.., asking)| asking)).await?;
    for (agency, path, asking) in asked {
        let form = Form::new(&plan, found.revision, period, &agency, &asking, &registry).with_known(&known, args.filled);
        let form = Form { contact: args.contact.clone(), due: due.clone(), ..form };
        let found = findings::of(&mut clients, &plan.id, &agency, period).await?;
        let form = form.with_findings(found.clone());
        save(&path, &form)?;
        say!("{} {agency}: {} cells, {} of them owed", path.display(), form.asked.len(), asking.owed.len());
        told(&form, &found);
    }
    Ok(())
}

/// How many cells are marked, and what was found where the template has no cell.
fn told(form: &Form, found: &BTreeMap<Key, String>) {
    if !form.findings.is_empty() {
        say!("  {} cells marked: as last reported they need a word or another number", form.findings.len());
    }
    let elsewhere = found.iter().filter(|(key, _)| !form.asked.contains_key(key));
    elsewhere.for_each(|((division, indicator), found)| remark!("{}: {division} {indicator} is not asked for here: {found}", form.agency));
}

/// What every agency owes, by the agencies' names.
async fn owed(clients: &mut Clients, plan: &Plan, period: Period) -> anyhow::Result<BTreeMap<String, BTreeSet<Key>>> {
    let page = |page_token| ListObligationsRequest {
        plan_id: plan.id.clone(),
        period: period.to_string(),
        page_size: 1_000,
        page_token,
        ..ListObligationsRequest::default()
    };
    let obligations = all_pages!(token => clients.rounds.list_obligations(page(token)), obligations);
    let mut owed: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
    for obligation in obligations {
        for agency in obligation.agencies {
            owed.entry(agency).or_default().insert((obligation.division_code.clone(), obligation.indicator_id.clone()));
        }
    }
    anyhow::ensure!(!owed.is_empty(), "plan `{}` has nothing due at {period}", plan.id);
    Ok(owed)
}

/// The last day for reports, Chinese; empty where the plan has no days.
async fn due(clients: &mut Clients, plan: &Plan, period: Period) -> anyhow::Result<String> {
    let round = round::fetch(clients, &plan.id, period).await?.unwrap_or_default();
    let parts: Vec<&str> = round.due_on.split('-').map(|part| part.trim_start_matches('0')).collect();
    let [year, month, day] = parts.as_slice() else { return Ok(String::new()) };
    Ok(format!("{year}年{month}月{day}日"))
}

/// Whose template goes where.
fn files(args: &TemplateArgs, owed: &BTreeMap<String, BTreeSet<Key>>) -> anyhow::Result<Vec<(String, PathBuf)>> {
    if let Some(agency) = &args.agency {
        return Ok(vec![(agency.clone(), args.output.clone())]);
    }
    let period = args.round.period;
    fs::create_dir_all(&args.output).with_context(|| format!("directory `{}`", args.output.display()))?;
    let file = |agency: &str| format!("{}-{period}.xlsx", agency.replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|'], "_"));
    Ok(owed.keys().map(|agency| (agency.clone(), args.output.join(file(agency)))).collect())
}

fn who_owes(owed: &BTreeMap<String, BTreeSet<Key>>) -> String {
    format!("who owes something: {}", owed.keys().map(String::as_str).collect::<Vec<_>>().join("、"))
}

/// Every value in force of the indicators that anybody is asked for; a form takes what is its own.
async fn known(clients: &mut Clients, plan: &Plan, asked: impl Iterator<Item = &Asking>) -> anyhow::Result<Vec<Known>> {
    let indicators: BTreeSet<&String> = asked.flat_map(Asking::keys).map(|(_, indicator)| indicator).collect();
    let mut known = Vec::new();
    for indicator in indicators {
        let request =
            ListObservationsRequest { plan_id: plan.id.clone(), indicator_id: indicator.clone(), ..ListObservationsRequest::default() };
        let observations = observations::fetch(clients, request).await?;
        known.extend(observations.into_iter().filter_map(value));
    }
    Ok(known)
}

fn value(observation: Observation) -> Option<Known> {
    let period = observation.period.parse().ok()?;
    let value = decimal::from_micros(observation.value_micros);
    Some(Known { key: (observation.division_code, observation.indicator_id), period, value })
}

fn save(path: &Path, form: &Form) -> anyhow::Result<()> {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    let content = match extension.as_deref().and_then(|extension| extension.to_str()) {
        Some("xlsx") => write::write(form).context("the workbook cannot be written")?,
        Some("csv") => table::write(form).context("the CSV cannot be written")?,
        _ => anyhow::bail!("`{}` is neither .xlsx nor .csv", path.display()),
    };
    fs::write(path, content).with_context(|| format!("file `{}`", path.display()))
}

#[cfg(test)]
mod tests;
