use time::macros::date;

use super::*;
use crate::round::OverdueMeasure;

fn measure(indicator: &str, code: &str, owner: &str, words: &str, days: i32) -> OverdueMeasure {
    OverdueMeasure {
        indicator_id: indicator.to_owned(),
        division_code: code.to_owned(),
        project: "园区".to_owned(),
        measure: words.to_owned(),
        owner: owner.to_owned(),
        due: date!(2025 - 03 - 31),
        days,
    }
}

#[test]
fn a_letter_names_the_overdue_measures_of_its_targets_and_its_addressee_alone() {
    let overdue = vec![
        measure("gdp", "430582", "邵东市发展和改革局", "平整土地", 12),
        measure("industry", "430582", "邵东市发展和改革局", "别的指标", 40),
        measure("industry", "430581", "省发展改革委", "自己的措施", 30),
    ];
    let rendered = letter(&Round { overdue, ..three_counties() }, "省发展改革委");
    let text = &rendered.told.text;
    assert!(text.contains("邵东市，园区：平整土地，责任单位邵东市发展和改革局，完成时限2025年3月31日，逾期12天"), "{text}");
    assert!(text.find("自己的措施") < text.find("平整土地"), "longest overdue first");
    assert!(!text.contains("别的指标") && rendered.told.html.contains("逾期12天"));
    let without = letter(&three_counties(), "省发展改革委").told;
    assert!(!without.text.contains("逾期未完成的措施") && !without.html.contains("逾期未完成的措施"));
}

#[test]
fn twenty_measures_are_printed_and_the_rest_counted() {
    let overdue = (1..=23).map(|days| measure("gdp", "430582", "某局", "措施", days)).collect();
    let text = letter(&Round { overdue, ..three_counties() }, "省发展改革委").told.text;
    assert_eq!(text.matches("完成时限").count(), 20);
    assert!(text.contains("另有3条未列") && text.contains("逾期23天") && !text.contains("逾期3天"), "{text}");
}
