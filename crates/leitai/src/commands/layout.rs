//! `leitai layout suggest`: a draft of the layout of an unknown workbook.

use std::{
    fs::{self, File},
    io::Write,
};

use anyhow::Context;
use leitai_domain::{division::Registry, plan::Plan};
use leitai_workbook::{
    open::open_named,
    suggest::{Claim, Draft, suggest},
};

use crate::{
    cli::{LayoutCommand, SuggestArgs},
    commands::plan::document,
    say::say,
};

pub fn run(command: LayoutCommand) -> anyhow::Result<()> {
    match command {
        LayoutCommand::Suggest(args) => draft(&args),
    }
}

fn draft(args: &SuggestArgs) -> anyhow::Result<()> {
    let file = || format!("file `{}`", args.file.display());
    let content = fs::read(&args.file).with_context(file)?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let book = open_named(&name, &content).with_context(file)?;
    let plan = Plan::from_toml(&document(&args.plan)?).with_context(|| format!("plan `{}`", args.plan))?;
    let draft = suggest(&book, &Registry::shipped()?, &plan, args.under.as_deref()).with_context(file)?;
    let Some(path) = &args.output else {
        say!("{}", draft.toml.trim_end());
        return Ok(());
    };
    let mut output = File::create_new(path).with_context(|| format!("file `{}`", path.display()))?;
    output.write_all(draft.toml.as_bytes()).with_context(|| format!("file `{}`", path.display()))?;
    say!("{}: {}", path.display(), summary(&draft));
    Ok(())
}

fn summary(draft: &Draft) -> String {
    let claims = || draft.tables.iter().flat_map(|table| &table.columns).map(|column| &column.claim);
    let clear = claims().filter(|claim| matches!(claim, Claim::Clear(_))).count();
    let unsure = claims().filter(|claim| matches!(claim, Claim::Unsure(..))).count();
    let tables = draft.tables.iter().filter(|table| table.is_clear()).count();
    let (all, under) = (draft.tables.len(), &draft.under);
    let other = claims().count() - clear - unsure;
    format!("under {under}, {tables} of {all} tables by county; columns: {clear} clear, {unsure} unsure, {other} not recognised")
}
