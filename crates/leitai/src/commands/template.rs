//! `leitai report template`: what an agency owes, as a file to fill.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use leitai_domain::{decimal, division::Registry, period::Period, plan::Plan};
use leitai_proto::ingestion::v1::{GetPlanRequest, ListObservationsRequest, Observation};
use leitai_workbook::template::{Asking, Form, Known, agencies, table, write};

use crate::{
    cli::TemplateArgs,
    clients::{Clients, all_pages, answer},
    say::say,
};

pub async fn run(args: TemplateArgs, mut clients: Clients) -> anyhow::Result<()> {
    let found = answer(clients.plans.get_plan(GetPlanRequest { plan_id: args.round.plan.clone() }).await)?;
    let found = found.plan.context("the answer holds no plan")?;
    let plan = Plan::from_toml(&found.document_toml)?;
    let (period, registry) = (args.round.period, Registry::shipped()?);
    let counties = match &plan.county_set {
        Some(set) => registry.county_set(set)?.into_iter().map(|county| county.code).collect(),
        None => Vec::new(),
    };
    for (agency, path) in files(&args, &plan)? {
        let asking = Asking::by_plan(&plan, period, &agency, &counties);
        anyhow::ensure!(!asking.owed.is_empty(), "`{agency}` owes nothing at {period}; {}", who_owes(&plan, period));
        let known = known(&mut clients, &plan, &asking).await?;
        let form = Form::new(&plan, found.revision, period, &agency, &asking, &registry).with_known(&known, args.filled);
        let form = Form { contact: args.contact.clone(), ..form };
        save(&path, &form)?;
        say!("{} {agency}: {} cells, {} of them owed", path.display(), form.asked.len(), asking.owed.len());
    }
    Ok(())
}

/// Whose template goes where.
fn files(args: &TemplateArgs, plan: &Plan) -> anyhow::Result<Vec<(String, PathBuf)>> {
    if let Some(agency) = &args.agency {
        return Ok(vec![(agency.clone(), args.output.clone())]);
    }
    let period = args.round.period;
    fs::create_dir_all(&args.output).with_context(|| format!("directory `{}`", args.output.display()))?;
    let file = |agency: &str| format!("{}-{period}.xlsx", agency.replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|'], "_"));
    let files: Vec<_> = agencies(plan, period).into_iter().map(|agency| (agency.to_owned(), args.output.join(file(agency)))).collect();
    anyhow::ensure!(!files.is_empty(), "{}", who_owes(plan, period));
    Ok(files)
}

fn who_owes(plan: &Plan, period: Period) -> String {
    match agencies(plan, period) {
        none if none.is_empty() => format!("plan `{}` has nothing due at {period}", plan.id),
        some => format!("who owes something: {}", some.join("、")),
    }
}

/// Every value in force of the indicators asked for.
async fn known(clients: &mut Clients, plan: &Plan, asking: &Asking) -> anyhow::Result<Vec<Known>> {
    let indicators: BTreeSet<&String> = asking.keys().map(|(_, indicator)| indicator).collect();
    let mut known = Vec::new();
    for indicator in indicators {
        let page = |page_token| ListObservationsRequest {
            plan_id: plan.id.clone(),
            indicator_id: indicator.clone(),
            page_size: 1_000,
            page_token,
            ..ListObservationsRequest::default()
        };
        let observations = all_pages!(token => clients.reports.list_observations(page(token)), observations);
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
