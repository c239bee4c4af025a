//! A made-up frozen round in which every division is behind on every indicator, with a policy and an address book that fit it.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use leitai_domain::plan::{Indicator, Plan, Target};
use leitai_proto::evaluation::v1::{FrozenRound, Light, StillNeeded, Verdict};

use crate::cli::{PLAN, SizeArgs};

const PERIOD: &str = "2025-M03";
const TASK_FORCE: &str = "县域经济发展专班";
/// Task forces only: one letter for each division, with all its findings.
const POLICY: &str = r#"title = "测试政策"
opens = "red"
task_force_suffix = "县域经济发展专班"
provincial_task_force = "省县域经济发展专班"
series = "测试"
acknowledge_by = "any"
[[tier]]
tier = "notice"
triggers = [{ periods = 1 }]
receives = ["county_task_force"]
acknowledge_working_days = 5
reply_working_days = 10
origin = "made up, to measure with"
"#;

/// Files that notification reads.
#[derive(Debug, Clone)]
pub struct Files {
    /// The policy.
    pub policy: PathBuf,
    /// The address book: one address for each division, all in one reserved domain.
    pub addresses: PathBuf,
}

/// Writes the files that fit a round of this size.
pub fn files(directory: &Path, size: SizeArgs) -> anyhow::Result<Files> {
    let files = Files { policy: directory.join("policy.toml"), addresses: directory.join("addresses.toml") };
    let mut book = String::new();
    for number in 0..size.divisions {
        let (code, name) = division(number);
        writeln!(book, "[[agency]]\nname = \"{name}{TASK_FORCE}\"\ncode = \"{code}\"\naddresses = [\"a{code}@agency.example\"]")?;
    }
    for (path, text) in [(&files.policy, POLICY), (&files.addresses, &book)] {
        fs::write(path, text).with_context(|| format!("file `{}`", path.display()))?;
    }
    Ok(files)
}

/// The round: the shipped county plan's first indicators for every division, all red, marked as simulated.
pub fn frozen(size: SizeArgs) -> anyhow::Result<FrozenRound> {
    let plan = Plan::from_toml(leitai_domain::shipped::plan(PLAN).context("the shipped plan")?)?;
    let targets: Vec<(&Indicator, &Target)> = plan.county_targets().take(usize::try_from(size.indicators)?).collect();
    let verdicts =
        targets.iter().flat_map(|(indicator, target)| (0..size.divisions).map(|number| verdict(indicator, target, number, size)));
    Ok(FrozenRound {
        plan_id: PLAN.to_owned(),
        plan_title: plan.title.clone(),
        period: PERIOD.to_owned(),
        frozen_at: "2025-04-18T08:00:00Z".to_owned(),
        verdicts: verdicts.collect(),
        method_notes: vec!["增速类指标的序时应达值即年度目标。".to_owned()],
        simulated: true,
        overdue_measures: Vec::new(),
    })
}

fn division(number: u32) -> (String, String) {
    (format!("{:06}", 100_000 + number), format!("第{}县", number + 1))
}

fn verdict(indicator: &Indicator, target: &Target, number: u32, size: SizeArgs) -> Verdict {
    let (division_code, division_name) = division(number);
    let (expected, actual) = (5_500_000, 4_100_000 - i64::from(number % 40) * 100_000);
    Verdict {
        plan_id: PLAN.to_owned(),
        indicator_id: indicator.id.clone(),
        indicator_name: indicator.name.clone(),
        unit: indicator.unit.clone(),
        division_code,
        division_name,
        period: PERIOD.to_owned(),
        target_text: target.text.clone(),
        expected_micros: Some(expected),
        actual_micros: Some(actual),
        gap_micros: Some(actual - expected),
        light: Light::Red.into(),
        rank: i32::try_from(number + 1).ok(),
        ranked_count: i32::try_from(size.divisions).unwrap_or(i32::MAX),
        still_needed: Some(StillNeeded {
            value_micros: 5_966_667,
            unit: indicator.unit.clone(),
            share_assumed: true,
            ..StillNeeded::default()
        }),
        simulated: true,
        evaluating_agencies: target.owners.clone(),
        behind_since: PERIOD.to_owned(),
        decimals: 1,
        ..Verdict::default()
    }
}

#[cfg(test)]
mod tests {
    use leitai_notification::NotificationConfig;

    use super::*;

    #[test]
    fn every_division_has_a_red_verdict_on_each_indicator_and_an_address() {
        let size = SizeArgs { divisions: 3, indicators: 13 };
        let round = frozen(size).unwrap();
        assert_eq!(round.verdicts.len(), 39);
        assert!(round.verdicts.iter().all(|verdict| verdict.light() == Light::Red && verdict.simulated));
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path(), size).unwrap();
        let config = NotificationConfig {
            policy_file: Some(files.policy),
            addresses_file: Some(files.addresses),
            ..NotificationConfig::at("http://127.0.0.1:1")
        };
        config.load().unwrap();
    }
}
