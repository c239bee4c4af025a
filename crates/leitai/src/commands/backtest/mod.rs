//! `leitai backtest`: a year of reports replayed against a policy. The real roles run in this process on a directory that is removed
//! again, so that what is counted is what would have been written; nothing is sent.

mod reports;
mod summary;

use std::{collections::BTreeSet, path::Path};

use anyhow::Context;
use leitai_domain::{period::Period, plan::Plan};
use leitai_proto::{
    ingestion::v1::{
        ApplyPlanRequest, FreezeRoundRequest, ItemReason, ListRoundsRequest, RoundState, SubmitReportRequest,
        submit_report_request::Content,
    },
    notification::v1::CaseState,
};
use leitai_worker::TransportConfig;
use serde_json::json;

use self::{
    reports::ReportPath,
    summary::{Counts, Summary},
};
use super::{
    cases,
    findings::{self, Explanation},
    letters, plan, wait,
};
use crate::{
    cli::{BacktestArgs, Format, RoleName},
    clients::{Clients, all_pages, answer},
    files, in_process,
    listing::Listing,
    progress::Progress,
    say::{remark, say},
    settings::Settings,
};

const COLUMNS: [(&str, &str); 8] = [
    ("by", "按"),
    ("name", "名称"),
    ("letters", "函件"),
    ("findings", "落后项次"),
    ("opened", "立案"),
    ("recovered", "自行恢复"),
    ("still_open", "仍落后"),
    ("median_periods_behind", "恢复前落后期数（中位数）"),
];

/// Replays, counts and prints.
pub async fn run(args: BacktestArgs, settings: Settings) -> anyhow::Result<()> {
    print(&outcome(&args, settings).await?, args.format.format)
}

/// Starts the roles, replays, and stops them again.
async fn outcome(args: &BacktestArgs, settings: Settings) -> anyhow::Result<Summary> {
    let directory = tempfile::tempdir().context("a temporary directory")?;
    let live = Clients::new(&settings.endpoints)?;
    let settings = replaying(settings, args, directory.path())?;
    in_process::run(&roles_of(args), &settings, |clients| replay(clients, live, args)).await
}

fn roles_of(args: &BacktestArgs) -> Vec<RoleName> {
    let mut wanted = vec![RoleName::Evaluation, RoleName::Notification];
    if args.reports.is_some() {
        wanted.insert(0, RoleName::Ingestion);
    }
    if args.letters.is_some() {
        wanted.push(RoleName::Worker);
    }
    wanted
}

/// Databases that are removed, the policies asked for, and letters as files at most.
fn replaying(settings: Settings, args: &BacktestArgs, directory: &Path) -> anyhow::Result<Settings> {
    let mut settings = in_process::settings(settings, directory)?;
    settings.evaluation.service.ingestion_endpoint.clone_from(&settings.endpoints.ingestion);
    settings.notification.service.ingestion_endpoint = Some(settings.endpoints.ingestion.clone());
    if args.policy.is_some() {
        settings.evaluation.service.policy_file.clone_from(&args.policy);
    }
    if args.letter_policy.is_some() {
        settings.notification.service.policy_file.clone_from(&args.letter_policy);
    }
    if let Some(letters) = &args.letters {
        settings.worker.transport = TransportConfig::files(letters.clone());
    }
    Ok(settings)
}

async fn replay(mut clients: Clients, live: Clients, args: &BacktestArgs) -> anyhow::Result<Summary> {
    let progress = Progress::begin("replaying");
    let (plan_id, periods) = match &args.reports {
        Some(reports) => submit_all(&mut clients, args, reports, &progress).await?,
        None => (args.plan.clone(), frozen_rounds(live, &args.plan).await?),
    };
    progress.say("waiting for the letters");
    let letters = if args.letters.is_some() {
        wait::for_letters(&clients, &plan_id, &periods).await?
    } else {
        wait::for_rounds(&clients, &plan_id, &periods).await?;
        letters::fetch(clients.clone(), &plan_id, "").await?
    };
    let cases = cases::fetch(clients, &plan_id, CaseState::Unspecified).await?;
    Ok(Summary::of(&letters, &cases))
}

/// The rounds that the running ingestion has frozen.
async fn frozen_rounds(mut live: Clients, plan_id: &str) -> anyhow::Result<Vec<Period>> {
    let page = |page_token| ListRoundsRequest {
        plan_id: plan_id.to_owned(),
        page_size: 1_000,
        page_token,
        states: vec![RoundState::Frozen.into()],
    };
    let rounds = all_pages!(token => live.rounds.list_rounds(page(token)), rounds);
    if rounds.is_empty() {
        anyhow::bail!("plan `{plan_id}` has no frozen round to replay");
    }
    rounds.iter().map(|round| round.period.parse().with_context(|| format!("period `{}`", round.period))).collect()
}

/// Submits the reports in their order and freezes each round of the plan's year after its last one.
async fn submit_all(
    clients: &mut Clients,
    args: &BacktestArgs,
    directory: &Path,
    progress: &Progress,
) -> anyhow::Result<(String, Vec<Period>)> {
    let mut reports = reports::find(directory)?;
    reports.retain(|report| args.until.is_none_or(|until| report.period <= until));
    let document_toml = plan::document(&args.plan)?;
    let plan = Plan::from_toml(&document_toml).with_context(|| format!("plan `{}`", args.plan))?;
    let request = ApplyPlanRequest { request_id: "backtest-plan".to_owned(), document_toml, county_codes: args.counties.clone() };
    answer(clients.plans.apply_plan(request).await).with_context(|| format!("plan `{}`", args.plan))?;
    for report in &reports {
        progress.say(format!("submitting {}", report.path.display()));
        let submit = submit(clients, args, &plan.id, report);
        submit.await.with_context(|| format!("report `{}`", report.path.display()))?;
        let last = reports.iter().rfind(|other| other.period == report.period) == Some(report);
        if last && report.period.year() == plan.year {
            let period = report.period.to_string();
            let request = FreezeRoundRequest { request_id: format!("backtest-{period}"), plan_id: plan.id.clone(), period };
            answer(clients.rounds.freeze_round(request).await).with_context(|| format!("round {}", report.period))?;
        }
    }
    let periods: BTreeSet<Period> = reports.iter().map(|report| report.period).filter(|period| period.year() == plan.year).collect();
    if periods.is_empty() {
        anyhow::bail!("no report is of {}, the year of plan `{}`", plan.year, plan.id);
    }
    Ok((plan.id, periods.into_iter().collect()))
}

async fn submit(clients: &mut Clients, args: &BacktestArgs, plan_id: &str, report: &ReportPath) -> anyhow::Result<()> {
    // The layout is the workbooks'; a CSV file has the long form.
    let layout = args.layout.as_deref().filter(|_| report.path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("csv")));
    let file = files::report(&report.path, layout, report.period.year())?;
    let name = file.name.clone();
    let request = SubmitReportRequest {
        request_id: format!("backtest-{name}"),
        plan_id: plan_id.to_owned(),
        submitter: "回测".to_owned(),
        simulated: args.simulated,
        content: Some(Content::File(file)),
        ..SubmitReportRequest::default()
    };
    let answered = answer(clients.reports.submit_report(request).await)?;
    let answered = answered.report.context("the answer holds no report")?;
    explain(clients, &name, &answered.report_id).await?;
    let accepted = answered.counts.iter().any(|count| count.reason() == ItemReason::Accepted && count.count > 0);
    if !accepted {
        anyhow::bail!("no value was accepted; `leitai report submit` shows what became of every cell");
    }
    for count in answered.counts.iter().filter(|count| count.reason() != ItemReason::Accepted) {
        remark!("{name}: {} {}", count.count, crate::words::item_reason(count.reason()));
    }
    Ok(())
}

/// Held values stand in a replay: what was reported was in force.
async fn explain(clients: &Clients, name: &str, report_id: &str) -> anyhow::Result<()> {
    let request_id = format!("backtest-{name}");
    let explanation = Explanation { report_id, agency: "回测", who: "", words: "回测：按上报数采用", request_id: &request_id };
    let explained = findings::explain_all(clients.clone(), &explanation).await?;
    if !explained.is_empty() {
        remark!("{name}: {} held for an explanation, taken as reported", explained.len());
    }
    Ok(())
}

fn print(summary: &Summary, format: Format) -> anyhow::Result<()> {
    if format != Format::Table {
        let mut all = Listing::new(&COLUMNS);
        summary.agencies.iter().for_each(|(name, counts)| all.push(row("agency", name, counts)));
        summary.rounds.iter().for_each(|(name, counts)| all.push(row("round", name, counts)));
        all.push(row("total", "", &summary.total));
        return all.print(format);
    }
    let mut agencies = Listing::new(&COLUMNS);
    summary.agencies.iter().for_each(|(name, counts)| agencies.push(row("单位", name, counts)));
    agencies.push(row("合计", "", &summary.total));
    say!("{}", agencies.table());
    let mut rounds = Listing::new(&COLUMNS);
    summary.rounds.iter().for_each(|(name, counts)| rounds.push(row("期别", name, counts)));
    say!("{}", rounds.table());
    say!("自行恢复：回放中没有人收到函件，恢复只来自所报数据；这些数据若曾受实际督办影响，回放无法剔除。");
    Ok(())
}

fn row(by: &str, name: &str, counts: &Counts) -> Vec<serde_json::Value> {
    vec![
        json!(by),
        json!(name),
        json!(counts.letters),
        json!(counts.findings),
        json!(counts.opened),
        json!(counts.recovered),
        json!(counts.still_open),
        json!(counts.median_behind.map(|median| format!("{median:.1}"))),
    ]
}

#[cfg(test)]
mod tests;
