//! `leitai letters templates` and `samples`: the templates that ship, to start from, and what letters look like with the configured ones.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use anyhow::Context;
use leitai_notification::{NotificationConfig, SHIPPED_TEMPLATES};

use crate::say::say;

/// Overwrites nothing: what is there may have been changed by hand.
pub fn write(directory: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(directory).with_context(|| format!("`{}` cannot be made", directory.display()))?;
    for (name, text) in SHIPPED_TEMPLATES {
        let path = directory.join(name);
        let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.with_context(|| format!("`{}` cannot be written", path.display()))?;
        say!("{}", path.display());
    }
    Ok(())
}

/// Writes sample letters made with the configured templates.
pub fn write_samples(directory: &Path, notification: &NotificationConfig) -> anyhow::Result<()> {
    fs::create_dir_all(directory).with_context(|| format!("`{}` cannot be made", directory.display()))?;
    for (name, message) in notification.samples()? {
        let path = directory.join(name);
        fs::write(&path, message).with_context(|| format!("`{}` cannot be written", path.display()))?;
        say!("{}", path.display());
    }
    Ok(())
}
