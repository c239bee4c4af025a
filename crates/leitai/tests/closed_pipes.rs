//! Readers that have seen enough: `leitai … | head -1` ends quietly, and nothing panics over a line that nobody reads.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use rstest::rstest;

/// A pipe that its reader has closed.
fn closed() -> io::Result<Stdio> {
    let (_, writer) = io::pipe()?;
    Ok(writer.into())
}

/// The program in a directory, where no service answers.
fn leitai(directory: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leitai"));
    command.current_dir(directory).args(words).env("LEITAI__ENDPOINTS__INGESTION", "http://127.0.0.1:1");
    command
}

#[rstest]
#[case("templates")]
#[case("samples")]
fn files_are_written_whoever_reads_their_names(#[case] what: &str) -> io::Result<()> {
    let directory = tempfile::tempdir()?;
    let status = leitai(directory.path(), &["letters", what, "-o", "all"]).stdout(closed()?).status()?;
    let read = leitai(directory.path(), &["letters", what, "-o", "again"]).output()?;
    assert!(status.success(), "{status}");
    let names = String::from_utf8_lossy(&read.stdout).lines().count();
    assert!(names > 1 && fs::read_dir(directory.path().join("all"))?.count() == names, "{names}");
    Ok(())
}

/// Remarks, the error itself, and the log go there.
#[rstest]
#[case("")]
#[case("trace")]
fn an_error_that_nobody_reads_is_still_an_error(#[case] log: &str) -> io::Result<()> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("a.csv"), "division,indicator,period,value,unit\n")?;
    let submit = || leitai(directory.path(), &["report", "submit", "a.csv", "--submitter", "某局"]);
    let told = submit().output()?;
    assert!(String::from_utf8_lossy(&told.stderr).starts_with("a.csv is CSV in UTF-8\n"), "{told:?}");
    let status = submit().env("LEITAI__LOG__FILTER", log).stderr(closed()?).status()?;
    assert_eq!(status.code(), Some(1));
    Ok(())
}
