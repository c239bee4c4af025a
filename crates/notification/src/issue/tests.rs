use leitai_proto::evaluation::v1::{Light, Verdict};
use leitai_rpc::{clock::FixedClock, paging::Page};
use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
use mail_parser::MessageParser;
use rstest::rstest;
use sha2::{Digest, Sha256};

use super::*;
use crate::{
    convert,
    letter::hex,
    store::{
        CaseFilter, LetterFilter,
        entities::{case, letter as letter_row},
    },
    testing::{NOW, config, frozen, issuer, verdict},
};

fn round_of(period: &str, verdicts: Vec<Verdict>) -> Round {
    convert::round(frozen(period, verdicts)).unwrap()
}

fn one(period: &str, light: Light) -> Round {
    round_of(period, vec![verdict("gdp", "430582", light)])
}

fn all() -> Page {
    Page::parse(1_000, "").unwrap()
}

impl Issuer {
    async fn cases(&self) -> Vec<case::Model> {
        self.store.cases(CaseFilter::default(), &all()).await.unwrap().0
    }

    async fn letters_of(&self, period: &str) -> Vec<letter_row::Model> {
        let filter = LetterFilter { period: Some(period.to_owned()), ..LetterFilter::default() };
        self.store.letters(filter, &all()).await.unwrap().0
    }

    /// What happened to the one case, as `period what`.
    async fn history(&self) -> Vec<String> {
        let case = self.cases().await.remove(0);
        let entries = self.store.history(&case.case_id, &all()).await.unwrap().0;
        let mut entries: Vec<_> = entries.into_iter().filter(|entry| entry.what != "told").collect();
        entries.sort_by(|a, b| a.period.cmp(&b.period));
        entries.iter().map(|entry| format!("{} {}", entry.period.as_deref().unwrap(), entry.what)).collect()
    }
}

#[rstest]
#[tokio::test]
async fn a_red_verdict_becomes_a_case_letters_and_deliveries(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    let round = round_of(
        "2025-M03",
        vec![verdict("gdp", "430582", Light::Red), verdict("gdp", "430522", Light::Yellow), verdict("gdp", "430523", Light::Missing)],
    );
    assert_eq!(issuer.issue(1, &round).await.unwrap(), Issued::Letters(2));
    let cases = issuer.cases().await;
    assert_eq!(cases.len(), 1);
    assert_eq!((cases[0].state.as_str(), cases[0].periods_behind, cases[0].opened_period.as_str()), ("open", 1, "2025-M03"));
    let letters = issuer.letters_of("2025-M03").await;
    let numbers: Vec<_> = letters.iter().map(|letter| (letter.number.as_str(), letter.agency.as_str())).collect();
    assert_eq!(numbers, [("县调督〔2025〕1号", "省发展改革委"), ("县调督〔2025〕2号", "第430582县县域经济发展专班")]);
    let deliveries = issuer.store.deliveries(&letters).await.unwrap();
    let recipients = |letter: &letter_row::Model| deliveries[&letter.letter_id].iter().map(|d| d.recipient.clone()).collect::<Vec<_>>();
    assert_eq!(recipients(&letters[0]), ["a@gov.example", "b@gov.example"]);
    assert_eq!(recipients(&letters[1]), ["c@county.example"]);
    assert_eq!(issuer.store.cursor().await.unwrap(), 1);
}

#[rstest]
#[tokio::test]
async fn stored_bytes_are_the_hashed_message_with_its_headers(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    issuer.issue(1, &one("2025-M03", Light::Red)).await.unwrap();
    let listed = issuer.letters_of("2025-M03").await.remove(0);
    let (letter, message) = issuer.store.letter(&listed.letter_id).await.unwrap().unwrap();
    assert_eq!(letter.sha256, hex(&Sha256::digest(&message)));
    assert_eq!(letter.size_bytes, i64::try_from(message.len()).unwrap());
    let read = MessageParser::default().parse(&message).unwrap();
    assert_eq!(read.subject(), Some(letter.subject.as_str()));
    assert_eq!(format!("<{}>", read.message_id().unwrap()), letter.message_id);
}

#[rstest]
#[tokio::test]
async fn letters_that_are_stored_in_pieces_are_numbered_without_gaps(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    // One letter to the department and one to each county: more than two pieces.
    let counties = i32::try_from(2 * TOGETHER + 20).unwrap();
    for (sequence, period) in (1..).zip(["2025-M03", "2025-M04"]) {
        let verdicts = (0..counties).map(|number| verdict("gdp", &format!("{}", 430_000 + number), Light::Red)).collect();
        assert_eq!(issuer.issue(sequence, &round_of(period, verdicts)).await.unwrap(), Issued::Letters(2 * TOGETHER + 21));
    }
    let letters = issuer.store.letters(LetterFilter::default(), &all()).await.unwrap().0;
    let mut ordinals: Vec<_> = letters.iter().map(|letter| letter.ordinal).collect();
    ordinals.sort_unstable();
    assert_eq!(ordinals, (1..=2 * (counties + 1)).collect::<Vec<_>>());
    // Each of the second round refers to its agency's letter of the first, and to no other.
    let of = |period: &str| letters.iter().filter(move |letter| letter.period == period).collect::<Vec<_>>();
    for (first, second) in of("2025-M03").into_iter().zip(of("2025-M04")) {
        assert_eq!(first.agency, second.agency);
        let (row, message) = issuer.store.letter(&second.letter_id).await.unwrap().unwrap();
        assert_eq!(row.sha256, hex(&Sha256::digest(&message)));
        let read = MessageParser::default().parse(&message).unwrap();
        assert_eq!(read.references().as_text().map(|id| format!("<{id}>")), Some(first.message_id.clone()));
    }
}

#[rstest]
#[tokio::test]
async fn a_repeat_doubles_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    let round = one("2025-M03", Light::Red);
    issuer.issue(1, &round).await.unwrap();
    assert_eq!(issuer.issue(1, &round).await.unwrap(), Issued::Before);
    assert_eq!(issuer.letters_of("2025-M03").await.len(), 2);
    assert_eq!(issuer.cases().await[0].periods_behind, 1);
}

#[rstest]
#[tokio::test]
async fn two_processes_that_issue_the_same_rounds_issue_each_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let issuer = issuer.clone();
            tokio::spawn(async move {
                for (sequence, period) in (1..).zip(["2025-M03", "2025-M06", "2025-M09"]) {
                    issuer.issue(sequence, &one(period, Light::Red)).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let letters = issuer.store.letters(LetterFilter::default(), &all()).await.unwrap().0;
    assert_eq!(letters.iter().map(|letter| letter.ordinal).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(issuer.cases().await[0].periods_behind, 3);
    assert_eq!(issuer.store.cursor().await.unwrap(), 3);
}

#[rstest]
#[tokio::test]
async fn a_case_lives_through_recovery_and_relapse(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    let lights = [
        ("2025-M02", Light::Red, "open"),
        ("2025-M03", Light::Missing, "open"),
        ("2025-M04", Light::Grey, "open"),
        ("2025-M05", Light::Yellow, "open"),
        ("2025-M06", Light::Green, "recovered"),
        ("2025-M07", Light::Missing, "recovered"),
        ("2025-M08", Light::Red, "open"),
    ];
    for (sequence, (period, light, state)) in (1..).zip(lights) {
        issuer.issue(sequence, &one(period, light)).await.unwrap();
        assert_eq!(issuer.cases().await[0].state, state, "after {period}");
        assert_eq!(issuer.letters_of(period).await.is_empty(), light != Light::Red, "{period}");
    }
    let cases = issuer.cases().await;
    assert_eq!((cases.len(), cases[0].periods_behind, cases[0].latest_period.as_str()), (1, 2, "2025-M08"));
    assert_eq!(issuer.history().await, ["2025-M02 opened", "2025-M06 recovered", "2025-M08 reopened"]);
}

#[rstest]
#[tokio::test]
async fn rounds_out_of_order_neither_heal_nor_reopen(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    let rounds = [
        ("2025-M03", Light::Red, "open"),
        ("2025-M06", Light::Missing, "open"),
        ("2025-M05", Light::Green, "open"),
        ("2025-M09", Light::Green, "recovered"),
        ("2025-M08", Light::Red, "recovered"),
    ];
    for (sequence, (period, light, state)) in (1..).zip(rounds) {
        issuer.issue(sequence, &one(period, light)).await.unwrap();
        assert_eq!(issuer.cases().await[0].state, state, "after {period}");
    }
    assert_eq!(issuer.history().await, ["2025-M03 opened", "2025-M08 behind_in_earlier_period", "2025-M09 recovered"]);
    assert!(issuer.letters_of("2025-M08").await.is_empty(), "nobody is told of what has recovered since");
}

#[rstest]
#[tokio::test]
async fn a_failure_stores_nothing_and_gives_numbers_back(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    // A control character that came past the checks: the second letter cannot be built after the first one was.
    let mut broken = one("2025-M03", Light::Red);
    broken.findings[0].division_name = "县\r\nBcc: x@y.example".to_owned();
    assert!(matches!(issuer.issue(1, &broken).await, Err(IssueError::Build(_))));
    assert!(issuer.cases().await.is_empty() && issuer.letters_of("2025-M03").await.is_empty());
    assert_eq!(issuer.store.cursor().await.unwrap(), 0);
    issuer.issue(1, &one("2025-M03", Light::Red)).await.unwrap();
    assert_eq!(issuer.letters_of("2025-M03").await[0].ordinal, 1);
}

#[rstest]
#[tokio::test]
async fn a_letter_without_an_address_is_kept_and_sent_once_there_is_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((database, issuer)) = issuer(backend).await else { return };
    issuer.issue(1, &round_of("2025-M03", vec![verdict("gdp", "430522", Light::Red)])).await.unwrap();
    let letters = issuer.letters_of("2025-M03").await;
    assert_eq!(letters.len(), 2);
    assert!(!issuer.store.deliveries(&letters).await.unwrap().contains_key(&letters[1].letter_id));
    assert_eq!(issuer.address_waiting().await.unwrap(), 0);
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let book = "[[agency]]\nname='第430522县县域经济发展专班'\ncode='430522'\naddresses=['d@county.example']\n";
    std::fs::write(config.addresses_file.as_ref().unwrap(), book).unwrap();
    let store = Store::open(database.database()).await.unwrap();
    let later = Issuer::new(store, Arc::new(config.load().unwrap()), Arc::new(FixedClock(NOW)));
    assert_eq!(later.address_waiting().await.unwrap(), 1);
    assert_eq!(later.address_waiting().await.unwrap(), 0);
    assert_eq!(issuer.store.deliveries(&letters).await.unwrap()[&letters[1].letter_id][0].recipient, "d@county.example");
}

#[rstest]
#[tokio::test]
async fn each_letter_says_what_it_holds(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    let twice = Verdict { evaluating_agencies: vec!["省发展改革委".to_owned(); 2], ..verdict("gdp", "430582", Light::Red) };
    let reds = vec![twice, verdict("gdp", "430522", Light::Red), verdict("loans", "430522", Light::Yellow)];
    issuer.issue(1, &round_of("2025-M03", reds)).await.unwrap();
    issuer.issue(2, &one("2025-M06", Light::Red)).await.unwrap();
    let (mut held, mut token) = (Vec::new(), String::new());
    loop {
        let page = Page::parse(1, &token).unwrap();
        let (part, next) = issuer.store.letter_findings("county-economy-2025", "2025-M03", &page).await.unwrap();
        held.extend(part.into_iter().map(|one| (one.letter_id, one.indicator_id, one.division_code)));
        token = next;
        if token.is_empty() {
            break;
        }
    }
    // One letter to the department with both, one to each county's task force.
    let letters = issuer.letters_of("2025-M03").await;
    let of = |letter: usize, code: &str| (letters[letter].letter_id.clone(), "gdp".to_owned(), code.to_owned());
    let mut expected = [of(0, "430522"), of(0, "430582"), of(1, "430522"), of(2, "430582")];
    expected.sort();
    assert_eq!((letters.len(), held), (3, expected.to_vec()));
}

#[rstest]
#[tokio::test]
async fn lists_are_paged(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, issuer)) = issuer(backend).await else { return };
    let reds = ["430522", "430523", "430582"].map(|code| ["gdp", "industry"].map(|indicator| verdict(indicator, code, Light::Red)));
    issuer.issue(1, &round_of("2025-M03", reds.into_iter().flatten().collect())).await.unwrap();
    issuer.issue(2, &one("2025-M06", Light::Green)).await.unwrap();
    let (mut cases, mut letters, mut rounds) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = [String::new(), String::new(), String::new()];
    for _ in 0..3 {
        let page = |token: &str| Page::parse(2, token).unwrap();
        let (part, token) = issuer.store.cases(CaseFilter::default(), &page(&next[0])).await.unwrap();
        cases.extend(part.into_iter().map(|case| (case.indicator_id, case.division_code)));
        next[0] = token;
        if letters.is_empty() || !next[1].is_empty() {
            let (part, token) = issuer.store.letters(LetterFilter::default(), &page(&next[1])).await.unwrap();
            letters.extend(part.into_iter().map(|letter| letter.ordinal));
            next[1] = token;
        }
        if rounds.is_empty() {
            let (part, token) = issuer.store.issued_rounds(None, &page("")).await.unwrap();
            rounds.extend(part.into_iter().map(|round| (round.period, round.letter_count)));
            next[2] = token;
        }
    }
    assert_eq!(next, [const { String::new() }; 3]);
    assert_eq!(cases.len(), 6);
    assert!(cases.is_sorted());
    assert_eq!(letters, [1, 2, 3, 4]);
    assert_eq!(rounds, [("2025-M03".to_owned(), 4), ("2025-M06".to_owned(), 0)]);
    let open = CaseFilter { states: vec!["recovered"], division_code: Some("430582".to_owned()), ..CaseFilter::default() };
    assert_eq!(issuer.store.cases(open, &all()).await.unwrap().0.len(), 1);
}
