//! A correction after the freeze over the wire: what it touches, and the letter that says so.

use std::collections::BTreeSet;

use leitai_proto::{
    evaluation::v1::{Light, ListRevisionEffectsRequest, analysis_service_client::AnalysisServiceClient, revision_effect::Kind},
    ingestion::v1::{
        FreezeRoundRequest, ListObservationHistoryRequest, ReportRow, ReportRows, SubmitReportRequest,
        report_service_client::ReportServiceClient, revision_service_client::RevisionServiceClient,
        round_service_client::RoundServiceClient, submit_report_request::Content,
    },
    notification::v1::{
        CaseChange, CaseState, CorrectLetterRequest, CorrectLetterResponse, GetLetterRequest, Letter, LetterKind, ListCaseHistoryRequest,
        ListCorrectionsRequest, ListTouchedLettersRequest, PreviewCorrectionRequest, PrintedField, TouchedItem, TouchedLetter,
        case_service_client::CaseServiceClient, correction_service_client::CorrectionServiceClient,
        letter_service_client::LetterServiceClient,
    },
};
use leitai_rpc::{client::Channel, failure::explain};
use leitai_storage::testing::Backend;
use leitai_worker::testing::{Fault, SmtpServer};
use mail_parser::MessageParser;
use rstest::rstest;
use tonic::Status;

use crate::system::{PERIOD, PLAN, System};

/// Shuangqing's primary industry grew by 2.1 % in the workbook, where 4 % and more is asked.
const DIVISION: &str = "430502";
const INDICATOR: &str = "primary_growth";
const COUNTY_AGENCY: &str = "双清区县域经济发展专班";

/// Another agency reports another value for the same county, indicator and period.
async fn correct_value(system: &System, request_id: &str, value: &str) {
    report_value(system, request_id, PERIOD, value).await;
}

async fn report_value(system: &System, request_id: &str, period: &str, value: &str) {
    let row = ReportRow {
        division: DIVISION.to_owned(),
        indicator: INDICATOR.to_owned(),
        period: period.to_owned(),
        value: value.to_owned(),
        unit: "%".to_owned(),
    };
    let request = SubmitReportRequest {
        request_id: request_id.to_owned(),
        plan_id: PLAN.to_owned(),
        submitter: "双清区统计局".to_owned(),
        content: Some(Content::Rows(ReportRows { rows: vec![row] })),
        ..SubmitReportRequest::default()
    };
    ReportServiceClient::new(system.channel(0)).submit_report(request).await.unwrap();
}

struct Office {
    corrections: CorrectionServiceClient<Channel>,
}

impl Office {
    fn of(system: &System) -> Self {
        Self { corrections: CorrectionServiceClient::new(system.channel(2)) }
    }

    /// Letters that tell the county's value otherwise than as this, once evaluation has read the correction.
    async fn touched(&mut self, right: &str) -> Vec<TouchedLetter> {
        let request = ListTouchedLettersRequest {
            plan_id: PLAN.to_owned(),
            period: PERIOD.to_owned(),
            division_code: DIVISION.to_owned(),
            indicator_id: INDICATOR.to_owned(),
            ..ListTouchedLettersRequest::default()
        };
        loop {
            let letters = self.corrections.list_touched_letters(request.clone()).await.unwrap().into_inner().letters;
            let is_right = |letter: &TouchedLetter| figure(&letter.items[0], PrintedField::Actual).is_some_and(|(_, now)| now == right);
            if letters.iter().any(is_right) {
                return letters;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn correct(&self, request_id: &str, letter: &str) -> Result<CorrectLetterResponse, Status> {
        let [request_id, letter] = [request_id, letter].map(str::to_owned);
        let request =
            CorrectLetterRequest { request_id, letter, reason: "报送单位更正录入差错".to_owned(), who: "值班".to_owned() };
        self.corrections.clone().correct_letter(request).await.map(tonic::Response::into_inner)
    }
}

fn figure(item: &TouchedItem, field: PrintedField) -> Option<(String, String)> {
    item.figures.iter().find(|figure| figure.field() == field).map(|figure| (figure.told.clone(), figure.right.clone()))
}

fn pair(told: &str, right: &str) -> Option<(String, String)> {
    Some((told.to_owned(), right.to_owned()))
}

/// Verdict, rank and standing of the county before and after, by evaluation.
async fn effects_are_listed(system: &System) {
    let request =
        ListRevisionEffectsRequest { plan_id: PLAN.to_owned(), period: PERIOD.to_owned(), page_size: 1_000, ..Default::default() };
    let effects = AnalysisServiceClient::new(system.channel(1)).list_revision_effects(request).await.unwrap().into_inner().effects;
    let (mut values, mut lights, mut standings) = (Vec::new(), Vec::new(), 0);
    for effect in effects.into_iter().filter_map(|effect| effect.kind) {
        match effect {
            Kind::Value(value) => values.push((value.division_code, value.before_micros, value.after_micros)),
            Kind::Verdict(changed) => {
                let (before, after) = (changed.before.unwrap(), changed.after.unwrap());
                if after.division_code == DIVISION {
                    lights.push((before.light(), after.light(), after.rank < before.rank));
                }
            }
            Kind::Standing(changed) => {
                let (before, after) = (changed.before.unwrap(), changed.after.unwrap());
                standings += usize::from(after.division_code == DIVISION && after.score > before.score);
            }
        }
    }
    assert_eq!(values, [(DIVISION.to_owned(), Some(2_100_000), Some(4_500_000))]);
    assert_eq!((lights, standings), (vec![(Light::Red, Light::Green, true)], 1));
}

/// Who, when and from where the values are, and that the round saw the first one alone.
async fn history_is_kept(system: &System) {
    let request = ListObservationHistoryRequest {
        plan_id: PLAN.to_owned(),
        division_code: DIVISION.to_owned(),
        indicator_id: INDICATOR.to_owned(),
        period: PERIOD.to_owned(),
        ..ListObservationHistoryRequest::default()
    };
    let history = RevisionServiceClient::new(system.channel(0)).list_observation_history(request).await.unwrap().into_inner().revisions;
    let told: Vec<_> = history
        .into_iter()
        .map(|one| {
            let value = one.observation.unwrap();
            (value.revision, value.submitter, value.place.contains('!'), !value.file_name.is_empty(), one.frozen_rounds)
        })
        .collect();
    let first = (1, "邵阳市统计局".to_owned(), true, true, vec![PERIOD.to_owned()]);
    assert_eq!(told, [first, (2, "双清区统计局".to_owned(), false, false, Vec::new())]);
}

/// What the mail server took, held against the letter that it corrects.
fn read_as_an_agency_does(message: &[u8], original: &Letter, correction: &Letter) {
    let message = MessageParser::default().parse(message).unwrap();
    let bare = original.message_id.trim_matches(['<', '>']);
    assert_eq!((message.references().as_text(), message.in_reply_to().as_text()), (Some(bare), Some(bare)));
    assert_eq!(message.subject(), Some(correction.subject.as_str()));
    assert!(correction.subject.contains(&format!("关于更正{}", original.number)), "{}", correction.subject);
    let (text, html) = (message.body_text(0).unwrap().into_owned(), message.body_html(0).unwrap().into_owned());
    for said in [format!("{COUNTY_AGENCY}："), "更正原因：报送单位更正录入差错".to_owned(), "不因本次更正自行办结".to_owned()]
    {
        assert!(text.contains(&said) && html.contains(&said), "{said} is not in {text}");
    }
    assert!(text.contains("实际原列2.1，应为4.5") && text.contains("评价原列落后，应为达标"), "{text}");
    assert!(text.contains("双清区统计局报送。督办件：待签收（评价部门：省农业农村厅）。"), "{text}");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_correction_after_the_freeze_reaches_the_agency(#[case] backend: Backend) {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    let Some(system) = System::start(backend, &server.url()).await else { return };
    system.apply_plan().await;
    system.submit("quarter").await;
    system.freeze("freeze").await;
    let issued = loop {
        let letters = system.letters().await;
        if !letters.is_empty() {
            break letters;
        }
        tokio::task::yield_now().await;
    };
    server.wait_for(issued.len()).await;

    correct_value(&system, "correction", "4.5").await;
    let mut office = Office::of(&system);
    let touched = office.touched("4.5").await;
    let agencies: BTreeSet<_> = touched.iter().map(|letter| letter.letter.as_ref().unwrap().agency.as_str()).collect();
    assert_eq!(agencies, BTreeSet::from(["省农业农村厅", COUNTY_AGENCY]));
    let letter = touched.iter().find(|letter| letter.letter.as_ref().unwrap().agency == COUNTY_AGENCY).unwrap();
    let (original, item) = (letter.letter.clone().unwrap(), &letter.items[0]);
    assert_eq!(figure(item, PrintedField::Actual), pair("2.1", "4.5"));
    assert_eq!((item.light_told(), item.light_now(), item.case_state()), (Light::Red, Light::Green, CaseState::Open));
    effects_are_listed(&system).await;
    history_is_kept(&system).await;

    let preview = PreviewCorrectionRequest { letter: original.number.clone(), reason: "试".to_owned() };
    let shown = office.corrections.preview_correction(preview).await.unwrap().into_inner();
    assert!(shown.text.contains("实际原列2.1，应为4.5") && shown.agency == COUNTY_AGENCY);
    assert_eq!(system.letters().await.len(), issued.len(), "a preview writes nothing");

    // The same request three times and another, all at once: one letter.
    let answers = tokio::join!(
        office.correct("a", &original.number),
        office.correct("a", &original.number),
        office.correct("a", &original.letter_id),
        office.correct("b", &original.letter_id)
    );
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let written: Vec<_> = answers.iter().flatten().map(|answer| answer.correction.clone().unwrap()).collect();
    assert!(written.windows(2).all(|pair| pair[0] == pair[1]) && !written.is_empty(), "{answers:?}");
    let refused: Vec<String> = answers.iter().filter_map(|answer| answer.as_ref().err().map(explain)).collect();
    assert!(refused.iter().all(|why| why.contains("NOTHING_TO_CORRECT")) && written.len() + refused.len() == 4, "{refused:?}");
    assert!(written.len() == 3 || written.len() == 1, "one request or the other was first: {answers:?}");
    let correction = written[0].letter.clone().unwrap();
    assert_eq!(
        (correction.kind(), written[0].ordinal, written[0].corrects_number.as_str()),
        (LetterKind::Correction, 1, original.number.as_str())
    );

    let taken = server.wait_for(issued.len() + 1).await;
    read_as_an_agency_does(&taken.last().unwrap().message, &original, &correction);
    after_it_was_told(&system, &mut office, &original, &correction, &item.case_id).await;
    system.stop().await;
}

/// The letter is no longer among those to correct, the case is where it was and its history says what happened; a further correction is told in turn.
async fn after_it_was_told(system: &System, office: &mut Office, original: &Letter, correction: &Letter, case_id: &str) {
    let left = office.touched("4.5").await;
    assert!(left.iter().all(|letter| letter.letter.as_ref().unwrap().letter_id != original.letter_id));
    for (letter, reason) in
        [(&original.number, "NOTHING_TO_CORRECT"), (&correction.number, "NO_FIGURES"), (&"无".to_owned(), "LETTER_NOT_FOUND")]
    {
        assert!(explain(&office.correct("c", letter).await.unwrap_err()).contains(reason), "{reason}");
    }
    let mut cases = CaseServiceClient::new(system.channel(2));
    let history = ListCaseHistoryRequest { case_id: case_id.to_owned(), ..ListCaseHistoryRequest::default() };
    let entries = cases.list_case_history(history).await.unwrap().into_inner().entries;
    let last = entries.last().unwrap();
    assert_eq!((last.change(), last.who.as_str(), last.period.as_str()), (CaseChange::Corrected, "值班", PERIOD));
    assert!(last.reason.contains("实际2.1→4.5"), "{}", last.reason);

    correct_value(system, "second", "4.8").await;
    let again = office.touched("4.8").await;
    let again = again.iter().find(|letter| letter.letter.as_ref().unwrap().letter_id == original.letter_id).unwrap();
    assert_eq!((figure(&again.items[0], PrintedField::Actual), &again.last_correction), (pair("4.5", "4.8"), &correction.number));
    let second = office.correct("d", &original.number).await.unwrap().correction.unwrap();
    assert_eq!((second.ordinal, second.corrects_letter_id.as_str()), (2, original.letter_id.as_str()));
    let listed = office.corrections.list_corrections(ListCorrectionsRequest::default()).await.unwrap().into_inner().corrections;
    assert_eq!(listed.iter().map(|one| one.ordinal).collect::<Vec<_>>(), [1, 2]);
    let second = second.letter.unwrap();
    the_next_letter_says_so(system, original, &second).await;
}

/// The half-year is behind as well: its letter tells of the quarter's, and that it was corrected.
async fn the_next_letter_says_so(system: &System, original: &Letter, correction: &Letter) {
    report_value(system, "half-year", "2025-M06", "1.0").await;
    let request = FreezeRoundRequest { request_id: "half-year".to_owned(), plan_id: PLAN.to_owned(), period: "2025-M06".to_owned() };
    RoundServiceClient::new(system.channel(0)).freeze_round(request).await.unwrap();
    let letter = loop {
        let of_half = |letter: &Letter| letter.period == "2025-M06" && letter.agency == COUNTY_AGENCY;
        if let Some(letter) = system.letters().await.into_iter().find(of_half) {
            break letter;
        }
        tokio::task::yield_now().await;
    };
    let stored = LetterServiceClient::new(system.channel(2)).get_letter(GetLetterRequest { letter_id: letter.letter_id }).await.unwrap();
    let message = stored.into_inner().message;
    let message = MessageParser::default().parse(&message).unwrap();
    let (text, html) = (message.body_text(0).unwrap().into_owned(), message.body_html(0).unwrap().into_owned());
    let said = format!("所列数据已由{}函更正", correction.number);
    assert!(text.contains(&original.number) && text.contains(&said) && html.contains(&said), "{text}");
    assert_eq!(message.in_reply_to().as_text(), Some(correction.message_id.trim_matches(['<', '>'])));
}
