//! The tables' rows.

/// Makes a module with one entity that has no relations.
macro_rules! entity {
    ($(#[$doc:meta])* $module:ident, $table:literal, { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        pub mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $kind,)*
            }

            /// None: rows are read by key.
            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(
    /// Cases, by division, plan and indicator. Days are `2025-05-06`.
    case, "cases", {
        #[sea_orm(primary_key, auto_increment = false)]
        division_code: String,
        #[sea_orm(primary_key, auto_increment = false)]
        plan_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        indicator_id: String,
        case_id: String,
        indicator_name: String,
        division_name: String,
        state: String,
        opened_period: String,
        latest_period: String,
        periods_behind: i32,
        agencies: String,
        simulated: bool,
        run: i32,
        tier: Option<String>,
        rounds_since_told: i32,
        acknowledged_by: String,
        acknowledge_due: Option<String>,
        measure: String,
        measure_owner: String,
        rectify_due: Option<String>,
        overdue: Option<String>,
        missed_deadlines: i32,
        suspended_until: Option<String>,
        recovered_by: String,
        entries: i32,
        missed_again_on: Option<String>,
        day_moves: i32,
        promised_day: Option<String>,
        measure_due: Option<String>,
    }
);

entity!(
    /// What happened to a case, numbered from 1; never changed.
    case_history, "case_history", {
        #[sea_orm(primary_key, auto_increment = false)]
        case_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        entry: i32,
        at_ms: i64,
        what: String,
        agency: String,
        who: String,
        reason: String,
        period: Option<String>,
        sequence: Option<i64>,
        tier: Option<String>,
        hold: Option<String>,
    }
);

entity!(
    /// Silences: no letter about what they cover, up to and including a day.
    silence, "silences", {
        #[sea_orm(primary_key, auto_increment = false)]
        silence_id: String,
        plan_id: Option<String>,
        indicator_id: Option<String>,
        division_code: Option<String>,
        reason: String,
        who: String,
        created_at_ms: i64,
        until_day: String,
        ended_at_ms: Option<i64>,
        ended_by: String,
    }
);

entity!(
    /// Letters without their bytes.
    letter, "letters", {
        #[sea_orm(primary_key, auto_increment = false)]
        letter_id: String,
        year: i32,
        ordinal: i32,
        number: String,
        plan_id: String,
        period: String,
        agency: String,
        division_code: Option<String>,
        subject: String,
        message_id: String,
        mail_from: String,
        sha256: String,
        size_bytes: i64,
        rendered_at_ms: i64,
        case_count: i32,
        simulated: bool,
        tier: String,
        reply_by: String,
    }
);

entity!(
    /// Reminders that were written: a period's first or second, with its due day and the day that its letters are dated. Days are `2025-05-06`.
    reminder, "reminders", {
        #[sea_orm(primary_key, auto_increment = false)]
        plan_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        period: String,
        #[sea_orm(primary_key, auto_increment = false)]
        stage: String,
        due_day: String,
        dated: String,
        written_at_ms: i64,
        letter_count: i32,
    }
);

entity!(
    /// What a letter holds: one row for each finding; none for letters made before this was recorded.
    letter_finding, "letter_findings", {
        #[sea_orm(primary_key, auto_increment = false)]
        letter_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        indicator_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        division_code: String,
    }
);

entity!(
    /// Letters that correct another, numbered from 1 for each of these; never changed.
    correction, "corrections", {
        #[sea_orm(primary_key, auto_increment = false)]
        letter_id: String,
        corrects_letter_id: String,
        ordinal: i32,
        at_ms: i64,
        who: String,
        reason: String,
    }
);

entity!(
    /// What a correction told of each finding, in 10⁻⁶; never changed.
    correction_item, "correction_items", {
        #[sea_orm(primary_key, auto_increment = false)]
        letter_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        indicator_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        division_code: String,
        expected: Option<i64>,
        actual: Option<i64>,
        gap: Option<i64>,
        light: String,
        rank: Option<i32>,
        ranked_count: i32,
        behind_since: Option<String>,
    }
);

entity!(
    /// The last number of each year's letters.
    letter_counter, "letter_counters", {
        #[sea_orm(primary_key, auto_increment = false)]
        year: i32,
        last: i32,
    }
);

entity!(
    /// The stored bytes of a letter.
    letter_message, "letter_messages", {
        #[sea_orm(primary_key, auto_increment = false)]
        letter_id: String,
        message: Vec<u8>,
    }
);

entity!(
    /// One letter to one address.
    delivery, "deliveries", {
        #[sea_orm(primary_key, auto_increment = false)]
        delivery_id: String,
        letter_id: String,
        recipient: String,
        state: String,
        attempts: i32,
        next_attempt_at_ms: Option<i64>,
        lease_token: Option<String>,
        lease_until_ms: Option<i64>,
        finished_at_ms: Option<i64>,
        last_answer: String,
        attempts_before: i32,
        bounced_at_ms: Option<i64>,
        domain: String,
    }
);

entity!(
    /// What happened to a delivery beside attempts, never changed.
    delivery_event, "delivery_events", {
        #[sea_orm(primary_key, auto_increment = false)]
        delivery_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        ordinal: i32,
        at_ms: i64,
        what: String,
        who: String,
        reason: String,
    }
);

entity!(
    /// What reports said about one recipient each, never changed.
    bounce, "bounces", {
        #[sea_orm(primary_key, auto_increment = false)]
        bounce_id: String,
        at_ms: i64,
        outcome: String,
        letter_id: Option<String>,
        delivery_id: Option<String>,
        final_recipient: String,
        original_recipient: String,
        action: String,
        status: String,
        diagnostic: String,
        reporting_mta: String,
        message_id: String,
    }
);

entity!(
    /// Leases that were given, never changed: a 2xx counts under any of them.
    lease, "leases", {
        #[sea_orm(primary_key, auto_increment = false)]
        delivery_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        lease_token: String,
        worker_id: String,
        leased_at_ms: i64,
        lease_until_ms: i64,
    }
);

entity!(
    /// Attempts that were recorded, never changed.
    attempt, "attempts", {
        #[sea_orm(primary_key, auto_increment = false)]
        delivery_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        lease_token: String,
        at_ms: i64,
        outcome: String,
        answer: String,
        will_retry: bool,
    }
);

entity!(
    /// Rounds whose letters were made.
    issued_round, "issued_rounds", {
        #[sea_orm(primary_key, auto_increment = false)]
        plan_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        period: String,
        sequence: i64,
        issued_at_ms: i64,
        letter_count: i32,
    }
);
