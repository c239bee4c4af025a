//! How a round was computed, in Chinese, one sentence each: printed in every letter.

use leitai_domain::{
    pace,
    plan::{Pace, Plan},
    policy::{Band, Margin, Place, Policy},
    score::{
        Aggregation, CompositeRules, Normalisation, Weighting,
        robustness::RobustnessRules,
        veto::{Effect, VetoRule},
    },
    verdict::Light,
};

use crate::{round::Round, targets::county_targets};

/// Every rule that the round's numbers follow from.
pub(crate) fn notes(round: &Round) -> Vec<String> {
    let policy = &round.policy;
    let mut notes =
        vec![basis(round), expected_values(round), band(&policy.band), margin(&policy.margin), lights(), ranks(), still_needed()];
    notes.extend(backfill(policy));
    notes.push(score(policy));
    notes.push(format!("以上容差、预警幅度和计分规则出自“{}”；计分参数：{}。", policy.title, policy.composite.origin));
    notes.extend(without_effect(round));
    notes.extend(elsewhere(round));
    notes.extend(
        round.proxies().into_iter().map(|(indicator, proxy)| format!("替代指标：{indicator}以“{proxy}”代替，不等同于该指标本身。")),
    );
    if round.simulated() {
        notes.push("本期数据含模拟数据，不是统计数据，不得作为考核依据。".to_owned());
    }
    notes
}

/// What late values count for, where the policy says anything of them.
fn backfill(policy: &Policy) -> Option<String> {
    let capped = policy.backfill.as_ref().is_some_and(|backfill| backfill.yellow_at_best);
    capped.then(|| "某期冻结时缺报、其后补报的，该期至多为黄灯，名次和得分照计。".to_owned())
}

/// How a score is made, with the policy's numbers.
pub(crate) fn score(policy: &Policy) -> String {
    let rules = &policy.composite;
    format!(
        "综合得分（{}）：应报指标按公布位数取值，{}，{}，{}；有数的指标不足应报指标{}%的，不计分、不排名。",
        policy.title,
        normalisation(rules),
        weighting(rules),
        aggregation(rules),
        rules.minimum_coverage
    )
}

fn normalisation(rules: &CompositeRules) -> String {
    match rules.normalisation {
        Normalisation::Attainment => format!("以目标完成率计（最多计{}%）", rules.attainment_cap),
        Normalisation::MinMax => "以极差法折算为0—100分".to_owned(),
        Normalisation::ZScore => "以均值和标准差标准化".to_owned(),
        Normalisation::Rank => "以位次折算为0—100分".to_owned(),
        Normalisation::Efficacy => format!("以功效系数法折算为{}—{}分", rules.lowest, rules.highest),
        Normalisation::Distance => "以距目标的标准差数计".to_owned(),
    }
}

fn weighting(rules: &CompositeRules) -> &'static str {
    match rules.weighting {
        Weighting::Given => "按给定权重",
        Weighting::Equal => "各指标等权",
        Weighting::EqualBySection => "各板块等权、板块内等权",
        Weighting::Entropy => "以熵权法定权",
        Weighting::Critic => "以CRITIC法定权",
    }
}

fn aggregation(rules: &CompositeRules) -> &'static str {
    match rules.aggregation {
        Aggregation::Arithmetic => "加权算术平均",
        Aggregation::Geometric => "加权几何平均",
        Aggregation::Topsis => "以TOPSIS法合成",
    }
}

/// How the interval of a place is made, with the policy's numbers.
pub(crate) fn interval(policy: &Policy, drawn: &[Normalisation]) -> String {
    let RobustnessRules { draws, seed, weight_spread_percent, flip_percent, origin, .. } = &policy.robustness;
    let methods: Vec<&str> = drawn.iter().map(|method| method_name(*method)).collect();
    format!(
        "位次区间：各项权重分别在上下{weight_spread_percent}%之内随机浮动，无量纲化方法从{}中随机取一种，模拟{draws}次（随机种子{seed}），\
         取位次的第5至第95百分位；相邻两县在{flip_percent}%以上的模拟中先后颠倒的，视为没有明显差距（{origin}）。",
        methods.join("、")
    )
}

fn method_name(method: Normalisation) -> &'static str {
    match method {
        Normalisation::Attainment => "目标完成率",
        Normalisation::MinMax => "极差法",
        Normalisation::ZScore => "标准化",
        Normalisation::Rank => "位次",
        Normalisation::Efficacy => "功效系数法",
        Normalisation::Distance => "距目标",
    }
}

/// What a veto does, for the county that it meets.
pub(crate) fn veto(rule: &VetoRule, plan: &Plan) -> String {
    let indicator = plan.indicator(&rule.indicator).map_or(rule.indicator.as_str(), |indicator| indicator.name.as_str());
    let light = match rule.light {
        Light::Green => "绿灯",
        Light::Yellow => "黄灯",
        Light::Red => "红灯",
        Light::Grey => "灰灯",
        Light::Missing => "缺报",
    };
    let effect = match (rule.effect, rule.cap) {
        (Effect::Unranked, _) => "不参与排名".to_owned(),
        (Effect::NoHonours, _) => "不列入先进".to_owned(),
        (Effect::Capped, Some(cap)) => format!("得分最多{cap}分"),
        (Effect::Capped, None) => "得分封顶".to_owned(),
    };
    format!("{indicator}{light}：{effect}")
}

fn basis(round: &Round) -> String {
    let plan = &round.facts.plan;
    format!(
        "依据《{}》（第{}版）的{}项县级目标，对{}个县（市、区）{}的报送数据逐项评价。",
        plan.title,
        round.facts.revision,
        county_targets(&round.facts).count(),
        round.facts.counties.len(),
        round.period.chinese()
    )
}

fn expected_values(round: &Round) -> String {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for (_, indicator, target) in county_targets(&round.facts) {
        let (rule, name) = (rule(pace::pace_of(indicator, target)), format!("{}（{}）", indicator.name, target.text));
        match groups.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, names)) => names.push(name),
            None => groups.push((rule, vec![name])),
        }
    }
    if groups.is_empty() {
        return "该方案没有县级目标。".to_owned();
    }
    let sentences: Vec<String> = groups.into_iter().map(|(rule, names)| format!("{}{rule}", names.join("、"))).collect();
    format!("应达数：{}。", sentences.join("；"))
}

fn rule(pace: &Pace) -> &'static str {
    match pace {
        Pace::Constant => "按全年目标数，不随月份折算",
        Pace::Linear => "按月均匀推进（目标数×已过月数÷12，有上年末数的从上年末数起算）",
        Pace::Seasonal => "按上年同期占全年比重推进（上年数不全的按月均匀）",
        Pace::YearEnd => "12月考核，此前不评价",
        Pace::Milestones(_) => "按方案列出的分月进度",
    }
}

fn band(band: &Band) -> String {
    format!(
        "“左右”的目标：低于目标数但不超过容差的为“区间内”（绿灯）；以百分数计的容差为目标数的{}%，其他为应达数的{}%，方案单列容差的从其规定（{}）。",
        band.percent_of_rate, band.percent_of_amount, band.origin
    )
}

fn margin(margin: &Margin) -> String {
    format!(
        "预警幅度：增速、比重低于应达数{}个百分点以内，比重变动低于应达数{}个百分点以内，额和个数低于应达数{}%以内的为黄灯，超出的为红灯（{}）。",
        margin.rate_points, margin.change_points, margin.percent_of_amount, margin.origin
    )
}

fn lights() -> String {
    "数值按公布位数四舍五入后比较；未到报送期或不适用的为灰灯；应报未报和只报了其他口径的标为“缺报”，既不算达到也不算落后。".to_owned()
}

fn ranks() -> String {
    "排名：按公布位数四舍五入后的数值由高到低排列，数值相同的并列取靠前名次，其后名次顺延空缺；没有数的不排名。".to_owned()
}

fn still_needed() -> String {
    "后续需达增速=[(1+目标增速)−w×(1+累计增速)]÷(1−w)−1，w为上年同期占上年全年的比重，上年数不全的按已过月数÷12假定并注明；数量类为(目标数−累计数)÷剩余月数。"
        .to_owned()
}

/// Weights and vetoes of indicators that the plan does not judge its counties by.
fn without_effect(round: &Round) -> Option<String> {
    const LISTED: usize = 8;
    let codes: Vec<&str> = round.facts.counties.iter().map(|county| county.code.as_str()).collect();
    let misfits = round.policy.misfits(&round.facts.plan, &codes);
    let mut names: Vec<&str> =
        misfits.iter().filter(|one| !matches!(one.place, Place::GroupCounties(_))).map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let listed = names.iter().take(LISTED).copied().collect::<Vec<_>>().join("、");
    let more = if names.len() > LISTED { format!("等{}项", names.len()) } else { String::new() };
    (!names.is_empty()).then(|| {
        format!("“{}”的权重或一票否决写了该方案各县目标中没有的指标：{listed}{more}，这些规则在本轮没有作用。", round.policy.title)
    })
}

/// Counties of another province are held against the plan's targets only to show how it works.
fn elsewhere(round: &Round) -> Option<String> {
    let province = round.facts.plan.province_code.get(..2)?;
    let count = round.facts.counties.iter().filter(|county| !county.code.starts_with(province)).count();
    (count > 0).then(|| format!("本轮有{count}个县（市、区）不属于该方案的省份，以该方案的目标衡量只是演示，不是考核结果。"))
}
