//! `leitai letters touched`, `correct` and `corrections`: what letters told that is right otherwise, and the letters that say so.

use anyhow::{Context, bail};
use leitai_domain::period::Period;
use leitai_proto::notification::v1::{
    CaseState, CorrectLetterRequest, Correction, ListCorrectionsRequest, ListTouchedLettersRequest, PreviewCorrectionRequest, TouchedItem,
    TouchedLetter,
};
use serde_json::{Value, json};

use crate::{
    cli::{CorrectArgs, Format, LetterPart, TouchedArgs},
    clients::{Clients, all_pages, answer},
    commands::new_request_id,
    listing::Listing,
    say::{remark, say},
    words,
};

/// Of one figure that a letter told.
const COLUMNS: [(&str, &str); 15] = [
    ("letter", "文号"),
    ("tier", "级别"),
    ("agency", "收文单位"),
    ("division_code", "区划"),
    ("division", "县（市、区）"),
    ("indicator_id", "编码"),
    ("indicator", "指标"),
    ("figure", "项目"),
    ("told", "原列"),
    ("right", "应为"),
    ("in_force_at", "更正数据生效时间"),
    ("submitter", "报送单位"),
    ("case_state", "督办件"),
    ("case_id", "督办件标识"),
    ("last_correction", "已更正于"),
];

pub async fn touched(args: TouchedArgs, mut clients: Clients) -> anyhow::Result<()> {
    let page = |page_token| ListTouchedLettersRequest {
        plan_id: args.round.plan.clone(),
        period: args.round.period.to_string(),
        page_size: 1_000,
        page_token,
        division_code: args.division.clone(),
        indicator_id: args.indicator.clone(),
        ranks: args.ranks,
    };
    let mut untold = 0;
    let touched = all_pages!(
        token => clients.corrections.list_touched_letters(page(token)), letters, answered => untold = untold.max(answered.untold_letters)
    );
    let not_judged: i32 = touched.iter().map(|letter| letter.not_judged).sum();
    remark!("letters that print what is right otherwise now: {}", touched.len());
    if untold > 0 {
        remark!("{untold} letters were made before their findings were recorded: whether they are touched is not known");
    }
    if not_judged > 0 {
        remark!("{not_judged} findings of them are of targets or counties that the plan does not judge any more: nothing is said of these");
    }
    listing(&touched).print(args.format.format)
}

/// A line for each figure.
fn listing(touched: &[TouchedLetter]) -> Listing {
    let mut listing = Listing::new(&COLUMNS);
    for letter in touched {
        letter.items.iter().flat_map(|item| lines(letter, item)).for_each(|line| listing.push(line));
    }
    listing
}

fn lines<'a>(touched: &'a TouchedLetter, item: &'a TouchedItem) -> impl Iterator<Item = Vec<Value>> + 'a {
    let letter = touched.letter.as_ref();
    let case_state = if item.case_state() == CaseState::Unspecified { String::new() } else { words::case_state(item.case_state()) };
    item.figures.iter().map(move |figure| {
        vec![
            json!(letter.map(|letter| &letter.number)),
            json!(letter.map(words::letter_tier)),
            json!(letter.map(|letter| &letter.agency)),
            json!(item.division_code),
            json!(item.division_name),
            json!(item.indicator_id),
            json!(item.indicator_name),
            json!(words::printed_field(figure.field())),
            json!(figure.told),
            json!(figure.right),
            json!(item.in_force_at),
            json!(item.submitter),
            json!(case_state),
            json!(item.case_id),
            json!(touched.last_correction),
        ]
    })
}

/// A dry run prints the words; the letter is listed as it was written.
pub async fn correct(args: CorrectArgs, mut clients: Clients) -> anyhow::Result<()> {
    let CorrectArgs { letter, reason, who, dry_run, part, request_id, format } = args;
    if dry_run {
        let shown = answer(clients.corrections.preview_correction(PreviewCorrectionRequest { letter, reason }).await)?;
        remark!("a dry run: nothing is written. It would go to {}, with the number that is next then:\n{}", shown.agency, shown.subject);
        match part {
            LetterPart::Text => say!("{}", shown.text),
            LetterPart::Html => say!("{}", shown.html),
            LetterPart::Eml => bail!("a letter that is not written has no stored bytes: ask for text or html"),
        }
        return Ok(());
    }
    let request_id = request_id.unwrap_or_else(new_request_id);
    let request = CorrectLetterRequest { request_id, letter, reason, who: who.unwrap_or_default() };
    let written = answer(clients.corrections.correct_letter(request).await)?;
    written_as(&[written.correction.context("the answer holds no correction")?]).print(format.format)
}

pub async fn list(plan_id: String, period: Option<Period>, mut clients: Clients, format: Format) -> anyhow::Result<()> {
    let period = period.map(|period| period.to_string()).unwrap_or_default();
    let page = |page_token| ListCorrectionsRequest { plan_id: plan_id.clone(), period: period.clone(), page_size: 1_000, page_token };
    let corrections = all_pages!(token => clients.corrections.list_corrections(page(token)), corrections);
    written_as(&corrections).print(format)
}

/// A line for each correction.
fn written_as(corrections: &[Correction]) -> Listing {
    let mut listing = Listing::new(&[
        ("letter_id", "标识"),
        ("number", "文号"),
        ("corrects", "更正"),
        ("ordinal", "次"),
        ("period", "期别"),
        ("agency", "收文单位"),
        ("items", "事项"),
        ("written_at", "时间"),
        ("who", "经手"),
        ("reason", "原因"),
        ("deliveries", "投递"),
        ("simulated", "模拟"),
    ]);
    for Correction { letter, corrects_number, ordinal, who, reason, .. } in corrections {
        let letter = letter.clone().unwrap_or_default();
        let deliveries: Vec<String> = letter.deliveries.iter().map(|delivery| words::delivery_state(delivery.state())).collect();
        listing.push(vec![
            json!(letter.letter_id),
            json!(letter.number),
            json!(corrects_number),
            json!(ordinal),
            json!(letter.period),
            json!(letter.agency),
            json!(letter.case_count),
            json!(letter.rendered_at),
            json!(who),
            json!(reason),
            json!(deliveries),
            json!(letter.simulated),
        ]);
    }
    listing
}
