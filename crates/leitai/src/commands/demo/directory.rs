//! The demo's directory: databases, letters, and a mark that says whose it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::ValueEnum;
use leitai_worker::TransportConfig;

use crate::{
    cli::{DemoArgs, DemoData},
    in_process,
    settings::Settings,
};

/// Names the data set that a directory holds.
const MARK: &str = "demo-data";

/// A directory that belongs to one data set's demo.
pub struct Directory(PathBuf);

impl Directory {
    /// Where letters are written.
    pub fn letters(&self) -> PathBuf {
        self.0.join("letters")
    }
}

/// Makes the directory, or takes up an earlier demo of the same data in it.
pub fn prepare(args: &DemoArgs) -> anyhow::Result<Directory> {
    let data = name(args.data);
    let path = args.dir.clone().unwrap_or_else(|| Path::new("leitai-demo").join(&data));
    let at = || format!("directory `{}`", path.display());
    fs::create_dir_all(&path).with_context(at)?;
    let mark = path.join(MARK);
    match fs::read_to_string(&mark) {
        Ok(found) if found.trim() == data => {}
        Ok(found) => anyhow::bail!("{} holds the demo of `{}`: name another with --dir", at(), found.trim()),
        Err(_) if fs::read_dir(&path).with_context(at)?.next().is_some() => {
            anyhow::bail!("{} is not empty and holds no demo: name another with --dir", at())
        }
        Err(_) => fs::write(&mark, &data).with_context(at)?,
    }
    Ok(Directory(path))
}

fn name(data: DemoData) -> String {
    data.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// The settings with databases in the directory, and letters to the server or else to files there.
pub fn settings(settings: Settings, directory: &Directory, smtp: Option<&str>) -> anyhow::Result<Settings> {
    let mut settings = in_process::settings(settings, &directory.0)?;
    // A demo's server is a mail catcher, whatever the domains are called.
    settings.worker.limits = leitai_worker::Limits::NONE;
    settings.worker.transport = match smtp {
        Some(url) => TransportConfig::smtp(url),
        None => TransportConfig::files(directory.letters()),
    };
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(dir: &Path, data: DemoData) -> DemoArgs {
        DemoArgs { data, dir: Some(dir.to_owned()), smtp: None }
    }

    #[test]
    fn a_directory_keeps_to_its_data() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a");
        assert!(prepare(&args(&path, DemoData::Shaoyang)).is_ok());
        assert!(prepare(&args(&path, DemoData::Shaoyang)).is_ok(), "an earlier demo goes on");
        assert!(prepare(&args(&path, DemoData::Heilongjiang)).is_err());
    }

    #[test]
    fn a_directory_with_other_things_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("thesis.doc"), "x").unwrap();
        assert!(prepare(&args(parent.path(), DemoData::Shaoyang)).is_err());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}
