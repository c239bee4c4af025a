//! A Maildir: which messages are unread, and marking one as seen.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

/// The messages of `new`, and of `cur` without the flag `S`, by name.
pub fn unread(maildir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for part in ["new", "cur"] {
        let directory = maildir.join(part);
        ensure!(directory.is_dir(), "`{}` is no Maildir: it has no directory `{part}`", maildir.display());
        for entry in fs::read_dir(&directory).with_context(|| format!("`{}`", directory.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && entry.file_type()?.is_file() && !flags(&name).contains('S') {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Moves a message to `cur` with the flag `S`, as any reader of the Maildir would.
pub fn seen(message: &Path) -> anyhow::Result<()> {
    let named = || format!("`{}`", message.display());
    let name = message.file_name().with_context(named)?.to_string_lossy().into_owned();
    let maildir = message.parent().and_then(Path::parent).with_context(named)?;
    fs::rename(message, maildir.join("cur").join(marked(&name))).with_context(named)
}

fn flags(name: &str) -> &str {
    name.rsplit_once(":2,").map_or("", |(_, flags)| flags)
}

/// Flags are in alphabetical order.
fn marked(name: &str) -> String {
    let (unique, flags) = name.rsplit_once(":2,").unwrap_or((name, ""));
    let mut flags: Vec<char> = flags.chars().chain(['S']).collect();
    flags.sort_unstable();
    flags.dedup();
    format!("{unique}:2,{}", flags.into_iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_unread_until_it_is_seen() {
        let maildir = tempfile::tempdir().unwrap();
        assert!(unread(maildir.path()).unwrap_err().to_string().contains("no directory `new`"));
        for part in ["new", "cur", "tmp"] {
            fs::create_dir(maildir.path().join(part)).unwrap();
        }
        for name in ["new/1.a.host", "new/.hidden", "cur/2.b.host:2,FR", "cur/3.c.host:2,S", "tmp/4.d.host"] {
            fs::write(maildir.path().join(name), "x").unwrap();
        }
        let names =
            || unread(maildir.path()).unwrap().iter().map(|path| path.strip_prefix(maildir.path()).unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(), [Path::new("cur/2.b.host:2,FR"), Path::new("new/1.a.host")]);
        for path in unread(maildir.path()).unwrap() {
            seen(&path).unwrap();
        }
        assert!(names().is_empty());
        assert!(maildir.path().join("cur/2.b.host:2,FRS").is_file() && maildir.path().join("cur/1.a.host:2,S").is_file());
    }
}
