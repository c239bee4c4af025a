//! The main job over the wire: a real workbook in, letters out.

use std::collections::BTreeSet;

use leitai_proto::{
    evaluation::v1::{Light, ListVerdictsRequest, Verdict},
    ingestion::v1::ItemReason,
    notification::v1::DeliveryState,
};
use leitai_storage::testing::Backend;
use leitai_worker::testing::{Fault, SmtpServer};
use mail_parser::MessageParser;
use rstest::rstest;

use crate::system::{PERIOD, PLAN, System};

/// Counties more than 1.0 below each target, read off the workbook with openpyxl and rounded to one decimal, half away from zero.
const BEHIND: [(&str, &[(&str, &str)]); 4] = [
    ("primary_growth", &[("双清区", "2.1"), ("大祥区", "1.8")]),
    ("project_investment_growth", &[("双清区", "5.9"), ("大祥区", "-12.7"), ("北塔区", "-64.4"), ("洞口县", "13.3"), ("新宁县", "3.0")]),
    (
        "budget_revenue_growth",
        &[
            ("双清区", "-29.9"),
            ("大祥区", "-35.8"),
            ("邵东市", "-13.1"),
            ("新邵县", "3.6"),
            ("邵阳县", "-32.8"),
            ("隆回县", "6.0"),
            ("洞口县", "-2.5"),
            ("武冈市", "3.2"),
        ],
    ),
    ("rural_income_growth", &[("双清区", "5.8"), ("大祥区", "5.9"), ("邵东市", "5.8")]),
];
/// The agencies that 附件2 names for these four, and each county's own task force.
const EVALUATING: [&str; 3] = ["省农业农村厅", "省发展改革委", "省财政厅"];

fn agencies() -> BTreeSet<String> {
    let counties = BEHIND.iter().flat_map(|(_, counties)| counties.iter()).map(|(county, _)| format!("{county}县域经济发展专班"));
    counties.chain(EVALUATING.map(str::to_owned)).collect()
}

/// The form of a first letter by the example policy: a 预警函 from five percentage points on, else a 提示函.
fn form(verdict: &Verdict) -> &'static str {
    if verdict.gap_micros.unwrap() <= -5_000_000 { "预警函" } else { "提示函" }
}

/// Every letter that the quarter's verdicts ask for, as agency and form.
fn letters(verdicts: &[Verdict]) -> BTreeSet<(String, &'static str)> {
    let told = |verdict: &Verdict| {
        let county = format!("{}县域经济发展专班", verdict.division_name);
        verdict.evaluating_agencies.iter().cloned().chain([county]).map(|agency| (agency, form(verdict))).collect::<Vec<_>>()
    };
    verdicts.iter().flat_map(told).collect()
}

async fn red(system: &System) -> Vec<Verdict> {
    let request = ListVerdictsRequest {
        plan_id: PLAN.to_owned(),
        period: PERIOD.to_owned(),
        lights: vec![Light::Red.into()],
        page_size: 1_000,
        ..ListVerdictsRequest::default()
    };
    system.evaluation().list_verdicts(request).await.unwrap().into_inner().verdicts
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_real_quarter_becomes_letters(#[case] backend: Backend) {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    let Some(system) = System::start(backend, &server.url()).await else { return };
    system.apply_plan().await;
    let report = system.submit("quarter").await;
    let count = |reason: ItemReason| report.items.iter().filter(|item| item.reason() == reason).count();
    let (accepted, held) = (count(ItemReason::Accepted), count(ItemReason::Held));
    // Seven growths and GDP, revenue, foreign capital, both incomes, fixed-asset investment for 12 counties and the city; loans twice for 9 and the city.
    // One of them, 北塔区's −64.4 % of 工业投资, is held by a rule.
    assert_eq!((accepted, held), (13 * 13 + 2 * 10 - 1, 1));
    system.freeze("freeze").await;
    system.evaluated().await;

    let verdicts = red(&system).await;
    let expected = letters(&verdicts);
    assert_eq!(expected.iter().map(|(agency, _)| agency.clone()).collect::<BTreeSet<_>>(), agencies());
    let taken = server.wait_for(expected.len()).await;
    let mut told = BTreeSet::new();
    for letter in &taken {
        let message = MessageParser::default().parse(&letter.message).unwrap();
        let text = message.body_text(0).unwrap().into_owned();
        let html = message.body_html(0).unwrap().into_owned();
        let addressed =
            |(agency, form): &&(String, &str)| text.contains(&format!("{agency}：")) && message.subject().unwrap().contains(form);
        let letter = expected.iter().find(addressed).unwrap_or_else(|| panic!("addressed to whom? {text}"));
        let (agency, form_of) = letter;
        assert!(html.contains(agency.as_str()));
        told.insert(letter.clone());
        for (indicator, county, actual) in
            BEHIND.iter().flat_map(|(id, counties)| counties.iter().map(move |(county, actual)| (id, county, actual)))
        {
            let verdict = verdicts.iter().find(|verdict| verdict.indicator_id == *indicator && verdict.division_name == *county).unwrap();
            if agency.starts_with(county) && form(verdict) == *form_of {
                assert!(text.contains(actual) && html.contains(actual), "{county}'s {form_of} does not say {actual}");
            }
        }
    }
    assert_eq!(told, expected);

    let found: BTreeSet<(String, String)> = verdicts.into_iter().map(|v| (v.indicator_id, v.division_name)).collect();
    let wanted =
        BEHIND.iter().flat_map(|(indicator, counties)| counties.iter().map(|(county, _)| ((*indicator).to_owned(), (*county).to_owned())));
    assert_eq!(found, wanted.collect());
    system.stop().await;
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn repeats_change_nothing(#[case] backend: Backend) {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    let Some(system) = System::start(backend, &server.url()).await else { return };
    system.apply_plan().await;
    let first = system.submit("a").await;
    assert_eq!(system.submit("a").await, first, "the same request");
    let other = system.submit("b").await;
    assert_eq!(other.repeated_of_report_id, first.report.unwrap().report_id, "the same content");
    let frozen = system.freeze("a").await;
    assert_eq!((system.freeze("a").await, system.freeze("b").await), (frozen, frozen));
    let taken = server.wait_for(agencies().len()).await;
    system.stop().await;
    assert_eq!((taken.len(), server.taken().len()), (agencies().len(), agencies().len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_address_is_set_aside_and_a_busy_one_is_tried_again() {
    let decide = |recipient: &str, before: usize| match recipient.split('@').next() {
        Some("caizheng") => Fault::Recipient(550),
        Some("fagaiwei") if before == 0 => Fault::Dot(451),
        _ => Fault::None,
    };
    let server = SmtpServer::start(decide).await;
    let system = System::start(Backend::Sqlite, &server.url()).await.unwrap();
    system.apply_plan().await;
    system.submit("quarter").await;
    system.freeze("freeze").await;
    server.wait_for(agencies().len() - 1).await;
    let state = |letters: &[leitai_proto::notification::v1::Letter], agency: &str| {
        let letter = letters.iter().find(|letter| letter.agency == agency).unwrap();
        (letter.deliveries[0].state(), letter.deliveries[0].attempts)
    };
    // The server has taken the last letter; its record may still be on the way.
    let letters = loop {
        let letters = system.letters().await;
        let settled = |state| matches!(state, DeliveryState::Sent | DeliveryState::Failed);
        if letters.iter().all(|letter| settled(letter.deliveries[0].state())) {
            break letters;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(state(&letters, "省财政厅"), (DeliveryState::Failed, 1));
    assert_eq!(state(&letters, "省发展改革委"), (DeliveryState::Sent, 2));
    assert_eq!(state(&letters, "省农业农村厅"), (DeliveryState::Sent, 1));
    system.stop().await;
}
