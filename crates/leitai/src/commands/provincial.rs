//! `leitai provincial`: 附件1, the province's own targets rolled up from the counties beside what the province reports.

use leitai_domain::decimal::{Decimal, fixed, from_micros, round, round_up};
use leitai_proto::evaluation::v1::{ListProvincialResultsRequest, ProvincialResult, RollUpInput, Verdict};
use serde_json::{Value, json};

use crate::{
    cli::{Format, ProvincialCommand},
    clients::{Clients, all_pages},
    listing::Listing,
    words,
};

const COLUMNS: [(&str, &str); 20] = [
    ("indicator_id", "编码"),
    ("indicator", "指标"),
    ("target", "目标"),
    ("expected", "应达"),
    ("rolled_up", "各县汇总"),
    ("reported", "全省报送"),
    ("difference", "报送减汇总"),
    ("allowance", "舍入允许"),
    ("unit", "单位"),
    ("state", "核对"),
    ("counties_in", "有数县"),
    ("counties_of", "应有县"),
    ("weight_coverage", "占上年%"),
    ("judged", "评价依据"),
    ("light", "灯"),
    ("simulated", "模拟"),
    ("explanation", "说明"),
    // Only where a line may be of any length.
    ("formula", "公式"),
    ("inputs", "公式各数"),
    ("missing_divisions", "缺数县"),
];
/// Columns of a table.
const SHORT: usize = 17;

pub async fn run(command: ProvincialCommand, clients: Clients) -> anyhow::Result<()> {
    let ProvincialCommand::List { round, as_of, format } = command;
    let request = ListProvincialResultsRequest {
        plan_id: round.plan,
        period: round.period.to_string(),
        page_size: 1_000,
        as_of: as_of.as_of,
        ..ListProvincialResultsRequest::default()
    };
    listing(&fetch(clients, request).await?, format.format).print(format.format)
}

async fn fetch(mut clients: Clients, request: ListProvincialResultsRequest) -> anyhow::Result<Vec<ProvincialResult>> {
    let page = |page_token| ListProvincialResultsRequest { page_token, ..request.clone() };
    Ok(all_pages!(token => clients.analysis.list_provincial_results(page(token)), results))
}

/// In the plan's order; a table leaves the formula and its inputs out, CSV gives each input as `name=value unit`.
fn listing(results: &[ProvincialResult], format: Format) -> Listing {
    let mut listing = Listing::shortened(&COLUMNS, SHORT, format);
    for result in results {
        let verdict = result.verdict.clone().unwrap_or_default();
        let mut row = figures(result, &verdict);
        row.extend(judgement(result, &verdict));
        row.extend([json!(result.formula), inputs(&result.inputs, format), json!(result.missing_divisions)]);
        listing.push(row);
    }
    listing
}

fn figures(result: &ProvincialResult, verdict: &Verdict) -> Vec<Value> {
    let rounded = |micros: Option<i64>| json!(micros.map(|micros| finer(verdict, from_micros(micros), round)));
    // Rounded up as in the explanation: a difference equal to it is within it.
    let allowance = result.allowance_micros.map(|micros| finer(verdict, from_micros(micros), round_up));
    vec![
        json!(verdict.indicator_id),
        json!(verdict.indicator_name),
        json!(verdict.target_text),
        words::amount(verdict, verdict.expected_micros),
        rounded(result.rolled_up_micros),
        words::amount(verdict, result.reported_micros),
        rounded(result.difference_micros),
        json!(allowance),
        json!(verdict.unit),
    ]
}

/// A roll-up and what lies between it and the reported figure: as many places as the explanation's sentence has.
fn finer(verdict: &Verdict, value: Decimal, rounding: fn(Decimal, u32) -> Decimal) -> String {
    let places = u32::try_from(verdict.decimals).unwrap_or_default().max(1).saturating_add(1);
    fixed(rounding(value, places), places)
}

fn judgement(result: &ProvincialResult, verdict: &Verdict) -> Vec<Value> {
    // In 10⁻⁶ of the whole; in percent with one decimal.
    let coverage = result.weight_coverage_micros.map(|micros| fixed(from_micros(micros.saturating_mul(100)), 1));
    vec![
        json!(words::reconciliation(result.state())),
        json!(result.counties_in),
        json!(result.counties_of),
        json!(coverage),
        json!(judged(result, verdict)),
        json!(words::light(verdict.light())),
        json!(verdict.simulated),
        json!(result.explanation),
    ]
}

/// Which of the two figures the verdict is on.
fn judged(result: &ProvincialResult, verdict: &Verdict) -> &'static str {
    match verdict.actual_micros {
        None => "不评",
        actual if actual == result.reported_micros => "报送数",
        actual if actual == result.rolled_up_micros => "汇总数",
        Some(_) => "?",
    }
}

fn inputs(inputs: &[RollUpInput], format: Format) -> Value {
    let one = |input: &RollUpInput| match format {
        Format::Json => json!({ "name": input.name, "value": input.value, "unit": input.unit }),
        Format::Csv | Format::Table => json!(format!("{}={}{}", input.name, input.value, input.unit)),
    };
    inputs.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Some(5), Some(5), Some(4), "报送数")]
    #[case(Some(4), None, Some(4), "汇总数")]
    #[case(None, None, None, "不评")]
    #[case(None, None, Some(4), "不评")]
    fn the_judged_figure_is_the_verdicts(
        #[case] actual: Option<i64>,
        #[case] reported: Option<i64>,
        #[case] rolled: Option<i64>,
        #[case] word: &str,
    ) {
        let result = ProvincialResult { reported_micros: reported, rolled_up_micros: rolled, ..ProvincialResult::default() };
        assert_eq!(judged(&result, &Verdict { actual_micros: actual, ..Verdict::default() }), word);
    }

    #[test]
    fn a_table_has_what_fits_and_json_all_inputs() {
        let input = RollUpInput { name: "各县之和".to_owned(), value: "12.5".to_owned(), unit: "亿元".to_owned() };
        let result = ProvincialResult {
            verdict: Some(Verdict { decimals: 0, ..Verdict::default() }),
            rolled_up_micros: Some(12_500_000),
            weight_coverage_micros: Some(987_654),
            inputs: vec![input],
            ..ProvincialResult::default()
        };
        let verdict = result.verdict.clone().unwrap();
        assert_eq!((figures(&result, &verdict).len(), judgement(&result, &verdict).len()), (9, SHORT - 9));
        assert_eq!((figures(&result, &verdict).remove(4), judgement(&result, &verdict).remove(3)), (json!("12.50"), json!("98.8")));
        assert_eq!(inputs(&result.inputs, Format::Json), json!([{ "name": "各县之和", "value": "12.5", "unit": "亿元" }]));
        assert_eq!(inputs(&result.inputs, Format::Csv), json!(["各县之和=12.5亿元"]));
    }
}
