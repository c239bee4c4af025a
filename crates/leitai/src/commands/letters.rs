//! `leitai letters`: list them, show one, write the templates that they are made with.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use leitai_notification::SHIPPED_TEMPLATES;
use leitai_proto::notification::v1::{GetLetterRequest, Letter, ListLettersRequest};
use serde_json::json;

use crate::{
    cli::LettersCommand,
    clients::{Clients, all_pages, answer},
    listing::Listing,
    words,
};

pub async fn run(command: LettersCommand, mut clients: Clients) -> anyhow::Result<()> {
    match command {
        LettersCommand::List { plan, period, format } => {
            let period = period.map(|period| period.to_string()).unwrap_or_default();
            listing(&fetch(clients, &plan.plan, &period).await?).print(format.format)
        }
        LettersCommand::Show { letter } => {
            let shown = answer(clients.letters.get_letter(GetLetterRequest { letter_id: letter }).await)?;
            Ok(io::stdout().lock().write_all(&shown.message)?)
        }
        LettersCommand::Templates { output } => write_templates(&output),
    }
}

/// Overwrites nothing: what is there may have been changed by hand.
fn write_templates(directory: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(directory).with_context(|| format!("`{}` cannot be made", directory.display()))?;
    for (name, text) in SHIPPED_TEMPLATES {
        let path = directory.join(name);
        let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.with_context(|| format!("`{}` cannot be written", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Reads every page.
pub async fn fetch(mut clients: Clients, plan_id: &str, period: &str) -> anyhow::Result<Vec<Letter>> {
    let page = |page_token| ListLettersRequest {
        plan_id: plan_id.to_owned(),
        period: period.to_owned(),
        agency: String::new(),
        page_size: 1_000,
        page_token,
    };
    Ok(all_pages!(token => clients.letters.list_letters(page(token)), letters))
}

/// A line for each delivery; a letter without an address has one line that says so.
pub fn listing(letters: &[Letter]) -> Listing {
    let mut listing = Listing::new(&[
        ("letter_id", "标识"),
        ("number", "文号"),
        ("period", "期别"),
        ("agency", "收文单位"),
        ("cases", "事项"),
        ("recipient", "地址"),
        ("state", "投递"),
        ("attempts", "次数"),
        ("last_answer", "最近答复"),
        ("sha256", "摘要"),
        ("simulated", "模拟"),
    ]);
    for letter in letters {
        let ends = |recipient: &str, state: String, attempts: i32, answer: &str| {
            vec![
                json!(letter.letter_id),
                json!(letter.number),
                json!(letter.period),
                json!(letter.agency),
                json!(letter.case_count),
                json!(recipient),
                json!(state),
                json!(attempts),
                json!(answer),
                json!(letter.sha256.get(..12)),
                json!(letter.simulated),
            ]
        };
        if letter.deliveries.is_empty() {
            listing.push(ends("地址簿无此单位", "no_address".to_owned(), 0, ""));
        }
        for delivery in &letter.deliveries {
            listing.push(ends(
                &delivery.masked_recipient,
                words::delivery_state(delivery.state()),
                delivery.attempts,
                &delivery.last_answer,
            ));
        }
    }
    listing
}
