//! `leitai measures template` and `import`.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use leitai_domain::plan::Plan;
use leitai_proto::ingestion::v1::{ApplyListRequest, ApplyListResponse, DutyFile, apply_list_request::Content};
use leitai_workbook::{duties::template as workbook, open::MAX_FILE};

use super::listing;
use crate::{
    cli::Format,
    clients::{Clients, answer},
    commands::{new_request_id, plan::document},
    files,
    say::remark,
};

/// What the command line asks for.
pub struct Asked {
    pub plan: String,
    pub list: String,
    pub agency: String,
    pub who: String,
    pub sheet: String,
    pub cancel_missing: String,
    pub dry_run: bool,
    pub request_id: Option<String>,
}

/// Writes the template, with the example rows or without.
pub fn template(output: &Path, plan: &str, example: bool) -> anyhow::Result<()> {
    let plan = Plan::from_toml(&document(plan)?)?;
    let bytes = if example { self::example(&plan)? } else { workbook::write(&plan, &format!("{}责任清单", plan.title), &[])? };
    fs::write(output, bytes).with_context(|| format!("template `{}`", output.display()))
}

/// The template with the example rows, whose deeds and names are made up.
pub fn example(plan: &Plan) -> anyhow::Result<Vec<u8>> {
    Ok(workbook::write(plan, &format!("{}责任清单（示例，内容虚构）", plan.title), &workbook::example()?)?)
}

/// Applies a list; a list with faults is an error after they are printed.
pub async fn run(mut clients: Clients, file: &Path, asked: Asked, format: Format) -> anyhow::Result<()> {
    let Asked { plan, list, agency, who, sheet, cancel_missing, dry_run, request_id } = asked;
    let name = files::name(file);
    let content = files::read(file, MAX_FILE).with_context(|| format!("list `{}`", file.display()))?;
    let request = ApplyListRequest {
        request_id: request_id.unwrap_or_else(new_request_id),
        plan_id: plan,
        list_id: list,
        agency,
        who,
        cancel_missing_reason: cancel_missing,
        dry_run,
        content: Some(Content::File(DutyFile { name, content, sheet })),
    };
    let ApplyListResponse { applied, revision, items, faults } = answer(clients.duties.apply_list(request).await)?;
    if !faults.is_empty() {
        listing::faults(&faults).print(format)?;
        bail!("{} cells cannot be taken, nothing was stored", faults.len());
    }
    listing::items(&items).print(format)?;
    remark!("{}, revision {revision}", if applied { "applied" } else { "dry run, nothing was stored" });
    Ok(())
}
