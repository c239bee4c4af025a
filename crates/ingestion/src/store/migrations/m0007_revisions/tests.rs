use leitai_proto::ingestion::v1::ObservationAccepted;
use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
use rstest::rstest;
use sea_orm::EntityTrait;

use super::*;
use crate::store::{Migrator, entities::observation_revision};

fn entry(revision: i32, recorded_at_ms: i64) -> Vec<u8> {
    let text = |text: &str| text.to_owned();
    let observation = Observation {
        division_code: text("430524"),
        indicator_id: text("gdp_growth"),
        period: text("2025-M03"),
        revision,
        ..Observation::default()
    };
    let accepted = ObservationAccepted { plan_id: text("p"), observation: Some(observation), submitter: text("局") };
    Change { sequence: 0, recorded_at_ms, kind: Some(Kind::ObservationAccepted(accepted)) }.encode_to_vec()
}

/// A log of before: a plan, two revisions with times or without, and a third that the log does not tell.
#[rstest]
#[tokio::test]
async fn values_of_before_get_number_and_time(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let database = test.database();
    let (before, _) = (0_u32..).zip(Migrator::migrations()).find(|(_, one)| one.name() == Revisions.name()).unwrap();
    let tx = database.begin().await.unwrap();
    Migrator::up(&tx, Some(before)).await.unwrap();
    let wrong = if matches!(backend, Sqlite) { "0" } else { "FALSE" };
    let report = "INSERT INTO report (report_id, plan_id, submitter, file_name, content_sha256, submitted_at, simulated)
        VALUES ('r', 'p', '局', 'a.csv', '', 5000, {false})";
    tx.execute_unprepared(&report.replace("{false}", wrong)).await.unwrap();
    for revision in 1..=3 {
        let row = format!(
            "INSERT INTO observation_revision (division_code, plan_id, indicator_id, period, revision, value_micros, source_text, report_id,
                place, printed_rank, proxy, simulated) VALUES ('430524', 'p', 'gdp_growth', '2025-M03', {revision}, 1, '1', 'r', '', NULL, '', {wrong})"
        );
        tx.execute_unprepared(&row).await.unwrap();
    }
    let plan = Change { sequence: 0, recorded_at_ms: 1, kind: None }.encode_to_vec();
    ChangeLog::new().append(&tx, vec![plan, entry(1, 0), entry(2, 7_000)]).await.unwrap();
    tx.commit().await.unwrap();

    database.migrate::<Migrator>().await.unwrap();
    let mut rows = observation_revision::Entity::find().all(database.connection()).await.unwrap();
    rows.sort_by_key(|row| row.revision);
    let told: Vec<_> = rows.iter().map(|row| (row.sequence, row.in_force_at)).collect();
    assert_eq!(told, [(2, 5_000), (3, 7_000), (0, 5_000)]);
}
