//! `leitai dossier`: why a county has its place.

use leitai_proto::evaluation::v1::{Contribution, GetDossierRequest, GetDossierResponse, Movement, Neighbour, Standing};
use serde_json::{Value, json};

use crate::{
    cli::{DossierArgs, Format},
    clients::{Clients, answer},
    listing::Listing,
    say::say,
    words,
};

/// In a table: the place in sentences, each indicator's part, how it was made. CSV has the parts alone, JSON everything.
pub async fn run(args: DossierArgs, mut clients: Clients) -> anyhow::Result<()> {
    let request = GetDossierRequest {
        plan_id: args.round.plan,
        period: args.round.period.to_string(),
        division_code: args.division,
        as_of: args.as_of.as_of,
    };
    let dossier = answer(clients.analysis.get_dossier(request).await)?;
    let parts = parts(&dossier.contributions);
    match args.format.format {
        Format::Table => {
            sentences(&dossier).iter().for_each(|sentence| say!("{sentence}"));
            parts.print(Format::Table)?;
            [&dossier.method, &dossier.interval_method].into_iter().filter(|note| !note.is_empty()).for_each(|note| say!("{note}"));
            Ok(())
        }
        Format::Csv => parts.print(Format::Csv),
        Format::Json => {
            say!("{:#}", whole(&dossier, &parts));
            Ok(())
        }
    }
}

fn parts(contributions: &[Contribution]) -> Listing {
    let mut listing = Listing::new(&[
        ("indicator_id", "编码"),
        ("indicator", "指标"),
        ("weight", "权重"),
        ("normalised", "指标得分"),
        ("points", "贡献分"),
        ("lead_of_above", "落后前一位"),
    ]);
    for part in contributions {
        listing.push(vec![
            json!(part.indicator_id),
            json!(part.indicator_name),
            json!(format!("{:.4}", part.weight)),
            json!(part.normalised.map(points)),
            json!(points(part.points)),
            json!(part.lead_of_above.map(points)),
        ]);
    }
    listing
}

/// Four places, of which a reader can add up the score's two.
fn points(value: f64) -> String {
    // No `-0.0000`.
    let text = format!("{value:.4}");
    if text.trim_start_matches('-').chars().all(|digit| matches!(digit, '0' | '.')) {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

fn sentences(dossier: &GetDossierResponse) -> Vec<String> {
    let Some(standing) = &dossier.standing else { return Vec::new() };
    let mut sentences = vec![place(standing)];
    sentences.extend(dossier.floor_score.map(|floor| format!("得分自{}分起算，加各指标贡献分。", points(floor))));
    sentences.extend(dossier.movement.as_ref().map(moved));
    sentences.extend(dossier.above.as_ref().map(|neighbour| beside("前一位", neighbour, standing)));
    sentences.extend(dossier.below.as_ref().map(|neighbour| beside("后一位", neighbour, standing)));
    if standing.simulated {
        sentences.push("含模拟数据。".to_owned());
    }
    sentences
}

fn place(standing: &Standing) -> String {
    let Standing { division_name, period, group, ranked_count, .. } = standing;
    let within = if group.is_empty() { String::new() } else { format!("（{group}）") };
    let score = standing.score.map(|score| format!("综合得分{score:.2}分，")).unwrap_or_default();
    let Some(rank) = standing.rank else {
        let why = if standing.veto.is_empty() {
            format!("{}项应报指标中有{}项可计分", standing.indicators_due, standing.indicators_counted)
        } else {
            standing.veto.clone()
        };
        return format!("{division_name} {period}{within}：{score}不排名（{why}）。");
    };
    let firm = match (standing.rank_low, standing.rank_high) {
        (Some(low), Some(high)) => format!("，换一组权重和算法，九成情形在第{low}至{high}位"),
        _ => String::new(),
    };
    let veto = if standing.veto.is_empty() { String::new() } else { format!("；{}", standing.veto) };
    format!("{division_name} {period}{within}：{score}{ranked_count}个县中居第{rank}位{firm}{veto}。")
}

fn moved(movement: &Movement) -> String {
    let step = |places: i32| match places {
        0 => "持平".to_owned(),
        1.. => format!("升{places}位"),
        _ => format!("降{}位", places.unsigned_abs()),
    };
    let causes = [
        ("数据更正", movement.revisions),
        ("口径和应报指标变化", movement.method),
        ("本县数值变化", movement.own),
        ("他县数值变化", movement.others),
    ];
    let causes: Vec<String> =
        causes.into_iter().filter(|(_, places)| *places != 0).map(|(cause, places)| format!("{cause}{}", step(places))).collect();
    let why = if causes.is_empty() { String::new() } else { format!("：{}", causes.join("，")) };
    format!("较{}（第{}位）{}{why}。", movement.previous_period, movement.previous_rank, step(movement.total))
}

fn beside(which: &str, neighbour: &Neighbour, standing: &Standing) -> String {
    let Neighbour { division_name, score, .. } = neighbour;
    let apart = standing.score.map(|own| format!("，相差{:.2}分", (score - own).abs())).unwrap_or_default();
    let warning = if neighbour.flips { "，先后不稳，不宜说有差别" } else { "" };
    format!("{which}{division_name}{score:.2}分{apart}；{}的情形下先后相反{warning}。", words::percent(neighbour.flip_share))
}

fn whole(dossier: &GetDossierResponse, parts: &Listing) -> Value {
    let neighbour = |one: Option<&Neighbour>| {
        one.map(|one| {
            json!({ "division_code": one.division_code, "division": one.division_name, "rank": one.rank, "score": one.score,
                "flip_share": one.flip_share, "flips": one.flips })
        })
    };
    let standing = dossier.standing.as_ref().map(|standing| {
        json!({ "division_code": standing.division_code, "division": standing.division_name, "period": standing.period,
            "group": standing.group, "score": standing.score, "rank": standing.rank, "ranked_count": standing.ranked_count,
            "rank_low": standing.rank_low, "rank_high": standing.rank_high, "veto": standing.veto, "simulated": standing.simulated })
    });
    let movement = dossier.movement.as_ref().map(|movement| {
        json!({ "previous_period": movement.previous_period, "previous_rank": movement.previous_rank, "total": movement.total,
            "revisions": movement.revisions, "method": movement.method, "own": movement.own, "others": movement.others })
    });
    json!({ "standing": standing, "floor_score": dossier.floor_score, "contributions": parts.json(), "movement": movement,
        "above": neighbour(dossier.above.as_ref()), "below": neighbour(dossier.below.as_ref()),
        "method": dossier.method, "interval_method": dossier.interval_method })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Standing {
        Standing {
            division_name: "依兰县".to_owned(),
            period: "2025-M06".to_owned(),
            score: Some(81.5),
            rank: Some(7),
            ranked_count: 67,
            rank_low: Some(4),
            rank_high: Some(12),
            ..Standing::default()
        }
    }

    #[test]
    fn a_place_is_told_with_its_causes_and_its_doubt() {
        let movement =
            Movement { previous_period: "2025-M05".to_owned(), previous_rank: 9, total: 2, revisions: -1, own: 3, ..Movement::default() };
        let above =
            Neighbour { division_name: "宾县".to_owned(), rank: 6, score: 81.75, flip_share: 0.42, flips: true, ..Neighbour::default() };
        let dossier = GetDossierResponse {
            standing: Some(standing()),
            floor_score: Some(60.0),
            movement: Some(movement),
            above: Some(above),
            ..GetDossierResponse::default()
        };
        let expected = [
            "依兰县 2025-M06：综合得分81.50分，67个县中居第7位，换一组权重和算法，九成情形在第4至12位。",
            "得分自60.0000分起算，加各指标贡献分。",
            "较2025-M05（第9位）升2位：数据更正降1位，本县数值变化升3位。",
            "前一位宾县81.75分，相差0.25分；42%的情形下先后相反，先后不稳，不宜说有差别。",
        ];
        assert_eq!(sentences(&dossier), expected);
    }

    #[test]
    fn a_county_without_a_place_is_told_why() {
        let unranked = Standing { score: None, rank: None, indicators_due: 11, indicators_counted: 3, ..standing() };
        assert_eq!(place(&unranked), "依兰县 2025-M06：不排名（11项应报指标中有3项可计分）。");
        let vetoed = Standing { rank: None, veto: "固定资产投资红灯：不排名".to_owned(), ..standing() };
        assert_eq!(place(&vetoed), "依兰县 2025-M06：综合得分81.50分，不排名（固定资产投资红灯：不排名）。");
    }

    #[test]
    fn nothing_is_no_loss() {
        assert_eq!([points(-0.000_01), points(-0.5), points(0.0)], ["0.0000", "-0.5000", "0.0000"]);
    }
}
