//! `leitai observations export` and `import`: SDMX-CSV out and in.

use std::fs;

use anyhow::Context;
use leitai_domain::{decimal, plan::Plan};
use leitai_proto::ingestion::v1::{GetPlanRequest, Observation, ReportFile, SubmitReportRequest, submit_report_request::Content};
use leitai_workbook::{
    open::MAX_FILE,
    sdmx::write::{Value, write},
};

use crate::{
    cli::{ExchangeFormat, ObservationExportArgs, ObservationImportArgs},
    clients::{Clients, answer},
    commands::{new_request_id, report},
    files,
    say::{remark, say},
};

pub async fn export(args: ObservationExportArgs, mut clients: Clients) -> anyhow::Result<()> {
    let found = answer(clients.plans.get_plan(GetPlanRequest { plan_id: args.filter.plan.clone() }).await)?;
    let found = found.plan.context("the answer holds no plan")?;
    let observations = super::fetch(&mut clients, super::request(args.filter)).await?;
    let values = observations.into_iter().map(value).collect::<Result<Vec<_>, _>>()?;
    let plan = Plan::from_toml(&found.document_toml)?;
    let content = match args.exchange {
        ExchangeFormat::Sdmx => write(&plan, found.revision, &values)?,
    };
    fs::write(&args.output, content).with_context(|| format!("file `{}`", args.output.display()))?;
    say!("{}: {} values", args.output.display(), values.len());
    Ok(())
}

fn value(observation: Observation) -> anyhow::Result<Value> {
    Ok(Value {
        period: observation.period.parse().with_context(|| format!("period `{}`", observation.period))?,
        division: observation.division_code,
        indicator: observation.indicator_id,
        value: decimal::from_micros(observation.value_micros),
        revision: observation.revision,
        proxy: observation.proxy,
        simulated: observation.simulated,
    })
}

pub async fn import(args: ObservationImportArgs, mut clients: Clients) -> anyhow::Result<()> {
    let name = files::name(&args.file);
    let content = files::read(&args.file, MAX_FILE).with_context(|| format!("file `{}`", args.file.display()))?;
    let request = SubmitReportRequest {
        request_id: args.request_id.unwrap_or_else(new_request_id),
        plan_id: args.plan,
        submitter: args.submitter,
        simulated: args.simulated,
        content: Some(Content::File(ReportFile { name, content, ..ReportFile::default() })),
        ..SubmitReportRequest::default()
    };
    let answered = answer(clients.reports.submit_report(request).await)?;
    let taken = answered.report.context("the answer holds no report")?;
    remark!("report {}, periods {}", taken.report_id, taken.periods.join(", "));
    report::counts(&taken).print(args.format.format)
}
