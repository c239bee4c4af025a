//! The responsibility list over the wire: a list in, a round frozen past a measure's day, and the letters that name it.

use leitai_domain::plan::Plan;
use leitai_proto::{
    evaluation::v1::{FrozenRound, OverdueMeasure, WatchFindingsRequest},
    ingestion::v1::{
        ApplyListRequest, DutyFile, FinishMeasureRequest, apply_list_request::Content,
        responsibility_service_client::ResponsibilityServiceClient,
    },
    notification::v1::{GetLetterRequest, Letter, letter_service_client::LetterServiceClient},
};
use leitai_storage::testing::Backend;
use leitai_workbook::duties::template;
use leitai_worker::testing::{Fault, SmtpServer};
use mail_parser::MessageParser;
use rstest::rstest;
use time::{
    OffsetDateTime,
    format_description::well_known::Rfc3339,
    macros::{date, offset},
};

use crate::system::{PERIOD, PLAN, System};

/// The template's columns: 序号, 编号, 目标任务, 县(市、区), 项目, 措施, 责任单位, 配合单位, 牵头领导, 职务, 完成时限, 备注.
const LIST: [[&str; 12]; 3] = [
    [
        "1",
        "SQ-01",
        "第一产业增加值增速",
        "双清区",
        "示例肉牛养殖带",
        "建成标准化牛舍20栋",
        "双清区农业农村局",
        "",
        "张示例",
        "副区长",
        "2025年3月底",
        "",
    ],
    [
        "2",
        "SQ-02",
        "第一产业增加值增速",
        "双清区",
        "示例肉牛养殖带",
        "引进良种母牛",
        "双清区农业农村局",
        "",
        "张示例",
        "副区长",
        "2025年3月底",
        "",
    ],
    ["3", "DK-01", "地区生产总值增速", "洞口县", "示例税源培育", "走访重点税源企业", "省财政厅", "", "李示例", "副厅长", "2025-03-20", ""],
];

/// Imports the list as a workbook, as an agency would send it, and says that its second measure is done.
async fn import(system: &System) {
    let plan = Plan::from_toml(leitai_domain::shipped::plan(PLAN).unwrap()).unwrap();
    let rows: Vec<Vec<String>> = LIST.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
    let content = template::write(&plan, "责任清单（示例，内容虚构）", &rows).unwrap();
    let request = ApplyListRequest {
        request_id: "list".to_owned(),
        plan_id: PLAN.to_owned(),
        list_id: "example".to_owned(),
        agency: "邵阳市发展和改革委员会".to_owned(),
        who: "值班".to_owned(),
        content: Some(Content::File(DutyFile { name: "清单.xlsx".to_owned(), content, sheet: String::new() })),
        ..ApplyListRequest::default()
    };
    let mut duties = ResponsibilityServiceClient::new(system.channel(0));
    let applied = duties.apply_list(request).await.unwrap().into_inner();
    assert!(applied.applied && applied.faults.is_empty() && applied.items.len() == LIST.len(), "{applied:?}");
    let done = applied.items.iter().find(|item| item.measure == LIST[1][5]).unwrap();
    let request = FinishMeasureRequest {
        request_id: "done".to_owned(),
        measure_id: done.measure_id.clone(),
        agency: LIST[1][6].to_owned(),
        who: "值班".to_owned(),
        evidence: "验收单".to_owned(),
        ..FinishMeasureRequest::default()
    };
    duties.finish_measure(request).await.unwrap();
}

/// The round as evaluation froze it.
async fn frozen(system: &System) -> FrozenRound {
    let mut findings = system.evaluation().watch_findings(WatchFindingsRequest { after_sequence: 0 }).await.unwrap().into_inner();
    loop {
        let round = findings.message().await.unwrap().unwrap().round.unwrap();
        if round.period == PERIOD {
            return round;
        }
    }
}

/// Every letter of the round, once they are stored, which is all at once.
async fn issued(system: &System) -> Vec<Letter> {
    loop {
        let letters = system.letters().await;
        if !letters.is_empty() {
            return letters;
        }
        tokio::task::yield_now().await;
    }
}

/// Plain text and HTML of the letters to an agency.
async fn letters_to(system: &System, agency: &str) -> Vec<(String, String)> {
    let mut client = LetterServiceClient::new(system.channel(2));
    let mut read = Vec::new();
    for letter in system.letters().await.into_iter().filter(|letter| letter.agency == agency) {
        let stored = client.get_letter(GetLetterRequest { letter_id: letter.letter_id }).await.unwrap().into_inner();
        let message = MessageParser::default().parse(&stored.message).unwrap();
        read.push((message.body_text(0).unwrap().into_owned(), message.body_html(0).unwrap().into_owned()));
    }
    assert!(!read.is_empty(), "no letter to {agency}");
    read
}

fn line(measure: &OverdueMeasure) -> String {
    let due = if measure.due_on == "2025-03-31" { "2025年3月31日" } else { "2025年3月20日" };
    let OverdueMeasure { project, measure, owner, overdue_days, .. } = measure;
    format!("{project}：{measure}，责任单位{owner}，完成时限{due}，逾期{overdue_days}天")
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn an_imported_measure_past_its_day_is_named_in_the_letters(#[case] backend: Backend) {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    let Some(system) = System::start(backend, &server.url()).await else { return };
    system.apply_plan().await;
    import(&system).await;
    system.submit("quarter").await;
    system.freeze("freeze").await;

    let round = frozen(&system).await;
    let frozen_on = OffsetDateTime::parse(&round.frozen_at, &Rfc3339).unwrap().to_offset(offset!(+8)).date();
    let days = |due: time::Date| i32::try_from((frozen_on - due).whole_days()).unwrap();
    let carried: Vec<_> =
        round.overdue_measures.iter().map(|one| (one.measure.as_str(), one.division_code.as_str(), one.overdue_days)).collect();
    let expected = [(LIST[0][5], "430502", days(date!(2025 - 03 - 31))), (LIST[2][5], "430525", days(date!(2025 - 03 - 20)))];
    assert_eq!(carried, expected, "what is done is not overdue");

    let [barns, visits] = round.overdue_measures.as_slice() else { panic!("{carried:?}") };
    server.wait_for(issued(&system).await.len()).await;
    // Of its own target: the county's task force and the agency that evaluates it. Of another county's, because it is answerable: the department.
    for (agency, told, other) in [("双清区县域经济发展专班", barns, visits), ("省农业农村厅", barns, visits), ("省财政厅", visits, barns)]
    {
        let read = letters_to(&system, agency).await;
        let naming: Vec<_> = read.iter().filter(|(text, _)| text.contains("逾期未完成的措施")).collect();
        assert!(!naming.is_empty(), "{agency}: {read:?}");
        for (text, html) in naming {
            assert!(text.contains(&line(told)) && !text.contains(&other.measure) && !text.contains(LIST[1][5]), "{agency}: {text}");
            assert!(html.contains(&told.measure) && html.contains(&format!("逾期{}天", told.overdue_days)), "{agency}: {html}");
            assert!(!text.contains(LIST[0][8]) && !html.contains(LIST[0][8]), "a leader's name does not leave the list");
        }
    }
    // A county that is behind in other targets than the measure's.
    let dongkou = letters_to(&system, "洞口县县域经济发展专班").await;
    assert!(dongkou.iter().all(|(text, _)| !text.contains("逾期未完成的措施")), "{dongkou:?}");
    system.stop().await;
}
