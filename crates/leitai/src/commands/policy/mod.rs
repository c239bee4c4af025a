//! `leitai policy`: a policy held against the plans that it is meant for, tried with scenarios, and asked why a letter was or was not written.

mod scenarios;

use std::path::Path;

use anyhow::Context;
use leitai_domain::{
    division::Registry,
    plan::Plan,
    policy::{EXAMPLE_TOML, Misfit, Policy},
};
use serde_json::json;

use super::{cases, plan};
use crate::{
    cli::{Format, PolicyCommand},
    clients::Clients,
    files,
    listing::Listing,
};

pub async fn run(command: PolicyCommand, clients: Clients) -> anyhow::Result<()> {
    match command {
        PolicyCommand::Check { policy, plans, counties, format } => check(policy.as_deref(), &plans, &counties, format.format),
        PolicyCommand::Test { files, calendar } => scenarios::run(&files, calendar.as_deref()),
        PolicyCommand::Explain { case, format } => cases::explain(case, clients, format.format).await,
    }
}

fn check(policy: Option<&Path>, plans: &[String], counties: &[String], format: Format) -> anyhow::Result<()> {
    let policy = read(policy)?;
    let misfits = misfits(&policy, plans, counties)?;
    listing(&misfits).print(format)?;
    anyhow::ensure!(misfits.is_empty(), "policy `{}`: {} names have no effect under {}", policy.title, misfits.len(), plans.join(", "));
    Ok(())
}

fn read(path: Option<&Path>) -> anyhow::Result<Policy> {
    let Some(path) = path else { return Ok(Policy::from_toml(EXAMPLE_TOML)?) };
    let at = || format!("policy `{}`", path.display());
    Policy::from_toml(&files::text(path).with_context(at)?).with_context(at)
}

/// The names that none of the plans has: a policy may serve several.
fn misfits(policy: &Policy, plans: &[String], counties: &[String]) -> anyhow::Result<Vec<Misfit>> {
    let registry = Registry::shipped()?;
    let mut common: Option<Vec<Misfit>> = None;
    for name in plans {
        let plan = Plan::from_toml(&plan::document(name)?).with_context(|| format!("plan `{name}`"))?;
        anyhow::ensure!(plan.county_targets().next().is_some(), "plan `{name}` sets no county targets: no policy has an effect under it");
        let own = match &plan.county_set {
            Some(set) if counties.is_empty() => registry.county_set(set)?.into_iter().map(|county| county.code.clone()).collect(),
            _ => counties.to_vec(),
        };
        let codes: Vec<&str> = own.iter().map(String::as_str).collect();
        let found = policy.misfits(&plan, &codes);
        common = Some(match common {
            Some(earlier) => {
                earlier.into_iter().filter(|one| found.iter().any(|other| (&other.place, &other.name) == (&one.place, &one.name))).collect()
            }
            None => found,
        });
    }
    Ok(common.unwrap_or_default())
}

fn listing(misfits: &[Misfit]) -> Listing {
    let mut listing = Listing::new(&[("field", "位置"), ("name", "所写"), ("problem", "问题")]);
    for misfit in misfits {
        listing.push(vec![json!(misfit.place.to_string()), json!(misfit.name), json!(misfit.problem.chinese())]);
    }
    listing
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cli::PLAN;

    fn names(policy: &Policy, plans: &[&str]) -> Vec<String> {
        let plans: Vec<String> = plans.iter().map(|plan| (*plan).to_owned()).collect();
        misfits(policy, &plans, &[]).unwrap().into_iter().map(|one| one.name).collect()
    }

    #[test]
    fn a_name_is_wrong_where_no_plan_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let other = directory.path().join("other.toml");
        // The same plan with one indicator under another id, wherever it is named.
        let text = plan::document(PLAN).unwrap().replace("\"loan_growth\"", "\"credit_growth\"");
        fs::write(&other, text).unwrap();
        let weights = "weighting = \"given\"\nweights = { credit_growth = 2, loan_growth = 1, loans = 1 }";
        let group = "[[composite.group]]\nname = \"山区\"\ncounties = [\"230123\", \"430524\"]\n\n[robustness]";
        let text = EXAMPLE_TOML.replacen("weighting = \"equal\"", weights, 1).replacen("[robustness]", group, 1);
        let policy = Policy::from_toml(&text).unwrap();
        assert_eq!(names(&policy, &[PLAN]), ["credit_growth", "loans", "430524"]);
        assert_eq!(names(&policy, &[PLAN, &other.display().to_string()]), ["loans", "430524"]);
        assert_eq!(names(&Policy::example().unwrap(), &[PLAN]), Vec::<String>::new());
    }

    #[test]
    fn a_plan_without_county_targets_is_said_to_be_none_to_check_against() {
        let plans = ["heilongjiang-science-technology-2025".to_owned()];
        let error = misfits(&Policy::example().unwrap(), &plans, &[]).unwrap_err();
        assert!(error.to_string().contains("sets no county targets"), "{error}");
    }
}
