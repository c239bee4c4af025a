//! The files of a back-test: which period each one reports, in the order in which they are submitted.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use leitai_domain::period::Period;

/// Characters of a period at the head of a file's name: `2025-M02`.
const HEAD: usize = 8;

/// A report that is replayed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportPath {
    /// The period that it reports: the head of its name.
    pub period: Period,
    /// Where it lies.
    pub path: PathBuf,
}

/// Reports by period, then by name: `2025-M02.csv`, `2025-M02-city.xlsx`. Any other file is an error, so that none is left out unseen.
pub fn find(directory: &Path) -> anyhow::Result<Vec<ReportPath>> {
    let at = || format!("directory `{}`", directory.display());
    let mut reports = Vec::new();
    for entry in fs::read_dir(directory).with_context(at)? {
        let path = entry.with_context(at)?.path();
        let period = period(&path).with_context(|| {
            format!(
                "file `{}`: the name of a report begins with its period and ends in .csv, .xlsx, .xls or .ods, as 2025-M02.csv or 2025-M02-city.xlsx",
                path.display()
            )
        })?;
        reports.push(ReportPath { period, path });
    }
    if reports.is_empty() {
        anyhow::bail!("{} holds no reports", at());
    }
    reports.sort_unstable();
    Ok(reports)
}

fn period(path: &Path) -> Option<Period> {
    let extension = path.extension()?.to_str()?;
    let stem = path.file_stem()?.to_str()?;
    let (head, rest) = stem.split_at_checked(HEAD)?;
    let known = matches!(extension, "csv" | "xlsx" | "xls" | "ods") && (rest.is_empty() || rest.starts_with('-')) && path.is_file();
    head.parse().ok().filter(|_| known)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn directory(names: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        names.iter().for_each(|name| fs::write(directory.path().join(name), "").unwrap());
        directory
    }

    #[test]
    fn reports_go_by_period_then_name() {
        let directory = directory(&["2025-M10.csv", "2025-M02-b.xlsx", "2025-M02-a.csv", "2024-M12.csv"]);
        let found = find(directory.path()).unwrap();
        let names: Vec<_> = found.iter().map(|report| report.path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["2024-M12.csv", "2025-M02-a.csv", "2025-M02-b.xlsx", "2025-M10.csv"]);
        assert_eq!(found[3].period, Period::new(2025, 10).unwrap());
    }

    #[rstest]
    #[case("notes.txt")]
    #[case("2025-M13.csv")]
    #[case("2025-M02x.csv")]
    #[case("2025-M02.doc")]
    #[case("二月.csv")]
    fn another_file_is_named_and_refused(#[case] name: &str) {
        let directory = directory(&["2025-M02.csv", name]);
        let error = format!("{:#}", find(directory.path()).unwrap_err());
        assert!(error.contains(name) && error.contains("2025-M02.csv"), "{error}");
    }

    #[test]
    fn an_empty_directory_is_an_error() {
        assert!(find(directory(&[]).path()).is_err());
    }
}
