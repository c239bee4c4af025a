//! What was written before about a letter's findings.

use std::collections::HashMap;

use leitai_domain::ladder::Tier;
use serde::Serialize;
use time::Date;

use super::{figures::day, words::form};
use crate::round::Finding;

/// What happened before to one finding's case. The default says that nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Due periods that it has been behind without a break, this one included; 0 where not known.
    pub periods: u32,
    /// Earlier letters to the same agency about it, oldest first.
    pub earlier: Vec<Earlier>,
}

/// An earlier letter about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Its number: `县调督〔2025〕12号`.
    pub number: String,
    /// Its tier.
    pub tier: Tier,
    /// The day it was issued.
    pub issued: Date,
    /// The day its answer was due.
    pub reply_by: Date,
    /// What became of that.
    pub reply: Reply,
    /// The number of the last letter that corrected what it told of the finding; `None` where none did.
    pub corrected_by: Option<String>,
}

/// What became of an earlier letter's deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Nothing was recorded: the letter says nothing of it.
    Unknown,
    /// An answer was recorded by the day.
    InTime,
    /// None was recorded by the day.
    Missed,
}

/// Histories by division code and indicator id; what is absent has none.
#[derive(Debug, Clone, Default)]
pub struct Histories(pub HashMap<(String, String), History>);

/// An earlier letter as a page prints it.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct EarlierLine {
    /// Its number.
    number: String,
    /// `提示函`.
    form: &'static str,
    /// `2025年4月19日`.
    issued: String,
    /// The day its answer was due.
    reply_by: String,
    /// `unknown`, `in_time`, `missed`, or `partly` where it differs between findings.
    reply: &'static str,
    /// How many of this letter's findings it was about.
    items: usize,
    /// The number of the last letter that corrected what it told of any of them; none where none did.
    corrected_by: Option<String>,
}

impl Histories {
    /// What is known of a finding.
    #[must_use]
    pub fn of(&self, finding: &Finding) -> Option<&History> {
        self.0.get(&(finding.division_code.clone(), finding.indicator_id.clone()))
    }

    /// How many of these were written about before.
    #[must_use]
    pub fn known(&self, findings: &[&Finding]) -> usize {
        findings.iter().filter(|finding| self.of(finding).is_some_and(|history| !history.earlier.is_empty())).count()
    }

    /// Every earlier letter about any of these once, oldest first.
    #[must_use]
    pub fn lines(&self, findings: &[&Finding]) -> Vec<EarlierLine> {
        let mut letters: Vec<(&Earlier, usize, &'static str, Option<&String>)> = Vec::new();
        for earlier in findings.iter().filter_map(|finding| self.of(finding)).flat_map(|history| &history.earlier) {
            match letters.iter_mut().find(|(known, ..)| known.number == earlier.number) {
                Some((_, items, reply, corrected_by)) => {
                    *items += 1;
                    *corrected_by = corrected_by.or(earlier.corrected_by.as_ref());
                    *reply = if *reply == earlier.reply.name() { *reply } else { "partly" };
                }
                None => letters.push((earlier, 1, earlier.reply.name(), earlier.corrected_by.as_ref())),
            }
        }
        letters.sort_by_key(|(earlier, ..)| earlier.issued);
        letters.into_iter().map(|(earlier, items, reply, corrected_by)| line(earlier, items, reply, corrected_by)).collect()
    }
}

impl Reply {
    fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::InTime => "in_time",
            Self::Missed => "missed",
        }
    }
}

fn line(earlier: &Earlier, items: usize, reply: &'static str, corrected_by: Option<&String>) -> EarlierLine {
    let Earlier { number, tier, issued, reply_by, .. } = earlier;
    EarlierLine {
        number: number.clone(),
        form: form(*tier),
        issued: day(*issued),
        reply_by: day(*reply_by),
        reply,
        items,
        corrected_by: corrected_by.cloned(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::round::testing::finding;

    fn earlier(number: &str, issued: Date, reply: Reply) -> Earlier {
        Earlier { number: number.to_owned(), tier: Tier::Notice, issued, reply_by: date!(2025 - 05 - 02), reply, corrected_by: None }
    }

    #[test]
    fn each_earlier_letter_is_told_once_oldest_first() {
        let (a, b) = (finding("gdp", "430582", "邵东市"), finding("gdp", "430581", "武冈市"));
        let (first, second) = (date!(2025 - 04 - 19), date!(2025 - 05 - 19));
        let of = |reply| vec![earlier("二号", second, Reply::Unknown), earlier("一号", first, reply)];
        let key = |finding: &Finding| (finding.division_code.clone(), finding.indicator_id.clone());
        let corrected = of(Reply::InTime).into_iter().map(|one| match one.number.as_str() {
            "一号" => Earlier { corrected_by: Some("三号".to_owned()), ..one },
            _ => one,
        });
        let corrected = corrected.collect();
        let histories = Histories(HashMap::from([
            (key(&a), History { periods: 2, earlier: of(Reply::Missed) }),
            (key(&b), History { periods: 2, earlier: corrected }),
        ]));
        let other = finding("industry", "430582", "邵东市");
        let findings = [&a, &b, &other];
        let told: Vec<_> =
            histories.lines(&findings).into_iter().map(|line| (line.number, line.reply, line.items, line.corrected_by)).collect();
        let third = Some("三号".to_owned());
        assert_eq!(told, [("一号".to_owned(), "partly", 2, third), ("二号".to_owned(), "unknown", 2, None)]);
        assert_eq!(histories.known(&findings), 2);
    }
}
