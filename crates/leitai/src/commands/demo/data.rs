//! What the demo submits: a real workbook, or a simulated year.

use anyhow::Context;
use leitai_domain::{division::Registry, period::Period, plan::Plan, simulate};
use leitai_proto::ingestion::v1::{ReportFile, ReportRow, ReportRows, submit_report_request::Content};

use crate::{
    cli::DemoData,
    commands::{duties, plan, simulate::SEED},
};

/// The plan whose county targets are judged.
pub const PLAN_ID: &str = "heilongjiang-county-economy-2025";
/// Shaoyang, the prefecture of the real workbook.
const SHAOYANG: &str = "430500";

/// Everything that one demo submits.
pub struct DataSet {
    /// What it is, for the head of the output, Chinese.
    pub description: String,
    /// Counties judged in place of the plan's own; empty for those.
    pub county_codes: Vec<String>,
    /// A responsibility list as a workbook, for made-up data alone: its rows are made up too.
    pub duties: Option<Vec<u8>>,
    /// Reports in the order of their submission.
    pub batches: Vec<Batch>,
    /// True where the values are simulated.
    pub simulated: bool,
}

/// One report.
pub struct Batch {
    /// Part of its request id.
    pub key: String,
    /// For people, Chinese.
    pub title: String,
    /// The agency that submits it.
    pub submitter: &'static str,
    /// What the demo says, in its place, of every value that rules hold, Chinese.
    pub explanation: &'static str,
    /// True where the values are simulated.
    pub simulated: bool,
    /// The report itself.
    pub content: Content,
    /// The round that is frozen after it.
    pub completes: Option<Period>,
}

impl DataSet {
    /// The rounds that are frozen, in order.
    pub fn periods(&self) -> Vec<Period> {
        self.batches.iter().filter_map(|batch| batch.completes).collect()
    }

    /// The newest of them.
    pub fn last_period(&self) -> anyhow::Result<Period> {
        self.periods().last().copied().context("the data complete no round")
    }
}

/// Reads or simulates the data.
pub fn load(data: DemoData) -> anyhow::Result<DataSet> {
    match data {
        DemoData::Shaoyang => shaoyang(),
        DemoData::Heilongjiang => heilongjiang(),
    }
}

fn shaoyang() -> anyhow::Result<DataSet> {
    let registry = Registry::shipped()?;
    let county_codes: Vec<String> = registry.children(SHAOYANG).map(|county| county.code.clone()).collect();
    let file = ReportFile {
        name: leitai_workbook::shipped::SHAOYANG_WORKBOOK_NAME.to_owned(),
        content: leitai_workbook::shipped::SHAOYANG_WORKBOOK.to_vec(),
        layout_toml: leitai_workbook::shipped::SHAOYANG_LAYOUT.to_owned(),
        year: 0,
    };
    let batch = Batch {
        key: "shaoyang-2025-M03".to_owned(),
        title: format!("邵阳市统计月报 {}", file.name),
        submitter: "邵阳市统计局",
        explanation: "（演示代答）与该局公开发布的月报核对无误，按原表采用",
        simulated: false,
        content: Content::File(file),
        completes: Some(Period::new(2025, 3)?),
    };
    let description = format!(
        "真实数据：湖南省邵阳市{}个县（市、区）公开发布的2025年一季度统计月报，对照黑龙江省县域经济方案的县级目标（外省目标，仅作演示）。",
        county_codes.len()
    );
    Ok(DataSet { description, county_codes, duties: None, batches: vec![batch], simulated: false })
}

fn heilongjiang() -> anyhow::Result<DataSet> {
    let values = simulate::whole_year(&Registry::shipped()?, SEED)?;
    let mut periods: Vec<Period> = values.iter().map(|value| value.period).collect();
    periods.sort_unstable();
    periods.dedup();
    let this_year = periods.last().map(|period| period.year()).context("nothing was simulated")?;
    let rows = |wanted: &dyn Fn(Period) -> bool| {
        let rows = values.iter().filter(|value| wanted(value.period)).map(row).collect();
        Content::Rows(ReportRows { rows })
    };
    let batch = |key: String, title: String, content: Content, completes: Option<Period>| Batch {
        key,
        title,
        submitter: "黑龙江省县域经济模拟器",
        explanation: "（演示代答）模拟数据，由模拟器设定的走势生成",
        simulated: true,
        content,
        completes,
    };
    let before = rows(&|period| period.year() < this_year);
    let mut batches = vec![batch("heilongjiang-base".to_owned(), format!("{}年各期基数（模拟）", this_year - 1), before, None)];
    for period in periods.iter().copied().filter(|period| period.year() == this_year) {
        let title = format!("{}（模拟）", period.chinese());
        batches.push(batch(format!("heilongjiang-{period}"), title, rows(&|other| other == period), Some(period)));
    }
    let description = format!(
        "【模拟数据】黑龙江省67个县（市）及全省{this_year}年逐月数据由确定性模拟器生成（种子{SEED}），以2020年县级统计年鉴实际值为基准，不是任何县和全省的实际情况。"
    );
    let plan = Plan::from_toml(&plan::document(PLAN_ID)?)?;
    let duties = Some(duties::example(&plan)?);
    Ok(DataSet { description, county_codes: Vec::new(), duties, batches, simulated: true })
}

fn row(value: &simulate::SimulatedValue) -> ReportRow {
    ReportRow {
        division: value.division_code.clone(),
        indicator: value.indicator_id.clone(),
        period: value.period.to_string(),
        value: value.value.to_string(),
        unit: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_quarter_is_one_round_of_twelve_counties() {
        let set = load(DemoData::Shaoyang).unwrap();
        assert_eq!((set.county_codes.len(), set.periods().len(), set.simulated), (12, 1, false));
        assert!(set.duties.is_none(), "nothing made up stands beside real figures");
    }

    #[test]
    fn the_simulated_year_is_eleven_rounds_marked_as_such() {
        let set = load(DemoData::Heilongjiang).unwrap();
        let months: Vec<u8> = set.periods().into_iter().map(Period::month).collect();
        assert_eq!(months, (2..=12).collect::<Vec<u8>>());
        let Content::Rows(december) = &set.batches.last().unwrap().content else { panic!("no rows") };
        // What is due in December for the whole province: 5 monthly indicators and 10 quarterly ones.
        assert_eq!(december.rows.iter().filter(|row| row.division == "230000").count(), 15);
        assert!(set.simulated && set.batches.iter().all(|batch| batch.simulated) && set.description.contains("模拟"));
    }
}
