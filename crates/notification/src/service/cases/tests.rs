//! A case's life over a database, on both kinds.

use std::sync::{Arc, Mutex};

use leitai_proto::evaluation::v1::{Light, Verdict};
use leitai_rpc::clock::Clock;
use leitai_storage::testing::{
    Backend::{self, Postgres, Sqlite},
    TestDatabase,
};
use rstest::rstest;
use sea_orm::ConnectionTrait;
use time::macros::{date, datetime};

use super::*;
use crate::{
    convert,
    issue::Issuer,
    store::Store,
    testing::{config, frozen, verdict},
};

/// A clock that a test sets.
struct SetClock(Mutex<OffsetDateTime>);

impl Clock for SetClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

struct Office {
    _database: TestDatabase,
    issuer: Issuer,
    notifications: Notifications,
    clock: Arc<SetClock>,
}

const EVALUATOR: &str = "省发展改革委";
const COUNTY: &str = "第430582县县域经济发展专班";
const PROVINCE: &str = "黑龙江省县域经济发展专班";

impl Office {
    /// `None` where that kind of database is left out.
    async fn open(backend: Backend) -> Option<Self> {
        let database = backend.open().await?;
        let directory = tempfile::tempdir().unwrap();
        let settings = Arc::new(config(directory.path()).load().unwrap());
        let store = Store::open(database.database()).await.unwrap();
        let clock = Arc::new(SetClock(Mutex::new(datetime!(2025-04-18 09:00 UTC))));
        let issuer = Issuer::new(store.clone(), Arc::clone(&settings), clock.clone());
        let notifications = Notifications::new(store, settings, clock.clone());
        Some(Self { _database: database, issuer, notifications, clock })
    }

    async fn round(&self, sequence: i64, period: &str, light: Light) {
        let verdict = Verdict { submitter: EVALUATOR.to_owned(), ..verdict("gdp", "430582", light) };
        self.issuer.issue(sequence, &convert::round(frozen(period, vec![verdict])).unwrap()).await.unwrap();
    }

    async fn case(&self) -> wire::Case {
        let page = Page::parse(10, "").unwrap();
        let mut cases = self.notifications.cases(CaseFilter::default(), &page).await.unwrap().0;
        assert_eq!(cases.len(), 1);
        answer::cases::case(cases.remove(0)).unwrap()
    }

    async fn act(&self, request_id: &str, agency: &str, deed: Deed) -> Result<wire::Case, Failure> {
        let (case_id, agency) = (self.case().await.case_id, agency.to_owned());
        let act = Act { request_id: request_id.to_owned(), case_id, agency, who: "张三".to_owned(), reason: "说明".to_owned() };
        self.notifications.act(&act, &deed).await
    }

    async fn history(&self) -> Vec<case_history::Model> {
        let case_id = self.case().await.case_id;
        self.notifications.case_history(&case_id, &Page::parse(1_000, "").unwrap()).await.unwrap().0
    }
}

fn reason(failure: Failure) -> String {
    leitai_rpc::failure::explain(&failure.into())
}

fn measure() -> Deed {
    Deed::Rectify { measure: "推动项目开工".to_owned(), owner: "县发改局".to_owned(), promised: date!(2025 - 05 - 30) }
}

#[rstest]
#[tokio::test]
async fn a_case_is_acknowledged_rectified_recovered_and_signed_off(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    office.round(1, "2025-M03", Light::Red).await;
    assert_eq!((office.case().await.state(), office.case().await.tier()), (wire::CaseState::Open, wire::Tier::Notice));
    assert_eq!(office.act("r1", EVALUATOR, Deed::Acknowledge).await.unwrap().state(), wire::CaseState::Acknowledged);
    assert_eq!(office.act("r2", COUNTY, measure()).await.unwrap().state(), wire::CaseState::Rectifying);
    office.round(2, "2025-M06", Light::Green).await;
    let recovered = office.case().await;
    assert_eq!((recovered.state(), recovered.recovered_by.as_str()), (wire::CaseState::Recovered, EVALUATOR));
    assert!(reason(office.act("r3", EVALUATOR, Deed::SignOff).await.unwrap_err()).contains("OWN_RECOVERY"));
    assert_eq!(office.act("r4", PROVINCE, Deed::SignOff).await.unwrap().state(), wire::CaseState::SignedOff);
    let told: Vec<_> = office.history().await.into_iter().map(|entry| (entry.entry, entry.what, entry.who, entry.sequence)).collect();
    let entry = |number: i32, what: &str, who: &str, sequence| (number, what.to_owned(), who.to_owned(), sequence);
    let expected = [
        entry(1, "opened", "system", Some(1)),
        entry(2, "told", "system", Some(1)),
        entry(3, "acknowledged", "张三", None),
        entry(4, "rectification_filed", "张三", None),
        entry(5, "recovered", "system", Some(2)),
        entry(6, "signed_off", "张三", None),
    ];
    assert_eq!(told, expected);
    office.round(3, "2025-M09", Light::Red).await;
    assert_eq!((office.case().await.state(), office.case().await.acknowledged_by.len()), (wire::CaseState::Open, 0));
}

#[rstest]
#[tokio::test]
async fn a_repeat_is_answered_with_the_first_answer(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    office.round(1, "2025-M03", Light::Red).await;
    let first = office.act("r1", EVALUATOR, Deed::Acknowledge).await.unwrap();
    office.act("r2", COUNTY, measure()).await.unwrap();
    assert_eq!(office.act("r1", EVALUATOR, Deed::Acknowledge).await.unwrap(), first);
    assert_eq!(office.history().await.len(), 4);
    assert!(reason(office.act("r3", EVALUATOR, Deed::Acknowledge).await.unwrap_err()).contains("ACKNOWLEDGED_BEFORE"));
}

#[rstest]
#[tokio::test]
async fn of_the_same_request_at_the_same_time_one_is_done(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    office.round(1, "2025-M03", Light::Red).await;
    let case_id = office.case().await.case_id;
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let (notifications, case_id) = (office.notifications.clone(), case_id.clone());
            let (agency, who) = (EVALUATOR.to_owned(), "张三".to_owned());
            let act = Act { request_id: "same".to_owned(), case_id, agency, who, reason: String::new() };
            tokio::spawn(async move { notifications.act(&act, &Deed::Acknowledge).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().state(), wire::CaseState::Acknowledged);
    }
    assert_eq!(office.history().await.len(), 3);
}

#[rstest]
#[tokio::test]
async fn the_history_cannot_be_edited(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    office.round(1, "2025-M03", Light::Red).await;
    let before = office.history().await;
    let replace = match backend {
        Sqlite => {
            "INSERT OR REPLACE INTO case_history SELECT case_id, entry, at_ms, what, agency, 'x', reason, period, sequence, tier, hold FROM case_history"
        }
        Postgres => "TRUNCATE case_history",
    };
    for statement in ["UPDATE case_history SET who = 'x'", "DELETE FROM case_history", replace] {
        let error = office.notifications.store.database().connection().execute_unprepared(statement).await.unwrap_err();
        assert!(error.to_string().contains("never changed"), "{error}");
    }
    assert_eq!(office.history().await, before);
}

#[rstest]
#[tokio::test]
async fn a_deadline_that_passes_is_recorded_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    office.round(1, "2025-M03", Light::Red).await;
    assert_eq!(office.notifications.pass_deadlines().await.unwrap(), 0);
    // Five working days from Friday 18 April in Beijing end on the 25th.
    *office.clock.0.lock().unwrap() = datetime!(2025-04-25 16:00 UTC);
    assert_eq!(office.notifications.pass_deadlines().await.unwrap(), 1);
    assert_eq!(office.notifications.pass_deadlines().await.unwrap(), 0);
    let case = office.case().await;
    assert_eq!((case.overdue(), case.missed_deadlines), (wire::OverdueKind::Acknowledge, 1));
    let overdue = CaseFilter { overdue: true, agency: Some(EVALUATOR.to_owned()), ..CaseFilter::default() };
    assert_eq!(office.notifications.cases(overdue, &Page::parse(10, "").unwrap()).await.unwrap().0.len(), 1);
    office.act("r1", EVALUATOR, Deed::Acknowledge).await.unwrap();
    assert_eq!(office.case().await.overdue(), wire::OverdueKind::Unspecified);
}

#[rstest]
#[tokio::test]
async fn no_measure_is_recorded_and_the_next_letter_says_that_no_answer_came(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    office.round(1, "2025-M03", Light::Red).await;
    let known = office.act("r1", EVALUATOR, Deed::Acknowledge).await.unwrap();
    // Ten working days from Friday 18 April: 21 to 25, Sunday 27 to 30, 6 May.
    assert_eq!((known.measure_due.as_str(), known.overdue()), ("2025-05-06", wire::OverdueKind::Unspecified));
    *office.clock.0.lock().unwrap() = datetime!(2025-05-06 02:00 UTC);
    assert_eq!(office.notifications.pass_deadlines().await.unwrap(), 0, "the day itself is in time");
    *office.clock.0.lock().unwrap() = datetime!(2025-05-06 16:00 UTC);
    assert_eq!(office.notifications.pass_deadlines().await.unwrap(), 1);
    assert_eq!(office.notifications.pass_deadlines().await.unwrap(), 0);
    let case = office.case().await;
    assert_eq!((case.overdue(), case.missed_deadlines, case.state()), (wire::OverdueKind::Measure, 1, wire::CaseState::Acknowledged));
    let overdue = CaseFilter { overdue: true, ..CaseFilter::default() };
    assert_eq!(office.notifications.cases(overdue, &Page::parse(10, "").unwrap()).await.unwrap().0.len(), 1);
    // Twenty working days more: 7 to 9, 12 to 16, 19 to 23, 26 to 30 May, 3, 4 June.
    assert_eq!(case.missed_again_on, "2025-06-04");
    *office.clock.0.lock().unwrap() = datetime!(2025-06-05 02:00 UTC);
    assert_eq!(office.notifications.pass_deadlines().await.unwrap(), 1);
    office.round(2, "2025-M06", Light::Red).await;
    assert_eq!(office.case().await.tier(), wire::Tier::Supervision, "two deadlines missed");
    let of_june =
        crate::store::LetterFilter { period: Some("2025-M06".to_owned()), agency: Some(EVALUATOR.to_owned()), ..Default::default() };
    let letters = office.notifications.letters(of_june, &Page::parse(10, "").unwrap()).await.unwrap().0;
    let (_, message) = office.notifications.letter(&letters[0].0.letter_id).await.unwrap();
    let text = mail_parser::MessageParser::default().parse(&message).unwrap().body_text(0).unwrap().into_owned();
    assert!(text.contains("县调督〔2025〕1号提示函") && text.contains("至2025年5月6日期限届满未收到答复"), "{text}");
    let measure =
        Deed::Rectify { measure: "推动项目开工".to_owned(), owner: "县发改局".to_owned(), promised: date!(2025 - 06 - 30) };
    let filed = office.act("r2", COUNTY, measure).await.unwrap();
    assert_eq!((filed.overdue(), filed.missed_deadlines, filed.missed_again_on.as_str()), (wire::OverdueKind::Unspecified, 2, ""));
    let told: Vec<_> = office.history().await.into_iter().map(|entry| entry.what).collect();
    assert_eq!(told[2..5], ["acknowledged", "measure_overdue", "measure_overdue"]);
}

#[rstest]
#[tokio::test]
async fn a_silence_keeps_letters_back_until_it_ends(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    let new = |request_id: &str, until| NewSilence {
        request_id: request_id.to_owned(),
        plan_id: None,
        indicator_id: Some("gdp".to_owned()),
        division_code: None,
        who: "张三".to_owned(),
        reason: "核算方法调整".to_owned(),
        until,
    };
    let today = office.notifications.create_silence(&new("s0", date!(2025 - 04 - 18))).await;
    assert!(reason(today.unwrap_err()).contains("DAY"));
    let silence = office.notifications.create_silence(&new("s1", date!(2025 - 04 - 30))).await.unwrap();
    assert_eq!(office.notifications.create_silence(&new("s1", date!(2025 - 04 - 30))).await.unwrap(), silence);
    office.round(1, "2025-M03", Light::Red).await;
    let held = &office.history().await[1];
    assert_eq!((held.what.as_str(), held.hold.as_deref(), held.reason.contains(&silence.silence_id)), ("held", Some("silenced"), true));
    let ended = office.notifications.end_silence("e1", &silence.silence_id, "李四").await.unwrap();
    assert_eq!(ended.ended_by, "李四");
    assert!(reason(office.notifications.end_silence("e2", &silence.silence_id, "李四").await.unwrap_err()).contains("SILENCE_ENDED"));
    let page = Page::parse(10, "").unwrap();
    let listed = |ended| {
        let (notifications, page) = (office.notifications.clone(), page.clone());
        async move { notifications.silences(ended, &page).await.unwrap().0.len() }
    };
    assert_eq!((listed(false).await, listed(true).await), (0, 1));
    office.round(2, "2025-M06", Light::Red).await;
    assert_eq!(office.case().await.tier(), wire::Tier::Warning, "two periods running, though nothing was written of the first");
}

#[rstest]
#[tokio::test]
async fn a_deadline_counts_though_nobody_looked_before_the_owner_acted(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    office.round(1, "2025-M03", Light::Red).await;
    *office.clock.0.lock().unwrap() = datetime!(2025-05-20 16:00 UTC);
    let case = office.act("r1", EVALUATOR, Deed::Acknowledge).await.unwrap();
    assert_eq!((case.missed_deadlines, case.state()), (1, wire::CaseState::Acknowledged));
    let told: Vec<_> = office.history().await.into_iter().map(|entry| entry.what).collect();
    assert_eq!(told[2..], ["acknowledge_overdue", "acknowledged"]);
}

#[rstest]
#[tokio::test]
async fn one_request_id_of_two_calls_is_two_requests_and_of_two_cases_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    let two = ["430582", "430522"].map(|code| verdict("gdp", code, Light::Red)).to_vec();
    office.issuer.issue(1, &convert::round(frozen("2025-M03", two)).unwrap()).await.unwrap();
    let cases = office.notifications.cases(CaseFilter::default(), &Page::parse(10, "").unwrap()).await.unwrap().0;
    let act = |case: &case::Model, agency: &str| {
        let (case_id, agency, who) = (case.case_id.clone(), agency.to_owned(), "张三".to_owned());
        Act { request_id: "r1".to_owned(), case_id, agency, who, reason: String::new() }
    };
    let county = |case: &case::Model| format!("{}县域经济发展专班", case.division_name);
    office.notifications.act(&act(&cases[0], EVALUATOR), &Deed::Acknowledge).await.unwrap();
    let filed = office.notifications.act(&act(&cases[0], &county(&cases[0])), &measure()).await.unwrap();
    assert_eq!(filed.state(), wire::CaseState::Rectifying);
    let other = office.notifications.act(&act(&cases[1], EVALUATOR), &Deed::Acknowledge).await;
    assert!(reason(other.unwrap_err()).contains("REQUEST_ID"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn silences_are_made_and_ended_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    for round in 0..5 {
        let make = |_| {
            let notifications = office.notifications.clone();
            let new = NewSilence {
                request_id: format!("same{round}"),
                plan_id: None,
                indicator_id: Some("gdp".to_owned()),
                division_code: None,
                who: "张三".to_owned(),
                reason: "核算方法调整".to_owned(),
                until: date!(2025 - 04 - 30),
            };
            tokio::spawn(async move { notifications.create_silence(&new).await.unwrap().silence_id })
        };
        let mut ids = Vec::new();
        for made in (0..6).map(make).collect::<Vec<_>>() {
            ids.push(made.await.unwrap());
        }
        assert!(ids.iter().all(|id| *id == ids[0]));
        let end = |number: i32| {
            let (notifications, id) = (office.notifications.clone(), ids[0].clone());
            tokio::spawn(async move { notifications.end_silence(&format!("e{round}-{number}"), &id, "李四").await.is_ok() })
        };
        let mut ended = 0;
        for end in (0..3).map(end).collect::<Vec<_>>() {
            ended += i32::from(end.await.unwrap());
        }
        assert_eq!(ended, 1);
    }
}

#[rstest]
#[tokio::test]
async fn an_agency_is_looked_for_letter_for_letter(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    let other = Verdict { evaluating_agencies: vec!["省财政厅".to_owned()], ..verdict("tax", "430582", Light::Red) };
    office.issuer.issue(1, &convert::round(frozen("2025-M03", vec![verdict("gdp", "430582", Light::Red), other])).unwrap()).await.unwrap();
    for (agency, found) in [("省财政厅", 1), (EVALUATOR, 1), ("省%", 0), ("省___", 0), ("省财政", 0)] {
        let filter = CaseFilter { agency: Some(agency.to_owned()), ..CaseFilter::default() };
        let cases = office.notifications.cases(filter, &Page::parse(10, "").unwrap()).await.unwrap().0;
        assert_eq!(cases.len(), found, "{agency}");
    }
}

#[rstest]
#[tokio::test]
async fn a_measure_filed_in_time_stays_an_answer_when_a_better_one_follows(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    let texts = |period: &'static str| {
        let notifications = office.notifications.clone();
        async move {
            let filter = crate::store::LetterFilter { period: Some(period.to_owned()), ..Default::default() };
            let mut texts = Vec::new();
            for (letter, _) in notifications.letters(filter, &Page::parse(100, "").unwrap()).await.unwrap().0 {
                let (_, message) = notifications.letter(&letter.letter_id).await.unwrap();
                texts.push(mail_parser::MessageParser::default().parse(&message).unwrap().body_text(0).unwrap().into_owned());
            }
            texts
        }
    };
    office.round(1, "2025-M03", Light::Red).await;
    office.act("r1", EVALUATOR, Deed::Acknowledge).await.unwrap();
    *office.clock.0.lock().unwrap() = datetime!(2025-04-22 02:00 UTC);
    office.act("r2", COUNTY, measure()).await.unwrap();
    *office.clock.0.lock().unwrap() = datetime!(2025-05-20 02:00 UTC);
    let better = Deed::Rectify { measure: "再加措施".to_owned(), owner: "县发改局".to_owned(), promised: date!(2025 - 12 - 31) };
    office.act("r3", COUNTY, better).await.unwrap();
    *office.clock.0.lock().unwrap() = datetime!(2025-07-18 02:00 UTC);
    office.round(2, "2025-M06", Light::Red).await;
    let second = texts("2025-M06").await;
    assert!(second.len() == 2 && second.iter().all(|text| text.contains("1号提示函") || text.contains("2号提示函")));
    assert!(second.iter().all(|text| !text.contains("未收到答复")), "{second:?}");
    // Nothing was filed after the second letter, whose answer was due in July.
    *office.clock.0.lock().unwrap() = datetime!(2025-10-20 02:00 UTC);
    office.round(3, "2025-M09", Light::Red).await;
    assert!(texts("2025-M09").await.iter().all(|text| text.contains("未收到答复")));
}

#[rstest]
#[tokio::test]
async fn a_closed_case_is_not_overdue(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(office) = Office::open(backend).await else { return };
    office.round(1, "2025-M03", Light::Red).await;
    *office.clock.0.lock().unwrap() = datetime!(2025-05-20 16:00 UTC);
    assert_eq!(office.notifications.pass_deadlines().await.unwrap(), 1);
    office.round(2, "2025-M06", Light::Green).await;
    office.act("r1", PROVINCE, Deed::SignOff).await.unwrap();
    let overdue = CaseFilter { overdue: true, ..CaseFilter::default() };
    assert!(office.notifications.cases(overdue, &Page::parse(10, "").unwrap()).await.unwrap().0.is_empty());
}
