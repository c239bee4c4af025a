//! `leitai demo`: the main job, whole. All roles run in this process on SQLite files in one directory and speak gRPC over loopback.
//!
//! Every write has a fixed request id, so a demo that was cut off goes on where it was when it is started again in the same directory.

mod data;
mod directory;
mod print;

use anyhow::Context;
use leitai_proto::ingestion::v1::{
    ApplyListRequest, ApplyPlanRequest, DutyFile, Finding, FindingSeverity, FreezeRoundRequest, ItemReason, Report, SubmitReportRequest,
    apply_list_request::Content as DutyContent,
};

use self::data::{Batch, DataSet};
use crate::{
    cli::{DemoArgs, RoleName},
    clients::{Clients, answer},
    commands::{
        findings::{self, Explanation},
        wait,
    },
    in_process,
    progress::Progress,
    say::say,
    settings::Settings,
};

/// Runs the demo and stops every role again.
pub async fn run(args: DemoArgs, settings: Settings) -> anyhow::Result<()> {
    let directory = directory::prepare(&args)?;
    let settings = directory::settings(settings, &directory, args.smtp.as_deref())?;
    in_process::run(RoleName::All.parts(), &settings, |clients| work(clients, &args, &directory)).await
}

async fn work(mut clients: Clients, args: &DemoArgs, directory: &directory::Directory) -> anyhow::Result<()> {
    let set = data::load(args.data)?;
    say!("{}\n", set.description);
    print::heading("一、方案自查");
    print::lint()?;

    let progress = Progress::begin("applying plans");
    apply_plans(&mut clients, &set).await?;
    let measures = import_duties(&mut clients, &set).await?;
    let mut reports = Vec::new();
    for batch in &set.batches {
        progress.say(format!("submitting {}", batch.title));
        reports.push(submit(&mut clients, batch).await?);
    }
    progress.say("waiting for the letters");
    let letters = wait::for_letters(&clients, data::PLAN_ID, &set.periods()).await?;
    drop(progress);

    print::heading("二、数据导入");
    print::imports(&reports, measures);
    let printed = reports.iter().flat_map(|taken| &taken.report.counts).filter(|count| count.reason() == ItemReason::PrintedRank);
    let printed: i32 = printed.map(|count| count.count).sum();
    print::round(&clients, set.last_period()?, set.simulated, usize::try_from(printed)?).await?;
    print::heading("六、函件");
    print::letters(&letters, directory, args.smtp.as_deref());
    wait::check_sent(&letters)
}

async fn apply_plans(clients: &mut Clients, set: &DataSet) -> anyhow::Result<()> {
    for (id, document_toml) in leitai_domain::shipped::plans() {
        let county_codes = if id == data::PLAN_ID { set.county_codes.clone() } else { Vec::new() };
        let request = ApplyPlanRequest { request_id: format!("demo-{id}"), document_toml: document_toml.to_owned(), county_codes };
        answer(clients.plans.apply_plan(request).await).with_context(|| format!("plan {id}"))?;
    }
    Ok(())
}

/// Answers with how many measures the list has; measures past their day are named in the letters.
async fn import_duties(clients: &mut Clients, set: &DataSet) -> anyhow::Result<usize> {
    let Some(content) = set.duties.clone() else { return Ok(0) };
    let request = ApplyListRequest {
        request_id: "demo-duties".to_owned(),
        plan_id: data::PLAN_ID.to_owned(),
        list_id: "demo".to_owned(),
        agency: "黑龙江省县域经济发展专班".to_owned(),
        who: "演示".to_owned(),
        content: Some(DutyContent::File(DutyFile { name: "责任清单.xlsx".to_owned(), content, sheet: String::new() })),
        ..ApplyListRequest::default()
    };
    let applied = answer(clients.duties.apply_list(request).await).context("the responsibility list")?;
    anyhow::ensure!(applied.faults.is_empty(), "the responsibility list has {} faults", applied.faults.len());
    Ok(applied.items.len())
}

/// A report that was taken, and what came of its findings.
pub struct Taken {
    /// For people, Chinese.
    title: String,
    /// As it was first answered.
    report: Report,
    /// Refused and held values; the held ones with the demo's explanation.
    findings: Vec<Finding>,
    /// How many notes there were besides.
    notes: usize,
}

/// Submits a batch, explains what is held, and freezes the round that it completes.
async fn submit(clients: &mut Clients, batch: &Batch) -> anyhow::Result<Taken> {
    let request = SubmitReportRequest {
        request_id: format!("demo-{}", batch.key),
        plan_id: data::PLAN_ID.to_owned(),
        submitter: batch.submitter.to_owned(),
        simulated: batch.simulated,
        content: Some(batch.content.clone()),
        ..SubmitReportRequest::default()
    };
    let response = answer(clients.reports.submit_report(request).await).with_context(|| batch.title.clone())?;
    let report = response.report.context("the answer holds no report")?;
    let (findings, notes) = explained(clients, batch, &report.report_id).await?;
    if let Some(period) = batch.completes {
        let request =
            FreezeRoundRequest { request_id: format!("demo-{period}"), plan_id: data::PLAN_ID.to_owned(), period: period.to_string() };
        answer(clients.rounds.freeze_round(request).await).with_context(|| format!("round {period}"))?;
    }
    Ok(Taken { title: batch.title.clone(), report, findings, notes })
}

/// The demo answers for the submitter; a run that goes on where it was cut off finds its answers there.
async fn explained(clients: &Clients, batch: &Batch, report_id: &str) -> anyhow::Result<(Vec<Finding>, usize)> {
    let request_id = format!("demo-{}", batch.key);
    let explanation = Explanation { report_id, agency: batch.submitter, who: "", words: batch.explanation, request_id: &request_id };
    findings::explain_all(clients.clone(), &explanation).await?;
    let all = findings::fetch(clients.clone(), report_id, "", false).await?;
    let (notes, others): (Vec<Finding>, Vec<Finding>) = all.into_iter().partition(|one| one.severity() == FindingSeverity::Note);
    Ok((others, notes.len()))
}
