//! `leitai revisions effects`: what revisions changed in a round, and which issued letters hold a verdict that is another now.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use leitai_domain::{
    decimal::{fixed, from_micros},
    division::Registry,
    period::Period,
    plan::Plan,
};
use leitai_proto::{
    evaluation::v1::{ChangedVerdict, ListRevisionEffectsRequest, RevisedValue, RevisionEffect, Verdict, revision_effect::Kind as Effect},
    ingestion::v1::{GetPlanRequest, ListRoundsRequest, RoundState},
    notification::v1::{Letter, LetterFinding, LetterKind, ListLetterFindingsRequest},
};
use serde_json::{Value, json};

use crate::{
    cli::{EffectsArgs, RoundArgs},
    clients::{Clients, all_pages, answer},
    commands::{
        change::{self, Kind},
        letters,
    },
    listing::Listing,
    say::remark,
    words,
};

/// [`change::COLUMNS`], the period of the value or round, for a letter its number, agency and tier, and the round that is looked at.
const COLUMNS: [(&str, &str); 18] = with_letters(change::COLUMNS);

const fn with_letters(common: [(&'static str, &'static str); 13]) -> [(&'static str, &'static str); 18] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m] = common;
    let [n, o, p, q, r] = [("period", "期别"), ("letter", "文号"), ("agency", "收文单位"), ("tier", "级别"), ("round", "轮次")];
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r]
}

pub async fn run(args: EffectsArgs, clients: Clients) -> anyhow::Result<()> {
    let EffectsArgs { plan, period, before, after, division, format } = args;
    let periods = match period {
        Some(period) => vec![period],
        None => frozen(clients.clone(), &plan).await?,
    };
    let names = Names::fetch(clients.clone(), &plan).await?;
    let mut listing = Listing::new(&COLUMNS);
    for period in periods {
        let round = RoundArgs { plan: plan.clone(), period };
        list(clients.clone(), &round, [&before, &after], &names, &division, &mut listing).await?;
    }
    listing.print(format.format)
}

/// The periods of a plan's frozen rounds.
async fn frozen(mut clients: Clients, plan: &str) -> anyhow::Result<Vec<Period>> {
    let page =
        |page_token| ListRoundsRequest { plan_id: plan.to_owned(), page_size: 1_000, page_token, states: vec![RoundState::Frozen.into()] };
    let rounds = all_pages!(token => clients.rounds.list_rounds(page(token)), rounds);
    rounds.iter().map(|round| Ok(round.period.parse()?)).collect()
}

async fn list(
    clients: Clients,
    round: &RoundArgs,
    [before, after]: [&String; 2],
    names: &Names,
    division: &str,
    listing: &mut Listing,
) -> anyhow::Result<()> {
    let effects = effects(clients.clone(), round, before.clone(), after.clone()).await?;
    let all = letters::fetch(clients.clone(), &round.plan, &round.period.to_string()).await?;
    // A reminder tells no verdict, and a correction tells what is right.
    let issued: Vec<Letter> = all.into_iter().filter(|letter| letter.kind() == LetterKind::Findings).collect();
    let findings = findings(clients, round).await?;
    let touched = Touched::of(&effects, &issued, &findings);
    let untold = untold(&issued, &findings);
    remark!("{}: {}", round.period, touched.summary(&effects, issued.len()));
    if untold > 0 {
        remark!("{untold} letters were made before their findings were recorded: whether they are touched is not known");
    }
    let about = |line: &Vec<Value>| division.is_empty() || line.get(1).is_some_and(|code| code == division);
    lines(&effects, &touched, names, round.period).into_iter().filter(about).for_each(|line| listing.push(line));
    Ok(())
}

async fn effects(mut clients: Clients, round: &RoundArgs, before: String, after: String) -> anyhow::Result<Vec<Effect>> {
    let (plan_id, period) = (round.plan.clone(), round.period.to_string());
    let request = ListRevisionEffectsRequest { plan_id, period, before, after, page_size: 1_000, page_token: String::new() };
    let page = |page_token| ListRevisionEffectsRequest { page_token, ..request.clone() };
    let effects: Vec<RevisionEffect> = all_pages!(token => clients.analysis.list_revision_effects(page(token)), effects);
    Ok(effects.into_iter().filter_map(|effect| effect.kind).collect())
}

async fn findings(mut clients: Clients, round: &RoundArgs) -> anyhow::Result<Vec<LetterFinding>> {
    let (plan_id, period) = (round.plan.clone(), round.period.to_string());
    let page = |page_token| ListLetterFindingsRequest { plan_id: plan_id.clone(), period: period.clone(), page_size: 1_000, page_token };
    Ok(all_pages!(token => clients.letters.list_letter_findings(page(token)), findings))
}

/// Letters that hold cases and have no finding recorded.
fn untold(issued: &[Letter], findings: &[LetterFinding]) -> usize {
    let told: BTreeSet<&str> = findings.iter().map(|finding| finding.letter_id.as_str()).collect();
    let holds = |letter: &&Letter| letter.case_count > 0;
    issued.iter().filter(holds).filter(|letter| !told.contains(letter.letter_id.as_str())).count()
}

/// Letters with the changed verdicts that they hold, by number.
struct Touched<'a>(Vec<(&'a Letter, Vec<&'a ChangedVerdict>)>);

impl<'a> Touched<'a> {
    /// A letter is touched where the verdict of one of its findings is another now.
    fn of(effects: &'a [Effect], issued: &'a [Letter], findings: &[LetterFinding]) -> Self {
        let verdicts = effects.iter().filter_map(|effect| if let Effect::Verdict(verdict) = effect { Some(verdict) } else { None });
        let changed: BTreeMap<(&str, &str), &ChangedVerdict> = verdicts.filter_map(|one| Some((key(either(one)?), one))).collect();
        let mut held: BTreeMap<&str, Vec<&ChangedVerdict>> = BTreeMap::new();
        for finding in findings {
            if let Some(verdict) = changed.get(&(finding.indicator_id.as_str(), finding.division_code.as_str())) {
                held.entry(&finding.letter_id).or_default().push(verdict);
            }
        }
        let touched = |letter: &'a Letter| Some((letter, held.remove(letter.letter_id.as_str())?));
        Self(issued.iter().filter_map(touched).collect())
    }

    fn summary(&self, effects: &[Effect], issued: usize) -> String {
        let count = |is: fn(&Effect) -> bool| effects.iter().filter(|effect| is(effect)).count();
        let values = count(|effect| matches!(effect, Effect::Value(_)));
        let verdicts = count(|effect| matches!(effect, Effect::Verdict(_)));
        let standings = count(|effect| matches!(effect, Effect::Standing(_)));
        format!(
            "changed: {values} values, {verdicts} verdicts, {standings} standings; {} of {issued} issued letters hold a changed verdict",
            self.0.len()
        )
    }
}

fn either(changed: &ChangedVerdict) -> Option<&Verdict> {
    changed.after.as_ref().or(changed.before.as_ref())
}

fn key(verdict: &Verdict) -> (&str, &str) {
    (&verdict.indicator_id, &verdict.division_code)
}

/// Values, verdicts and standings in the service's order, then a line for each changed verdict that a letter holds.
fn lines(effects: &[Effect], touched: &Touched<'_>, names: &Names, round: Period) -> Vec<Vec<Value>> {
    let verdict = |kind, one: &ChangedVerdict| change::verdict(kind, one.before.as_ref(), one.after.as_ref());
    let effect = |effect: &Effect| {
        let (line, period) = match effect {
            Effect::Value(value) => (names.value(value), value.period.as_str()),
            Effect::Verdict(one) => (verdict(Kind::Verdict, one), either(one).map_or("", |verdict| verdict.period.as_str())),
            Effect::Standing(one) => {
                let either = one.after.as_ref().or(one.before.as_ref());
                (change::standing(one.before.as_ref(), one.after.as_ref()), either.map_or("", |standing| standing.period.as_str()))
            }
        };
        ended(line, period, None, round)
    };
    let letter = |(letter, held): &(&Letter, Vec<&ChangedVerdict>)| {
        held.iter().map(|one| ended(verdict(Kind::Letter, one), &letter.period, Some(letter), round)).collect::<Vec<_>>()
    };
    effects.iter().map(effect).chain(touched.0.iter().flat_map(letter)).collect()
}

fn ended(mut line: Vec<Value>, period: &str, letter: Option<&Letter>, round: Period) -> Vec<Value> {
    line.extend([
        json!(period),
        json!(letter.map(|letter| &letter.number)),
        json!(letter.map(|letter| &letter.agency)),
        json!(letter.map(words::letter_tier)),
        json!(round.to_string()),
    ]);
    line
}

/// What a revised value's division and indicator are called.
struct Names {
    plan: Plan,
    registry: Registry,
}

impl Names {
    async fn fetch(mut clients: Clients, plan: &str) -> anyhow::Result<Self> {
        let found = answer(clients.plans.get_plan(GetPlanRequest { plan_id: plan.to_owned() }).await)?;
        let document = found.plan.context("the answer holds no plan")?.document_toml;
        Ok(Self { plan: Plan::from_toml(&document)?, registry: Registry::shipped()? })
    }

    /// With all its decimals where an indicator is none of the newest plan's.
    fn value(&self, value: &RevisedValue) -> Vec<Value> {
        let indicator = self.plan.indicator(&value.indicator_id);
        let shown = |micros: Option<i64>| match indicator {
            Some(indicator) => json!(micros.map(|micros| fixed(from_micros(micros), indicator.decimals))),
            None => words::exact(micros),
        };
        vec![
            json!(Kind::Value.name()),
            json!(value.division_code),
            json!(self.registry.get(&value.division_code).map(|division| &division.name)),
            json!(value.indicator_id),
            json!(indicator.map(|indicator| &indicator.name)),
            shown(value.before_micros),
            shown(value.after_micros),
            json!(indicator.map(|indicator| &indicator.unit)),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(indicator: &str, division: &str) -> Effect {
        let verdict = Verdict { indicator_id: indicator.to_owned(), division_code: division.to_owned(), ..Verdict::default() };
        Effect::Verdict(ChangedVerdict { before: Some(verdict.clone()), after: Some(verdict) })
    }

    fn letter(id: &str) -> Letter {
        Letter { letter_id: id.to_owned(), case_count: 1, ..Letter::default() }
    }

    fn holds(letter: &str, indicator: &str, division: &str) -> LetterFinding {
        LetterFinding { letter_id: letter.to_owned(), indicator_id: indicator.to_owned(), division_code: division.to_owned() }
    }

    #[test]
    fn a_letter_is_touched_by_the_verdicts_it_holds_alone() {
        let effects = [changed("gdp", "230123"), changed("gdp", "230124"), changed("loans", "230123")];
        let issued = [letter("department"), letter("county"), letter("other"), letter("old")];
        let findings = [
            holds("department", "gdp", "230123"),
            holds("department", "gdp", "230124"),
            holds("department", "gdp", "230125"),
            holds("county", "loans", "230123"),
            holds("other", "loans", "230124"),
        ];
        let touched = Touched::of(&effects, &issued, &findings);
        let found: Vec<_> = touched.0.iter().map(|(letter, held)| (letter.letter_id.as_str(), held.len())).collect();
        assert_eq!(found, [("department", 2), ("county", 1)]);
        assert_eq!(untold(&issued, &findings), 1);
        assert_eq!(
            touched.summary(&effects, 4),
            "changed: 0 values, 3 verdicts, 0 standings; 2 of 4 issued letters hold a changed verdict"
        );
    }

    #[test]
    fn a_value_is_told_with_its_indicators_name_and_decimals() {
        let plan = Plan::from_toml(leitai_domain::shipped::plan("heilongjiang-county-economy-2025").unwrap()).unwrap();
        let names = Names { plan, registry: Registry::shipped().unwrap() };
        let value = RevisedValue {
            division_code: "230123".to_owned(),
            indicator_id: "gdp".to_owned(),
            period: "2025-M03".to_owned(),
            before_micros: None,
            after_micros: Some(12_500_000),
        };
        let line = names.value(&value);
        assert_eq!(line.len(), change::COLUMNS.len());
        assert_eq!(
            line.get(2..8),
            Some([json!("依兰县"), json!("gdp"), json!("地区生产总值"), Value::Null, json!("12.50"), json!("亿元")].as_slice())
        );
        let unknown = names.value(&RevisedValue { indicator_id: "gone".to_owned(), ..value });
        assert_eq!(unknown.get(4..8), Some([Value::Null, Value::Null, json!("12.5"), Value::Null].as_slice()));
    }
}
