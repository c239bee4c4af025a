//! Corrections and what they touch as messages.

use leitai_proto::{evaluation::v1::Light as WireLight, notification::v1 as wire};
use leitai_rpc::clock::rfc3339;

use super::{cases::state, letter};
use crate::{
    corrections::{Field, Issued, Item, Line, Preview, Touched},
    round::Light,
    store::{cases::Cases, corrections::Corrected, entities::delivery},
};

/// A correction with its deliveries.
pub fn correction((row, of, corrects_number): Corrected, deliveries: Vec<delivery::Model>) -> wire::Correction {
    wire::Correction {
        letter: Some(letter((of, deliveries))),
        corrects_letter_id: row.corrects_letter_id,
        corrects_number,
        ordinal: row.ordinal,
        who: row.who,
        reason: row.reason,
    }
}

/// What a correction would say.
pub fn preview(preview: Preview) -> wire::PreviewCorrectionResponse {
    let told = preview.rendered.told;
    wire::PreviewCorrectionResponse {
        subject: told.subject,
        html: told.html,
        text: told.text,
        agency: preview.agency,
        items: preview.items.iter().map(|of| item(of, &preview.cases)).collect(),
    }
}

/// Letters of a round that are touched.
pub fn touched(issued: Issued) -> wire::ListTouchedLettersResponse {
    let cases = &issued.cases;
    let one = |Touched { letter: of, differences, last_correction }: Touched| wire::TouchedLetter {
        items: differences.items.iter().map(|of| item(of, cases)).collect(),
        letter: Some(letter((of, Vec::new()))),
        last_correction: last_correction.unwrap_or_default(),
        not_judged: i32::try_from(differences.not_judged).unwrap_or(i32::MAX),
    };
    wire::ListTouchedLettersResponse {
        letters: issued.letters.into_iter().map(one).collect(),
        next_page_token: issued.next_page_token,
        untold_letters: i32::try_from(issued.untold).unwrap_or(i32::MAX),
    }
}

fn item(item: &Item, cases: &Cases) -> wire::TouchedItem {
    let Item { told, now, lines, known_since } = item;
    let case = cases.get(&(now.division_code.clone(), now.indicator_id.clone()));
    let of_value = item.is_of_value();
    wire::TouchedItem {
        indicator_id: now.indicator_id.clone(),
        indicator_name: now.indicator_name.clone(),
        unit: now.unit.clone(),
        division_code: now.division_code.clone(),
        division_name: now.division_name.clone(),
        figures: lines.iter().map(figure).collect(),
        light_told: light(told.light).into(),
        light_now: light(now.light).into(),
        in_force_at: known_since.filter(|_| of_value).map(rfc3339).unwrap_or_default(),
        submitter: if of_value { now.submitter.clone() } else { String::new() },
        case_id: case.map(|case| case.case_id.clone()).unwrap_or_default(),
        case_state: case.map_or(wire::CaseState::Unspecified, |case| state(&case.state)).into(),
        rank_only: item.is_of_rank_only(),
    }
}

fn figure(line: &Line) -> wire::ChangedFigure {
    let field = match line.field {
        Field::Expected => wire::PrintedField::Expected,
        Field::Actual => wire::PrintedField::Actual,
        Field::Gap => wire::PrintedField::Gap,
        Field::Light => wire::PrintedField::Light,
        Field::Rank => wire::PrintedField::Rank,
        Field::Since => wire::PrintedField::BehindSince,
    };
    wire::ChangedFigure { field: field.into(), told: line.told.clone(), right: line.right.clone() }
}

const fn light(light: Light) -> WireLight {
    match light {
        Light::Green => WireLight::Green,
        Light::Yellow => WireLight::Yellow,
        Light::Red => WireLight::Red,
        Light::Grey => WireLight::Grey,
        Light::Missing => WireLight::Missing,
    }
}
