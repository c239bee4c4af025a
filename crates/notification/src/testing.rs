//! What evaluation would send, and a database to keep what comes of it.

use std::sync::Arc;

use leitai_proto::evaluation::v1::{FrozenRound, Light, StillNeeded, Verdict};
use leitai_rpc::clock::FixedClock;
use leitai_storage::testing::{Backend, TestDatabase};
use time::{OffsetDateTime, macros::datetime};

use crate::{config::NotificationConfig, issue::Issuer, store};

/// The time in tests.
pub const NOW: OffsetDateTime = datetime!(2025-04-18 09:00 UTC);

/// A verdict of the round that [`frozen`] puts it in.
pub fn verdict(indicator: &str, code: &str, light: Light) -> Verdict {
    Verdict {
        plan_id: "county-economy-2025".to_owned(),
        indicator_id: indicator.to_owned(),
        indicator_name: "地区生产总值增速".to_owned(),
        unit: "%".to_owned(),
        division_code: code.to_owned(),
        division_name: format!("第{code}县"),
        prefecture_name: "邵阳市".to_owned(),
        prefecture_code: "430500".to_owned(),
        submitter: "省统计局".to_owned(),
        period: "2025-M03".to_owned(),
        target_text: "5.5左右".to_owned(),
        expected_micros: Some(5_500_000),
        actual_micros: Some(4_100_000),
        gap_micros: Some(-1_400_000),
        light: light.into(),
        rank: Some(11),
        ranked_count: 12,
        still_needed: Some(StillNeeded {
            value_micros: 5_966_667,
            unit: "%".to_owned(),
            base_share_micros: Some(250_000),
            share_assumed: true,
            working: String::new(),
        }),
        evaluating_agencies: vec!["省发展改革委".to_owned()],
        decimals: 1,
        ..Verdict::default()
    }
}

/// A round with these verdicts.
pub fn frozen(period: &str, verdicts: Vec<Verdict>) -> FrozenRound {
    let moved = |verdict| Verdict { period: period.to_owned(), ..verdict };
    FrozenRound {
        plan_id: "county-economy-2025".to_owned(),
        plan_title: "黑龙江省县域经济发展突破年行动方案".to_owned(),
        period: period.to_owned(),
        frozen_at: "2025-04-18T08:00:00Z".to_owned(),
        verdicts: verdicts.into_iter().map(moved).collect(),
        method_notes: vec!["增速类指标的序时应达值即年度目标。".to_owned()],
        simulated: false,
        overdue_measures: Vec::new(),
    }
}

/// A configuration with an address for one department and one county.
pub fn config(directory: &std::path::Path) -> NotificationConfig {
    let file = directory.join("addresses.toml");
    let book = "[[agency]]\nname='省发展改革委'\naddresses=['a@gov.example','b@gov.example']\n\
                [[agency]]\nname='第430582县县域经济发展专班'\ncode='430582'\naddresses=['c@county.example']\n";
    std::fs::write(&file, book).unwrap();
    NotificationConfig { addresses_file: Some(file), ..NotificationConfig::at("http://127.0.0.1:1") }
}

/// An issuer on an empty database; `None` where that kind of database is left out.
pub async fn issuer(backend: Backend) -> Option<(TestDatabase, Issuer)> {
    let database = backend.open().await?;
    let directory = tempfile::tempdir().unwrap();
    let settings = Arc::new(config(directory.path()).load().unwrap());
    let store = store::Store::open(database.database()).await.unwrap();
    Some((database, Issuer::new(store, settings, Arc::new(FixedClock(NOW)))))
}
