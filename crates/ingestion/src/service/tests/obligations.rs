//! What is owed in a round, with a clock that is set by hand.

use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{CompletenessBy, Obligation, ObligationState};
use leitai_rpc::paging::Page;
use time::{OffsetDateTime, macros::datetime};

use super::*;
use crate::{error::Error, obligations::Filter, service::When, store::firsts, testing::SetClock};

fn march() -> Period {
    Period::new(2025, 3).unwrap()
}

fn page(size: i32) -> Page {
    Page::parse(size, "").unwrap()
}

struct Scene {
    _test: TestDatabase,
    service: Service,
    clock: SetClock,
}

impl Scene {
    /// The shipped plan with the round of March open.
    async fn open(backend: Backend) -> Option<Self> {
        let clock = SetClock::at(datetime!(2025-04-01 02:00 UTC));
        let (test, service) = open_at(backend, Arc::new(clock.clone())).await?;
        service.apply_plan(shipped("plan")).await.unwrap();
        service.follow_schedule().await.unwrap();
        Some(Self { _test: test, service, clock })
    }

    async fn submit(&self, at: OffsetDateTime, request: &str, rows: &str) {
        self.clock.set(at);
        self.service.submit(Submission { plan_id: SHIPPED.to_owned(), ..csv(request, rows) }).await.unwrap();
    }

    async fn listed(&self, filter: &Filter, when: When) -> Vec<Obligation> {
        self.service.obligations(SHIPPED, march(), filter, when, &page(1_000)).await.unwrap().0
    }

    async fn one(&self, division: &str, when: When) -> Obligation {
        let text = |text: &str| text.to_owned();
        let filter = Filter { division_code: text(division), indicator_id: text("gdp_growth"), ..Filter::default() };
        self.listed(&filter, when).await.remove(0)
    }
}

const BEFORE: OffsetDateTime = datetime!(2025-04-17 02:00 UTC);
/// The last second of the due day in Beijing.
const LAST: OffsetDateTime = datetime!(2025-04-22 15:59:59 UTC);
const LATE: OffsetDateTime = datetime!(2025-04-23 16:00 UTC);
const FREEZE: OffsetDateTime = datetime!(2025-04-28 02:00 UTC);
const AFTER: OffsetDateTime = datetime!(2025-05-07 02:00 UTC);

// Working days after 31 March: 1 to 3, 7 to 11, 14 to 18 (13), 21, 22 (15), 23, 24 (17), 25, 27 (19), 28 (20), 29, 30, 6 May, 7 (24).
#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_came_when_is_read_from_the_data(#[case] backend: Backend) {
    let Some(scene) = Scene::open(backend).await else { return };
    scene.submit(BEFORE, "1", "430524,gdp_growth,2025-M03,6.9,%\n").await;
    scene.submit(LAST, "2", "430522,gdp_growth,2025-M03,5.0,%\n").await;
    assert_eq!(scene.one("430523", When::Now).await.state(), ObligationState::NotYetDue);
    scene.submit(LATE, "3", "430523,gdp_growth,2025-M03,5.0,%\n").await;
    // A correction changes nothing of when it came.
    scene.submit(LATE, "4", "430524,gdp_growth,2025-M03,7.0,%\n").await;
    scene.clock.set(FREEZE);
    let frozen = scene.service.freeze_round("f", SHIPPED, march()).await.unwrap();
    scene.submit(AFTER, "5", "430525,gdp_growth,2025-M03,5.0,%\n").await;

    let facts = |one: &Obligation| (one.state(), one.lag_working_days, one.late_working_days, one.after_freeze);
    let now = async |division| facts(&scene.one(division, When::Now).await);
    assert_eq!(now("430524").await, (ObligationState::OnTime, Some(12), 0, false));
    assert_eq!(now("430522").await, (ObligationState::OnTime, Some(15), 0, false));
    assert_eq!(now("430523").await, (ObligationState::Late, Some(17), 2, false));
    assert_eq!(now("430525").await, (ObligationState::Late, Some(24), 9, true));
    assert_eq!(now("430527").await, (ObligationState::Missing, None, 0, false));
    let at_freeze = async |division| facts(&scene.one(division, When::Freeze).await);
    assert_eq!(at_freeze("430523").await, (ObligationState::Late, Some(17), 2, false));
    assert_eq!(at_freeze("430525").await, (ObligationState::Missing, None, 0, false));
    let earlier = scene.one("430523", When::At(LAST)).await;
    assert_eq!((earlier.state(), earlier.reported_at.as_str()), (ObligationState::NotYetDue, ""));

    let told = scene.one("430524", When::Now).await;
    assert_eq!(
        (told.indicator_name.as_str(), told.division_name.as_str(), told.prefecture_name.as_str()),
        ("地区生产总值增速", "隆回县", "邵阳市")
    );
    assert_eq!((told.agencies.as_slice(), told.reported_at.as_str()), (["省发展改革委".to_owned()].as_slice(), "2025-04-17T02:00:00Z"));
    assert_eq!((told.submitter.as_str(), told.report_id.len()), ("邵阳市统计局", 32));
    let kept = frozen.round.unwrap().at_freeze.unwrap();
    let again = scene.service.completeness(SHIPPED, march(), CompletenessBy::Unspecified, When::Freeze, &page(10)).await.unwrap();
    assert_eq!((again.whole, again.as_of.as_str()), (kept.clone(), "2025-04-28T02:00:00Z"));
    assert_eq!((kept.owed, kept.on_time, kept.late, kept.missing, kept.median_lag_working_days), (170, 2, 1, 167, Some(15.0)));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn pages_and_filters_join_to_the_whole(#[case] backend: Backend) {
    let Some(scene) = Scene::open(backend).await else { return };
    scene.submit(BEFORE, "1", "430524,loan_growth,2025-M03,6.9,%\n230000,province_gdp,2025-M03,1600,亿元\n").await;
    let all = scene.listed(&Filter::default(), When::Now).await;
    assert_eq!(all.len(), 170);
    let (mut joined, mut token) = (Vec::new(), String::new());
    loop {
        let page = Page::parse(7, &token).unwrap();
        let (rows, next) = scene.service.obligations(SHIPPED, march(), &Filter::default(), When::Now, &page).await.unwrap();
        joined.extend(rows);
        token = next;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(joined, all);
    let count = async |filter: Filter| scene.listed(&filter, When::Now).await.len();
    // Province: GDP and its growth, two incomes' first, investment; counties: GDP, investment, urban incomes.
    assert_eq!(count(Filter { agency: "省发展改革委".to_owned(), ..Filter::default() }).await, 4 + 3 * 12);
    assert_eq!(count(Filter { agency: "省地方金融管理局".to_owned(), ..Filter::default() }).await, 1 + 12);
    assert_eq!(count(Filter { agency: "某局".to_owned(), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { division_code: "430524".to_owned(), ..Filter::default() }).await, 13);
    assert_eq!(count(Filter { states: vec![ObligationState::OnTime], ..Filter::default() }).await, 2);
    let province = scene.listed(&Filter { division_code: "230000".to_owned(), ..Filter::default() }, When::Now).await;
    assert_eq!(
        (province[0].division_name.as_str(), province[0].state(), province[1].state()),
        ("黑龙江省", ObligationState::OnTime, ObligationState::NotYetDue)
    );
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_page_reads_its_own_values(#[case] backend: Backend) {
    let Some(scene) = Scene::open(backend).await else { return };
    scene.submit(BEFORE, "1", "430522,gdp_growth,2025-M03,5,%\n430523,gdp_growth,2025-M03,5,%\n430523,loan_growth,2025-M03,5,%\n").await;
    let read = async |keys: &[(&str, &str)]| {
        let among = keys.iter().copied().collect();
        let firsts = firsts::of_period(scene.service.database.connection(), SHIPPED, "2025-M03", &among).await.unwrap();
        firsts.values().map(|first| (first.division_code.clone(), first.indicator_id.clone())).collect::<Vec<_>>()
    };
    assert_eq!(read(&[("430523", "gdp_growth"), ("430524", "gdp_growth")]).await, [("430523".to_owned(), "gdp_growth".to_owned())]);
    assert_eq!((read(&[("430524", "loan_growth")]).await.len(), read(&[]).await.len()), (0, 3));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_last_of_many_is_found_by_its_state(#[case] backend: Backend) {
    let Some(scene) = Scene::open(backend).await else { return };
    // With the plan's own 67 counties 885 values are owed: more than are looked at together.
    scene.service.apply_plan(new_plan("own", leitai_domain::shipped::plan(SHIPPED).unwrap(), &[])).await.unwrap();
    scene.submit(BEFORE, "1", "232722,rural_income_growth,2025-M03,5.0,%\n").await;
    let filter = Filter { states: vec![ObligationState::OnTime], ..Filter::default() };
    let (rows, next) = scene.service.obligations(SHIPPED, march(), &filter, When::Now, &page(1)).await.unwrap();
    assert_eq!(
        rows.iter().map(|one| (one.division_code.as_str(), one.indicator_id.as_str())).collect::<Vec<_>>(),
        [("232722", "rural_income_growth")]
    );
    assert_eq!((next.as_str(), scene.listed(&Filter::default(), When::Now).await.len()), ("", 67 * 13 + 14));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn completeness_is_told_by_agency_division_and_indicator(#[case] backend: Backend) {
    let Some(scene) = Scene::open(backend).await else { return };
    scene.submit(BEFORE, "1", "430524,loan_growth,2025-M03,6.9,%\n").await;
    scene.submit(LATE, "2", "430525,loan_growth,2025-M03,6.9,%\n").await;
    let told = async |by| scene.service.completeness(SHIPPED, march(), by, When::Now, &page(100)).await.unwrap();
    let agencies = told(CompletenessBy::Agency).await;
    let names: Vec<&str> = agencies.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        names.join(" "),
        "省发展改革委 省农业农村厅 省工业和信息化厅 省科技厅 黑龙江金融监管局 省地方金融管理局 人民银行黑龙江省分行 省财政厅 省税务局 省商务厅"
    );
    let bank = agencies.rows.iter().find(|row| row.name == "人民银行黑龙江省分行").unwrap();
    assert_eq!((bank.owed, bank.on_time, bank.late, bank.missing, bank.median_lag_working_days), (13, 1, 1, 11, Some(14.5)));
    assert_eq!((bank.completeness, bank.timeliness), (Some(2.0 / 13.0), Some(1.0 / 13.0)));
    let divisions = told(CompletenessBy::Division).await.rows;
    assert_eq!((divisions.len(), divisions[0].key.as_str(), divisions[0].owed, divisions[12].key.as_str()), (13, "230000", 14, "430582"));
    let indicators = told(CompletenessBy::Indicator).await.rows;
    assert_eq!((indicators.len(), indicators[0].key.as_str(), indicators[0].owed), (27, "province_gdp", 1));
    assert!(told(CompletenessBy::Unspecified).await.rows.is_empty());
    let first = scene.service.completeness(SHIPPED, march(), CompletenessBy::Division, When::Now, &page(5)).await.unwrap();
    let rest = Page::parse(100, &first.next_page_token).unwrap();
    let rest = scene.service.completeness(SHIPPED, march(), CompletenessBy::Division, When::Now, &rest).await.unwrap();
    assert_eq!([first.rows, rest.rows].concat(), divisions);
}

#[tokio::test]
async fn a_round_that_nobody_opened_is_told_of_too() {
    let scene = Scene::open(Backend::Sqlite).await.unwrap();
    let june = Period::new(2025, 6).unwrap();
    let ask = async |plan: &str, period, when| {
        scene.service.obligations(plan, period, &Filter::default(), when, &page(1)).await.map(|(rows, _)| rows)
    };
    assert_eq!(ask(SHIPPED, june, When::Now).await.unwrap()[0].state(), ObligationState::NotYetDue);
    assert!(ask(SHIPPED, Period::new(2025, 1).unwrap(), When::Now).await.unwrap().is_empty());
    assert!(matches!(ask(SHIPPED, june, When::Freeze).await, Err(Error::NotFrozen { .. })));
    assert!(matches!(ask(SHIPPED, Period::new(2024, 6).unwrap(), When::Now).await, Err(Error::OtherYear { .. })));
    assert!(matches!(ask("none", june, When::Now).await, Err(Error::UnknownPlan(_))));
}
