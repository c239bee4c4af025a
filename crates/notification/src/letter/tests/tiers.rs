//! Each tier has its own form and words, and none asks anyone to raise a number.

use std::collections::HashMap;

use leitai_domain::ladder::Tier::{self, Interview, Notice, Supervision, Warning};
use rstest::rstest;
use time::macros::date;

use super::{letter_of, three_counties};
use crate::letter::{Earlier, Histories, History, Reply, words};

const DEPARTMENT: &str = "省发展改革委";
const COUNTY: &str = "邵东市县域经济发展专班";

/// 邵东市's growth of GDP is behind for the second time, and was written about before.
fn known(reply: Reply) -> Histories {
    let earlier = Earlier {
        number: "县调督〔2025〕3号".to_owned(),
        tier: Notice,
        issued: date!(2025 - 03 - 19),
        reply_by: date!(2025 - 04 - 02),
        reply,
        corrected_by: None,
    };
    let history = History { periods: 2, earlier: vec![earlier] };
    Histories(HashMap::from([(("430582".to_owned(), "gdp".to_owned()), history)]))
}

#[rstest]
// Working days from Saturday 19 April: 21 to 25, Sunday 27, 28 to 30 April, 6 May.
#[case(Notice, "5月6日", "关于2025年1—3月主要指标落后情况的提示函", "报送整改措施", "特此提示。")]
#[case(Warning, "4月28日", "关于2025年1—3月主要指标落后情况的预警函", "明确责任人和完成时限", "特此预警。")]
#[case(Supervision, "4月25日", "关于2025年1—3月主要指标落后事项的督办函", "书面报告整改进展", "特此督办。")]
#[case(Interview, "4月25日", "关于就2025年1—3月主要指标落后事项进行约谈的通知", "约谈时间、地点：另行通知。", "特此通知。")]
fn a_tier_has_its_own_title_request_and_end(
    #[case] tier: Tier,
    #[case] day: &str,
    #[case] title: &str,
    #[case] request: &str,
    #[case] end: &str,
) {
    let day = format!("2025年{day}前");
    for agency in [DEPARTMENT, COUNTY] {
        let rendered = letter_of(tier, &Histories::default(), &three_counties(), agency);
        assert_eq!(rendered.told.subject, format!("县调督〔2025〕12号 {title}（3项）"));
        for body in [&rendered.told.html, &rendered.told.text] {
            for words in [title, request, end, "核实", day.as_str(), "不作为调整数据的依据", "示例政策"] {
                assert!(body.contains(words), "{agency}: {words}\n{body}");
            }
        }
    }
}

#[test]
fn who_is_to_come_to_an_interview_depends_on_who_reads() {
    let to = |agency| letter_of(Interview, &Histories::default(), &three_counties(), agency).told.text;
    assert!(to(COUNTY).contains("主要负责人到会说明落后原因"));
    assert!(to(DEPARTMENT).contains("派员参加约谈") && !to(DEPARTMENT).contains("主要负责人到会"));
}

#[rstest]
#[case(Reply::Missed, "，至2025年4月2日期限届满未收到答复")]
#[case(Reply::InTime, "，已于2025年4月2日前答复")]
#[case(Reply::Unknown, "")]
fn what_was_written_before_is_told(#[case] reply: Reply, #[case] of_reply: &str) {
    let rendered = letter_of(Warning, &known(reply), &three_counties(), DEPARTMENT);
    let earlier = format!("县调督〔2025〕3号提示函（2025年3月19日），涉及本函1项{of_reply}");
    assert!(rendered.told.text.contains(&earlier), "{}", rendered.told.text);
    for body in [&rendered.told.html, &rendered.told.text] {
        for fact in ["其中1项次此前已发函", "连续2期", "县调督〔2025〕3号", "2025年3月19日"] {
            assert!(body.contains(fact), "{fact}\n{body}");
        }
    }
}

#[test]
fn nothing_is_said_of_letters_that_nobody_knows_of() {
    let rendered = letter_of(Interview, &Histories::default(), &three_counties(), COUNTY);
    for body in [&rendered.told.html, &rendered.told.text] {
        assert!(
            !body.contains("此前")
                && !body.contains("连续1期")
                && !body.contains("连续0期")
                && !body.contains("未收到")
                && !body.contains("已于"),
            "{body}"
        );
    }
}

#[rstest]
fn no_letter_asks_anyone_to_raise_a_number(
    #[values(Notice, Warning, Supervision, Interview)] tier: Tier,
    #[values(DEPARTMENT, COUNTY)] agency: &str,
    #[values(true, false)] written_before: bool,
) {
    let histories = if written_before { known(Reply::Missed) } else { Histories::default() };
    let rendered = letter_of(tier, &histories, &three_counties(), agency);
    for text in [&rendered.told.subject, &rendered.told.html, &rendered.told.text] {
        assert_eq!(words::forbidden(text), None, "{text}");
    }
    assert!(rendered.told.text.contains("核实"));
    assert_eq!(words::forbidden("请尽快上调数据"), Some("上调"), "the list is looked at");
}
