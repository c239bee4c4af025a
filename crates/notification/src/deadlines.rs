//! Records deadlines that pass, so that a case says it is overdue before its next round does.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::service::Notifications;

/// Between two looks: days pass slowly.
const EVERY: Duration = Duration::from_secs(600);

/// Looks for ever; a failure waits for the next look. Safe to drop at any await.
pub async fn watch(notifications: Notifications) {
    let mut looks = interval(EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        match notifications.pass_deadlines().await {
            Ok(0) => {}
            Ok(cases) => tracing::info!(cases, "deadlines passed"),
            // Its causes are in the log already.
            Err(_) => tracing::warn!("deadlines are looked at again later"),
        }
    }
}
