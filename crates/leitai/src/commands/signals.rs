//! `leitai signals`: what the data providers are asked to verify. Signals stand beside the score and never enter it.

use leitai_proto::evaluation::v1::{ListSignalsRequest, Signal};
use serde_json::{Value, json};

use crate::{
    cli::{Format, SignalsArgs, SignalsCommand},
    clients::{Clients, all_pages},
    listing::Listing,
    words,
};

const COLUMNS: [(&str, &str); 11] = [
    ("kind", "提示"),
    ("indicator", "指标"),
    ("sample_size", "样本"),
    ("statistic", "统计量"),
    ("p_value", "p值"),
    ("false_alarm_rate", "误报率%"),
    ("message", "说明"),
    // Only where a line may be of any length.
    ("indicator_id", "编码"),
    ("divisions", "县"),
    ("periods", "时期"),
    ("method", "方法"),
];
/// Columns of a table.
const SHORT: usize = 7;

pub async fn run(command: SignalsCommand, mut clients: Clients) -> anyhow::Result<()> {
    let SignalsCommand::List(args) = command;
    let SignalsArgs { round, kind, division, as_of, format } = args;
    let request = ListSignalsRequest {
        plan_id: round.plan,
        period: round.period.to_string(),
        kind: kind.map_or(0, |kind| kind.wire().into()),
        division_code: division.unwrap_or_default(),
        page_size: 1_000,
        as_of: as_of.as_of,
        ..ListSignalsRequest::default()
    };
    let page = |page_token| ListSignalsRequest { page_token, ..request.clone() };
    let signals = all_pages!(token => clients.analysis.list_signals(page(token)), signals);
    listing(&signals, format.format).print(format.format)
}

fn listing(signals: &[Signal], format: Format) -> Listing {
    let mut listing = Listing::shortened(&COLUMNS, SHORT, format);
    for signal in signals {
        let mut row = figures(signal);
        row.extend([json!(signal.indicator_id), json!(signal.division_codes), json!(signal.periods), json!(signal.method)]);
        listing.push(row);
    }
    listing
}

fn figures(signal: &Signal) -> Vec<Value> {
    vec![
        json!(words::signal(signal.kind())),
        json!(signal.indicator_name),
        json!(signal.sample_size),
        json!(format!("{:.2}", signal.statistic)),
        json!(signal.p_value.map(probability)),
        json!(signal.false_alarm_rate.map(|rate| format!("{:.1}", rate * 100.0))),
        json!(signal.message),
    ]
}

/// Two digits that matter: 0.0042, 3.1e-9.
fn probability(value: f64) -> String {
    if value >= 0.000_1 { format!("{value:.4}") } else { format!("{value:.1e}") }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0.00421, "0.0042")]
    #[case(3.14e-9, "3.1e-9")]
    #[case(1.0, "1.0000")]
    fn small_probabilities_keep_their_digits(#[case] value: f64, #[case] shown: &str) {
        assert_eq!(probability(value), shown);
    }

    #[test]
    fn a_table_has_what_fits_and_other_forms_have_all() {
        let signal = Signal { false_alarm_rate: Some(0.012_4), statistic: -3.456, ..Signal::default() };
        assert_eq!(figures(&signal).len(), SHORT);
        assert_eq!(
            (figures(&signal).remove(3), figures(&signal).remove(4), figures(&signal).remove(5)),
            (json!("-3.46"), json!(null), json!("1.2"))
        );
    }
}
