//! Files that a clerk gives: read only after their size is known to fit.

use std::{fs::File, io::Read, path::Path};

use anyhow::Context;
use leitai_proto::ingestion::v1::ReportFile;
use leitai_workbook::{
    open::{MAX_FILE, kind::Kind},
    shipped::SHAOYANG_LAYOUT,
};

/// Longest layout, plan, policy or scenarios, bytes: what the services take of a plan or a layout.
const MAX_TEXT: usize = 1 << 20;

/// A report to submit. A workbook without a layout is read by the shipped one; a CSV file without one has the columns of the long form.
///
/// # Errors
/// Names the file, and its size where it is too large: it is then not read.
pub fn report(path: &Path, layout: Option<&Path>, year: i32) -> anyhow::Result<ReportFile> {
    let name = name(path);
    let layout_toml = match layout {
        Some(layout) => text(layout).with_context(|| format!("layout `{}`", layout.display()))?,
        None if Kind::of_name(&name).is_ok_and(|kind| kind == Kind::Text) => String::new(),
        None => SHAOYANG_LAYOUT.to_owned(),
    };
    Ok(ReportFile { name, content: workbook(path)?, layout_toml, year })
}

/// A file's name without its directory; empty where it has none.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A workbook's bytes.
///
/// # Errors
/// As [`report`].
pub fn workbook(path: &Path) -> anyhow::Result<Vec<u8>> {
    read(path, MAX_FILE).with_context(|| format!("report `{}`", path.display()))
}

/// A text in UTF-8, at most 1 MiB.
///
/// # Errors
/// As [`read`].
pub fn text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(read(path, MAX_TEXT)?).context("is not UTF-8")
}

/// A file's bytes, at most `most`, also of what has no size, like a pipe.
///
/// # Errors
/// Says what failed, or the size where it is too large: it is then not read.
pub fn read(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).context("cannot be opened")?;
    let size = file.metadata().context("cannot be opened")?.len();
    anyhow::ensure!(size <= most as u64, "has {size} bytes, at most {most}");
    let mut content = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut content).context("cannot be read")?;
    anyhow::ensure!(content.len() <= most, "has more than {most} bytes");
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.xlsx");
        // Sparse: two gigabytes that take no room.
        File::create(&path).unwrap().set_len(2 << 30).unwrap();
        let error = report(&path, None, 0).unwrap_err();
        assert!(format!("{error:#}").ends_with("a.xlsx`: has 2147483648 bytes, at most 16777216"), "{error:#}");
        let endless = read(Path::new("/dev/zero"), 10).unwrap_err();
        assert_eq!(endless.to_string(), "has more than 10 bytes");
        assert_eq!(text(&path).unwrap_err().to_string(), "has 2147483648 bytes, at most 1048576");
    }

    #[test]
    fn a_csv_file_has_no_layout_but_a_given_one() {
        let directory = tempfile::tempdir().unwrap();
        for (name, layout) in [("a.csv", ""), ("a.ods", SHAOYANG_LAYOUT)] {
            let path = directory.path().join(name);
            std::fs::write(&path, "x").unwrap();
            assert_eq!(report(&path, None, 0).unwrap().layout_toml, layout);
            assert_eq!(report(&path, Some(&path), 0).unwrap().layout_toml, "x");
        }
    }
}
