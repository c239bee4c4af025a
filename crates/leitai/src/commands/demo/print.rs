//! What the demo prints, in Chinese: its reader is the task force.

use leitai_domain::{lint::Severity, period::Period};
use leitai_proto::{
    evaluation::v1::{Light, Verdict},
    notification::v1::{CaseState, Letter},
};
use serde_json::json;

use super::{Taken, data::PLAN_ID, directory::Directory};
use crate::{
    clients::Clients,
    commands::{
        cases, findings, plan, standings,
        verdicts::{PrintedRanks, fetch, of_round, still_needed},
    },
    listing::Listing,
    say::say,
    words,
};

/// A numbered heading.
pub fn heading(text: &str) {
    say!("{text}");
}

/// What the plan's own numbers imply about each other, a sentence each.
pub fn lint() -> anyhow::Result<()> {
    for (_, finding) in plan::findings(Some(PLAN_ID))? {
        let mark = match finding.severity {
            Severity::Contradiction => "矛盾",
            Severity::Doubt => "存疑",
            Severity::Note => "说明",
        };
        say!("  [{mark}] {}", finding.sentence);
    }
    say!();
    Ok(())
}

/// Counts by reason for each report, and how many measures a responsibility list has; 0 for no list.
pub fn imports(reports: &[Taken], measures: usize) {
    if measures > 0 {
        say!("  责任清单（示例，内容虚构）：措施{measures}条；定稿时已逾期的列入所涉函件。");
    }
    for Taken { title, report, findings, notes } in reports {
        let counts: Vec<String> =
            report.counts.iter().map(|count| format!("{}{}", words::item_reason_chinese(count.reason()), count.count)).collect();
        say!("  {title}：{}", counts.join("，"));
        for (line, finding) in findings::lines(findings).zip(findings) {
            let said = finding.explanation.as_ref().map(|said| format!("；说明：{}", said.words)).unwrap_or_default();
            say!("    {line}{said}");
        }
        if *notes > 0 {
            say!("    另有提示{notes}条，可用 leitai findings list 查看。");
        }
    }
    say!("  逐格结果可用 leitai report items 查看。\n");
}

/// Ranking, printed ranks (of `printed` in the source), who is behind, what is missing, for one round.
pub async fn round(clients: &Clients, period: Period, simulated: bool, printed: usize) -> anyhow::Result<()> {
    let mark = if simulated { "【模拟数据】" } else { "" };
    let ranking = standings::fetch(clients.clone(), PLAN_ID, &period.to_string(), String::new()).await?;
    heading(&format!("三、{mark}{}排名", period.chinese()));
    say!("{}", standings::listing(&ranking.standings).table());
    say!("  {}\n", ranking.method);
    let verdicts = fetch(clients.clone(), of_round(PLAN_ID, &period.to_string())).await?;
    printed_ranks(&verdicts, printed);
    heading(&format!("四、{mark}落后指标"));
    say!("{}", behind(&verdicts).table());
    say!("  * 上年同期占全年比重未知，按各月均摊假定。");
    proxies(&verdicts);
    let open = cases::fetch(clients.clone(), PLAN_ID, CaseState::Open).await?.len();
    let recovered = cases::fetch(clients.clone(), PLAN_ID, CaseState::Recovered).await?.len();
    say!("  督办件：在办{open}件，数据已恢复到序时进度、待评价部门销号{recovered}件。\n");
    heading(&format!("五、{mark}应报未报"));
    say!("{}\n", missing(&verdicts).table());
    Ok(())
}

fn printed_ranks(verdicts: &[Verdict], printed: usize) {
    let ranks = PrintedRanks::compare(verdicts);
    if ranks.compared > 0 {
        let others = printed.saturating_sub(ranks.compared);
        say!("  与原表所印排名比对：{}个，{}个不同；另有{others}个属于没有目标的指标，未比对。", ranks.compared, ranks.differ);
    }
    if ranks.differ > 0 {
        say!("{}", ranks.listing.table());
    }
    say!();
}

fn of_light(verdicts: &[Verdict], light: Light) -> impl Iterator<Item = &Verdict> {
    verdicts.iter().filter(move |verdict| verdict.light() == light)
}

fn behind(verdicts: &[Verdict]) -> Listing {
    let mut listing = Listing::new(&[
        ("division", "县（市、区）"),
        ("indicator", "指标"),
        ("target", "目标"),
        ("expected", "应达"),
        ("actual", "实际"),
        ("gap", "差距"),
        ("rank", "位次"),
        ("still_needed", "后续需达"),
        ("since", "落后起始"),
    ]);
    for verdict in of_light(verdicts, Light::Red) {
        listing.push(vec![
            json!(verdict.division_name),
            json!(verdict.indicator_name),
            json!(verdict.target_text),
            words::amount(verdict, verdict.expected_micros),
            words::amount(verdict, verdict.actual_micros),
            words::amount(verdict, verdict.gap_micros),
            json!(verdict.rank.map(|rank| format!("{rank}/{}", verdict.ranked_count))),
            json!(verdict.still_needed.as_ref().map(still_needed)),
            json!(verdict.behind_since),
        ]);
    }
    listing
}

/// Which indicators were measured by something else.
fn proxies(verdicts: &[Verdict]) {
    let mut proxies: Vec<(&str, &str)> = verdicts
        .iter()
        .filter(|verdict| !verdict.proxy.is_empty())
        .map(|verdict| (verdict.indicator_name.as_str(), verdict.proxy.as_str()))
        .collect();
    proxies.dedup();
    for (indicator, proxy) in proxies {
        say!("  替代：“{indicator}”以“{proxy}”代替。");
    }
}

/// What is due and not reported, by indicator and reason, each with its first county's note.
fn missing(verdicts: &[Verdict]) -> Listing {
    let mut listing = Listing::new(&[("indicator", "指标"), ("counties", "县数"), ("note", "说明（首个县）")]);
    let mut groups: Vec<(&Verdict, usize)> = Vec::new();
    for verdict in of_light(verdicts, Light::Missing) {
        let alike = |first: &Verdict| (&first.indicator_id, first.reason) == (&verdict.indicator_id, verdict.reason);
        match groups.iter_mut().find(|(first, _)| alike(first)) {
            Some((_, counties)) => *counties += 1,
            None => groups.push((verdict, 1)),
        }
    }
    for (first, counties) in groups {
        let note = if first.note.is_empty() { "未报送" } else { &first.note };
        listing.push(vec![json!(first.indicator_name), json!(counties), json!(note)]);
    }
    listing
}

/// How many letters, and where they lie.
pub fn letters(letters: &[Letter], directory: &Directory, smtp: Option<&str>) {
    let deliveries: usize = letters.iter().map(|letter| letter.deliveries.len()).sum();
    let without = letters.iter().filter(|letter| letter.deliveries.is_empty()).count();
    say!("  共{}封，投递{deliveries}次，地址簿中无地址{without}封。", letters.len());
    match smtp {
        Some(url) => say!("  本次经 {url} 投递；此前已投递的不再重发。"),
        None => say!("  存于 {}", directory.letters().display()),
    }
}
