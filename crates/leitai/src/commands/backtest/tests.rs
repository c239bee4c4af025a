use std::fs;

use clap::Parser;

use super::*;
use crate::cli::{Cli, Command};

/// Growth of three counties' revenue; the target is 8 and more, what lies below 7 is behind (a margin of 1.0).
const MONTHS: [(&str, [&str; 3]); 4] =
    [("2024-M12", ["5", "5", "5"]), ("2025-M02", ["2.0", "8", "8"]), ("2025-M03", ["2.0", "8", "2.0"]), ("2025-M04", ["8", "8", "2.0"])];
const COUNTIES: [&str; 3] = ["230123", "230124", "230125"];

fn reports() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (period, values) in MONTHS {
        let rows = COUNTIES.iter().zip(values).map(|(county, value)| format!("{county},budget_revenue_growth,{period},{value},%\n"));
        let text: String = std::iter::once("division,indicator,period,value,unit\n".to_owned()).chain(rows).collect();
        fs::write(directory.path().join(format!("{period}.csv")), text).unwrap();
    }
    directory
}

async fn backtest(directory: &Path, more: &[&str]) -> anyhow::Result<Summary> {
    let reports = directory.display().to_string();
    let counties = COUNTIES.join(",");
    let words = ["leitai", "backtest", "--reports", &reports, "--counties", &counties];
    let Command::Backtest(args) = Cli::try_parse_from(words.iter().chain(more))?.command else { unreachable!() };
    outcome(&args, Settings::load(None)?).await
}

fn counts(letters: usize, findings: usize, [opened, recovered, still_open]: [usize; 3], median_behind: Option<f64>) -> Counts {
    Counts { letters, findings, opened, recovered, still_open, median_behind }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_counties_and_what_became_of_them() {
    let (reports, letters) = (reports(), tempfile::tempdir().unwrap());
    let written = letters.path().display().to_string();
    let summary = backtest(reports.path(), &["--letters", &written]).await.unwrap();
    // The first county is behind in February and March and recovers in April, the third falls behind in March and stays behind.
    // Each round brings one letter to the evaluator and one to each county behind.
    let named = |(name, counts): (&str, Counts)| (name.to_owned(), counts);
    let rounds = [
        ("2025-M02", counts(2, 2, [1, 1, 0], Some(2.0))),
        ("2025-M03", counts(3, 4, [1, 0, 1], None)),
        ("2025-M04", counts(2, 2, [0, 0, 0], None)),
    ];
    assert_eq!(summary.rounds, rounds.map(named));
    assert_eq!(summary.total, counts(7, 8, [2, 1, 1], Some(2.0)));
    assert_eq!(summary.agencies.first(), Some(&named(("省财政厅", counts(3, 4, [2, 1, 1], Some(2.0))))));
    assert_eq!(summary.agencies.len(), 3);
    assert_eq!(fs::read_dir(letters.path()).unwrap().count(), 7);
    // The same again, whatever the clock says.
    assert_eq!(backtest(reports.path(), &[]).await.unwrap(), summary);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_milder_policy_and_a_shorter_year_write_less() {
    let reports = reports();
    let until_march = backtest(reports.path(), &["--until", "2025-M03"]).await.unwrap();
    assert_eq!(until_march.total, counts(5, 6, [2, 0, 2], None));
    let policies = tempfile::tempdir().unwrap();
    let policy = policies.path().join("mild.toml");
    let mild = leitai_domain::policy::EXAMPLE_TOML.replace("rate_points = \"1.0\"", "rate_points = \"6.0\"");
    assert!(mild.contains("\"6.0\""));
    fs::write(&policy, mild).unwrap();
    let mild = backtest(reports.path(), &["--policy", &policy.display().to_string()]).await;
    // 8 − 6.0 is 2.0: nobody is behind by more than the margin.
    assert_eq!(mild.unwrap(), Summary { rounds: Vec::new(), ..Summary::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_without_a_usable_value_stops_the_replay() {
    let reports = reports();
    fs::write(reports.path().join("2025-M05.csv"), "division,indicator,period,value,unit\n999999,budget_revenue_growth,2025-M05,1,%\n")
        .unwrap();
    let error = format!("{:#}", backtest(reports.path(), &[]).await.unwrap_err());
    assert!(error.contains("2025-M05.csv") && error.contains("no value was accepted"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_value_stands_however_many_findings_are_before_it() {
    let directory = tempfile::tempdir().unwrap();
    // Refused, each with a finding: more than the answer to a report lists.
    let months = (1990..2024).flat_map(|year| (1..=12).map(move |month| format!("{year}-M{month:02}")));
    let refused = months.flat_map(|period| COUNTIES.map(|county| format!("{county},budget_revenue_growth,{period},-200,%\n")));
    // The last is behind, and is held: the plan asks for an explanation below −60.
    let last = COUNTIES.iter().zip(["8", "8", "-61"]).map(|(county, value)| format!("{county},budget_revenue_growth,2025-M02,{value},%\n"));
    let text: String = std::iter::once("division,indicator,period,value,unit\n".to_owned()).chain(refused).chain(last).collect();
    fs::write(directory.path().join("2025-M02.csv"), text).unwrap();
    let summary = backtest(directory.path(), &[]).await.unwrap();
    assert_eq!(summary.total, counts(2, 2, [1, 0, 1], None));
}
