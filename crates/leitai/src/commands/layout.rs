//! `leitai layout suggest`: a draft of the layout of an unknown workbook.

use std::{fs::File, io::Write};

use anyhow::Context;
use leitai_domain::{division::Registry, plan::Plan};
use leitai_workbook::{
    open::{MAX_FILE, open_named},
    suggest::{Claim, Draft, suggest},
};

use crate::{
    cli::{LayoutCommand, SuggestArgs},
    commands::plan::document,
    files,
    say::say,
};

pub fn run(command: LayoutCommand) -> anyhow::Result<()> {
    match command {
        LayoutCommand::Suggest(args) => draft(&args),
    }
}

fn draft(args: &SuggestArgs) -> anyhow::Result<()> {
    let file = || format!("file `{}`", args.file.display());
    let content = files::read(&args.file, MAX_FILE).with_context(file)?;
    let book = open_named(&files::name(&args.file), &content).with_context(file)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.xlsx");
        // Sparse: two gigabytes that take no room.
        File::create(&file).unwrap().set_len(2 << 30).unwrap();
        let error = draft(&SuggestArgs { file, under: None, plan: String::new(), output: None }).unwrap_err();
        assert!(format!("{error:#}").ends_with("a.xlsx`: has 2147483648 bytes, at most 16777216"), "{error:#}");
    }
}
