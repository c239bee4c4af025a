use leitai_proto::evaluation::v1::{self as wire, Light as Lamp};
use leitai_rpc::{clock::FixedClock, paging::Page};
use leitai_storage::testing::{
    Backend::{self, Postgres, Sqlite},
    TestDatabase,
};
use mail_parser::MessageParser;
use rstest::rstest;
use sea_orm::{EntityTrait, IntoActiveModel};
use sha2::{Digest, Sha256};
use time::macros::datetime;
use tokio::sync::Barrier;

use super::*;
use crate::{
    convert,
    issue::Issued,
    letter::hex,
    quiet::Quiet,
    store::{
        LetterFilter,
        entities::{letter as letter_row, reminder, silence},
    },
    testing::{config, frozen, verdict},
};

/// Three working days before 15 April 2025, the tenth working day after March, 10:00 in Beijing.
const BEFORE: OffsetDateTime = datetime!(2025-04-10 02:00 UTC);
/// Three working days after it.
const AFTER: OffsetDateTime = datetime!(2025-04-18 02:00 UTC);
const PLAN: &str = "county-economy-2025";

fn missing(indicator: &str, code: &str, agencies: &[&str]) -> wire::Verdict {
    let evaluating_agencies = agencies.iter().map(|agency| (*agency).to_owned()).collect();
    wire::Verdict { evaluating_agencies, actual_micros: None, gap_micros: None, rank: None, ..verdict(indicator, code, Lamp::Missing) }
}

/// Two indicators of one agency, one of which another evaluates too; a red and a green verdict beside them.
fn march() -> Round {
    let verdicts = vec![
        missing("gdp", "430522", &["省发展改革委"]),
        missing("gdp", "430582", &["省发展改革委"]),
        missing("loans", "430582", &["省委金融办", "省发展改革委", "省发展改革委"]),
        verdict("gdp", "430523", Lamp::Red),
        verdict("loans", "430523", Lamp::Green),
    ];
    convert::round(frozen("2025-M03", verdicts)).unwrap()
}

fn all() -> Page {
    Page::parse(1_000, "").unwrap()
}

/// On an empty database; `None` where that kind is left out.
struct Fixture {
    database: TestDatabase,
    settings: Settings,
}

impl Fixture {
    async fn open(backend: Backend) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let database = backend.open().await?;
        Store::open(database.database()).await.unwrap();
        Some(Self { database, settings: config(directory.path()).load().unwrap() })
    }

    async fn at(&self, now: OffsetDateTime) -> Reminders {
        let store = Store::open(self.database.database()).await.unwrap();
        Reminders::new(store, Arc::new(self.settings.clone()), Arc::new(FixedClock(now)))
    }
}

impl Reminders {
    async fn now(&self, round: &Round) -> Written {
        self.write(self.rules().unwrap(), round, &self.term(self.rules().unwrap(), round.period)).await.unwrap()
    }

    async fn letters(&self) -> Vec<letter_row::Model> {
        self.store.letters(LetterFilter::default(), &all()).await.unwrap().0
    }

    async fn marks(&self) -> Vec<reminder::Model> {
        reminder::Entity::find().all(self.store.database().connection()).await.unwrap()
    }
}

#[rstest]
#[tokio::test]
async fn each_agency_gets_one_letter_stored_as_others_are(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(fixture) = Fixture::open(backend).await else { return };
    let reminders = fixture.at(BEFORE).await;
    assert_eq!(reminders.now(&march()).await, Ok(2));
    let letters = reminders.letters().await;
    let told: Vec<_> = letters.iter().map(|one| (one.number.as_str(), one.agency.as_str(), one.case_count, one.tier.as_str())).collect();
    assert_eq!(told, [("县调督〔2025〕1号", "省发展改革委", 3, "reminder"), ("县调督〔2025〕2号", "省委金融办", 1, "reminder")]);
    assert_eq!((letters[0].reply_by.as_str(), letters[0].period.as_str(), letters[0].simulated), ("2025-04-15", "2025-M03", false));
    let (stored, message) = reminders.store.letter(&letters[0].letter_id).await.unwrap().unwrap();
    assert_eq!((stored.sha256.clone(), stored.size_bytes), (hex(&Sha256::digest(&message)), i64::try_from(message.len()).unwrap()));
    let read = MessageParser::default().parse(&message).unwrap();
    assert_eq!((read.subject(), format!("<{}>", read.message_id().unwrap())), (Some(stored.subject.as_str()), stored.message_id.clone()));
    assert!(read.references().as_text_list().is_none() && read.body_text(0).unwrap().contains("请于2025年4月15日前据实报送"));
    // The address book has the first agency only: the other's letter waits, as every letter does.
    let deliveries = reminders.store.deliveries(&letters).await.unwrap();
    let of_first = &deliveries[&letters[0].letter_id];
    assert_eq!(of_first.iter().map(|one| one.recipient.as_str()).collect::<Vec<_>>(), ["a@gov.example", "b@gov.example"]);
    assert!(of_first.iter().all(|one| one.state == "pending" && one.next_attempt_at_ms == Some(millis(BEFORE))));
    assert!(!deliveries.contains_key(&letters[1].letter_id));
    assert_eq!(reminders.marks().await.iter().map(|mark| (mark.stage.as_str(), mark.letter_count)).collect::<Vec<_>>(), [("before", 2)]);
    assert_eq!(reminders.now(&march()).await, Err(Nothing::Written));
}

#[rstest]
#[tokio::test]
async fn the_second_refers_to_the_first(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(fixture) = Fixture::open(backend).await else { return };
    // What the other agency has was not missing yet.
    let first = convert::round(frozen("2025-M03", vec![missing("gdp", "430522", &["省发展改革委"])])).unwrap();
    assert_eq!(fixture.at(BEFORE).await.now(&first).await, Ok(1));
    let later = fixture.at(AFTER).await;
    assert_eq!(later.now(&march()).await, Ok(2));
    let letters = later.letters().await;
    assert_eq!(letters.iter().map(|one| one.ordinal).collect::<Vec<_>>(), [1, 2, 3]);
    let (_, message) = later.store.letter(&letters[1].letter_id).await.unwrap().unwrap();
    let read = MessageParser::default().parse(&message).unwrap();
    assert_eq!(format!("<{}>", read.references().as_text().unwrap()), letters[0].message_id);
    let text = read.body_text(0).unwrap();
    assert!(text.contains("此前已发县调督〔2025〕1号催报函，2025年4月10日") && text.contains("请于2025年4月23日前据实报送"), "{text}");
    let (_, message) = later.store.letter(&letters[2].letter_id).await.unwrap().unwrap();
    let read = MessageParser::default().parse(&message).unwrap();
    assert!(read.references().as_text().is_none() && !read.body_text(0).unwrap().contains("此前"));
    assert_eq!(later.now(&march()).await, Err(Nothing::Written));
}

#[rstest]
#[tokio::test]
async fn two_processes_write_each_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(fixture) = Fixture::open(backend).await else { return };
    let start = Arc::new(Barrier::new(4));
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let (reminders, start) = (fixture.at(BEFORE).await, Arc::clone(&start));
        tasks.push(tokio::spawn(async move {
            start.wait().await;
            reminders.now(&march()).await
        }));
    }
    let mut written = Vec::new();
    for task in tasks {
        written.push(task.await.unwrap());
    }
    written.sort_by_key(|one| one.is_err());
    assert_eq!(written, [Ok(2), Err(Nothing::Written), Err(Nothing::Written), Err(Nothing::Written)]);
    let letters = fixture.at(BEFORE).await.letters().await;
    assert_eq!(letters.iter().map(|one| one.ordinal).collect::<Vec<_>>(), [1, 2]);
}

#[rstest]
#[tokio::test]
async fn a_failure_stores_nothing_and_a_repeat_writes_all(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(fixture) = Fixture::open(backend).await else { return };
    let reminders = fixture.at(BEFORE).await;
    // A control character that came past the checks: the second letter cannot be built after mark, numbers and first letter were made.
    let mut broken = march();
    broken.findings[2].agencies[0] = "省委金融办\r\nBcc: x@y.example".to_owned();
    let failed = reminders.write(reminders.rules().unwrap(), &broken, &reminders.term(reminders.rules().unwrap(), broken.period)).await;
    assert!(matches!(failed, Err(IssueError::Build(_))), "{failed:?}");
    assert!(reminders.letters().await.is_empty() && reminders.marks().await.is_empty());
    assert_eq!(reminders.now(&march()).await, Ok(2));
    assert_eq!(reminders.letters().await[0].ordinal, 1);
}

#[rstest]
#[tokio::test]
async fn a_crash_before_the_end_repeats_all(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(fixture) = Fixture::open(backend).await else { return };
    let reminders = fixture.at(BEFORE).await;
    let (rules, round) = (reminders.rules().unwrap().clone(), march());
    // As far as the transaction goes but for its commit: what a process that dies there leaves behind.
    let tx = reminders.store.database().begin().await.unwrap();
    let owed = reminders.owed(&tx, &round, BEFORE).await.unwrap();
    let term = reminders.term(&rules, round.period);
    let settings = &reminders.settings;
    let writer = Writer { settings, rules: &rules, round: &round, stage: Stage::Before, term: &term, now: BEFORE, sent: BEFORE };
    assert!(stored::mark_written(&tx, writer.mark(owed.len()).unwrap()).await.unwrap());
    let letters = writer.letters(&tx, &owed).await.unwrap();
    let died: Vec<Vec<u8>> = letters.iter().map(|letter| letter.message.clone()).collect();
    issuing::store_letters(&tx, letters, millis(BEFORE)).await.unwrap();
    drop(tx);
    assert_eq!(reminders.now(&round).await, Ok(2));
    for (row, died) in reminders.letters().await.iter().zip(died) {
        assert_eq!(reminders.store.letter(&row.letter_id).await.unwrap().unwrap().1, died, "the repeat makes the same bytes");
    }
}

#[rstest]
#[tokio::test]
async fn nothing_is_written_of_what_is_no_more_or_not_yet_to_be_said(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(fixture) = Fixture::open(backend).await else { return };
    let reported = convert::round(frozen("2025-M03", vec![verdict("gdp", "430523", Lamp::Green), missing("gdp", "430522", &[])])).unwrap();
    let reminders = fixture.at(BEFORE).await;
    assert_eq!(reminders.now(&reported).await, Err(Nothing::AllReported));
    assert!(reminders.marks().await.is_empty(), "what goes missing later is still reminded of");
    assert_eq!(fixture.at(datetime!(2026-11-24 02:00 UTC)).await.now(&march()).await, Err(Nothing::LongPast));
    let silence = silence::Model {
        silence_id: "s".to_owned(),
        plan_id: Some(PLAN.to_owned()),
        indicator_id: None,
        division_code: None,
        reason: "x".to_owned(),
        who: "x".to_owned(),
        created_at_ms: 0,
        until_day: "2025-04-10".to_owned(),
        ended_at_ms: None,
        ended_by: String::new(),
    };
    silence::Entity::insert(silence.into_active_model()).exec_without_returning(reminders.store.database().connection()).await.unwrap();
    assert_eq!(reminders.now(&march()).await, Err(Nothing::AllReported), "a silence is in force");
    let next_day = fixture.at(BEFORE + time::Duration::DAY).await;
    let issued = next_day.issuer.issue(1, &convert::round(frozen("2025-M03", vec![])).unwrap()).await.unwrap();
    assert_eq!((issued, next_day.now(&march()).await), (Issued::Letters(0), Err(Nothing::Issued)));
    assert!(next_day.letters().await.is_empty());
}

#[tokio::test]
async fn quiet_hours_move_the_letter_and_its_days() {
    let mut fixture = Fixture::open(Sqlite).await.unwrap();
    fixture.settings.policy.quiet = Some(Quiet { from: 20, until: 8, working_days_only: true, origin: "x".to_owned() });
    // Tuesday 15 April in the evening: a letter of now goes out when reports are overdue, and is none.
    let evening = fixture.at(datetime!(2025-04-15 13:00 UTC)).await;
    assert_eq!(evening.now(&march()).await, Err(Nothing::Between));
    // Friday 18 April in the evening: it goes out on Monday and is dated so; Tuesday, Wednesday, Thursday.
    let friday = fixture.at(datetime!(2025-04-18 13:00 UTC)).await;
    assert_eq!(friday.now(&march()).await, Ok(2));
    let letters = friday.letters().await;
    assert_eq!((letters[0].reply_by.as_str(), letters[0].rendered_at_ms), ("2025-04-24", millis(datetime!(2025-04-18 13:00 UTC))));
    let due = friday.store.deliveries(&letters).await.unwrap()[&letters[0].letter_id][0].next_attempt_at_ms;
    assert_eq!(due, Some(millis(datetime!(2025-04-21 0:00 UTC))));
    let (_, message) = friday.store.letter(&letters[0].letter_id).await.unwrap().unwrap();
    let read = MessageParser::default().parse(&message).unwrap();
    assert!(read.body_text(0).unwrap().contains("号    2025年4月21日") && read.date().unwrap().to_rfc3339() == "2025-04-21T00:00:00Z");
    assert_eq!(friday.marks().await[0].dated, "2025-04-21");
}
