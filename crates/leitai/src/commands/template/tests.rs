use clap::Parser;
use leitai_proto::ingestion::v1::ApplyPlanRequest;

use super::*;
use crate::{
    cli::{Cli, Command, PLAN, ReportCommand, RoleName},
    in_process,
    settings::Settings,
};

/// The shipped plan, and the same without its days.
fn plans() -> [String; 2] {
    let plan = leitai_domain::shipped::plan(PLAN).unwrap();
    let (head, rest) = plan.split_once("\n[rounds]\n").unwrap();
    let (_, tail) = rest.split_once("\n[").unwrap();
    [plan.to_owned(), format!("{head}\n[{tail}")]
}

/// Writes the finance department's template of June; the last day for reports that it is given.
async fn due_as_written(document_toml: String) -> anyhow::Result<String> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("template.csv");
    let path = file.display().to_string();
    let words = ["leitai", "report", "template", "--period", "2025-M06", "--agency", "省财政厅", "-o", &path];
    let Command::Report(ReportCommand::Template(args)) = Cli::try_parse_from(words)?.command else { unreachable!() };
    let settings = in_process::settings(Settings::load(None)?, directory.path())?;
    let work = |mut clients: Clients| async move {
        let plan = Plan::from_toml(&document_toml)?;
        let request = ApplyPlanRequest { request_id: "plan".to_owned(), document_toml, county_codes: Vec::new() };
        answer(clients.plans.apply_plan(request).await)?;
        let due = due(&mut clients, &plan, args.round.period).await?;
        run(args, clients).await.map(|()| due)
    };
    let due = in_process::run(&[RoleName::Ingestion], &settings, work).await?;
    anyhow::ensure!(file.is_file(), "no template was written");
    Ok(due)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_days_has_templates_without_one() {
    let [with, without] = plans();
    // The fifteenth working day after the end of June; no holiday lies in July.
    assert_eq!(due_as_written(with).await.unwrap(), "2025年7月21日");
    assert_eq!(due_as_written(without).await.unwrap(), "");
}
