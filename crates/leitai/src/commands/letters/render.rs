//! `leitai letters render`: a letter as it is stored, or one part of it.

use std::{borrow::Cow, fs, path::Path};

use anyhow::Context;
use leitai_proto::notification::v1::GetLetterRequest;
use mail_parser::MessageParser;

use crate::{
    cli::LetterPart,
    clients::{Clients, answer},
    say,
};

pub async fn run(letter_id: String, output: Option<&Path>, part: LetterPart, mut clients: Clients) -> anyhow::Result<()> {
    let shown = answer(clients.letters.get_letter(GetLetterRequest { letter_id }).await)?;
    let bytes = cut(&shown.message, part)?;
    match output {
        Some(path) => fs::write(path, &bytes).with_context(|| format!("`{}`", path.display())),
        None => say::bytes(&bytes).context("standard output"),
    }
}

fn cut(message: &[u8], part: LetterPart) -> anyhow::Result<Cow<'_, [u8]>> {
    let parsed = || MessageParser::default().parse(message).context("the stored letter is no message");
    let text = match part {
        LetterPart::Eml => return Ok(Cow::Borrowed(message)),
        LetterPart::Html => parsed()?.body_html(0).context("the letter has no HTML part")?.into_owned(),
        LetterPart::Text => parsed()?.body_text(0).context("the letter has no plain text")?.into_owned(),
    };
    Ok(Cow::Owned(text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_out_decoded() {
        let message = "From: a@x.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
            --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n552j5Yqe\r\n\
            --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+552j5YqePC9wPg==\r\n--b--\r\n";
        let of = |part| String::from_utf8(cut(message.as_bytes(), part).unwrap().into_owned()).unwrap();
        assert_eq!((of(LetterPart::Eml).as_str(), of(LetterPart::Html).as_str()), (message, "<p>督办</p>"));
        assert_eq!(of(LetterPart::Text), "督办");
    }
}
