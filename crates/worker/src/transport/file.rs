//! Letters as `.eml` files: written beside, then renamed, so a reader never sees half a letter and a repeat changes nothing.

use std::{io, path::PathBuf};

use leitai_proto::notification::v1::LeasedDelivery;
use tokio::{fs, io::AsyncWriteExt};

use super::Attempt;

/// A directory of letters.
pub struct Files {
    directory: PathBuf,
}

impl Files {
    /// The directory is made when first written to.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Writes one letter. Every failure is temporary: a disk can be emptied, a directory allowed.
    pub async fn write(&self, delivery: &LeasedDelivery, message: &[u8]) -> Attempt {
        let name = name(delivery);
        match self.store(&name, message).await {
            Ok(()) => Attempt::sent(format!("written to {name}")),
            Err(error) => Attempt::temporary(format!("{}: {error}", self.directory.join(name).display())),
        }
    }

    async fn store(&self, name: &str, message: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.directory).await?;
        let part = self.directory.join(format!("{name}.part"));
        let mut file = fs::File::create(&part).await?;
        file.write_all(message).await?;
        file.sync_all().await?;
        fs::rename(&part, self.directory.join(name)).await?;
        // The name, too, must survive a power cut before the letter counts as sent.
        fs::File::open(&self.directory).await?.sync_all().await
    }
}

/// `县调督〔2025〕12号-省财政厅-1a2b3c4d.eml`: the delivery's id keeps two addresses of one agency apart.
fn name(delivery: &LeasedDelivery) -> String {
    let id: String = delivery.delivery_id.chars().filter(char::is_ascii_alphanumeric).collect();
    let short = id.get(id.len().saturating_sub(8)..).unwrap_or_default();
    format!("{}-{}-{short}.eml", safe(&delivery.letter_number), safe(&delivery.agency))
}

/// Letters and digits of any script, and the brackets of letter numbers; everything else becomes `_`. At most 60 characters.
fn safe(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '〔' | '〕' | '（' | '）') { c } else { '_' };
    text.chars().take(60).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use leitai_proto::notification::v1::AttemptOutcome;

    use super::*;

    fn delivery(agency: &str) -> LeasedDelivery {
        LeasedDelivery {
            delivery_id: "d-0123456789".to_owned(),
            letter_number: "县调督〔2025〕12号".to_owned(),
            agency: agency.to_owned(),
            message: b"Subject: x\r\n\r\nbody\r\n".to_vec(),
            ..LeasedDelivery::default()
        }
    }

    #[tokio::test]
    async fn a_repeat_leaves_one_whole_letter() {
        let parent = tempfile::tempdir().unwrap();
        let files = Files::new(parent.path().join("letters"));
        for _ in 0..2 {
            assert_eq!(files.write(&delivery("省财政厅"), &delivery("").message).await.outcome, AttemptOutcome::Sent);
        }
        let found: Vec<_> = std::fs::read_dir(parent.path().join("letters")).unwrap().map(|entry| entry.unwrap()).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].file_name().to_str(), Some("县调督〔2025〕12号-省财政厅-23456789.eml"));
        assert_eq!(std::fs::read(found[0].path()).unwrap(), delivery("").message);
    }

    #[test]
    fn no_name_leaves_the_directory() {
        let name = name(&delivery("../../etc/passwd\0\r\n"));
        assert!(!name.contains(['/', '\\', '\0', '\r', '\n']) && !name.contains(".."), "{name}");
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_made_is_tried_again() {
        let parent = tempfile::tempdir().unwrap();
        std::fs::write(parent.path().join("taken"), "").unwrap();
        let files = Files::new(parent.path().join("taken"));
        assert_eq!(files.write(&delivery("x"), b"x").await.outcome, AttemptOutcome::Temporary);
    }
}
