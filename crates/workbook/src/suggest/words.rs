//! The words of headings and titles.

/// What a column holds of the thing it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A level: 绝对额.
    Amount,
    /// Growth over the same months of last year.
    Growth,
    /// A printed rank.
    Rank,
    /// A level at a month's end: 余额.
    Stock,
    /// Change since 1 January.
    Change,
}

impl Role {
    /// Its name among the layout's headings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Growth => "growth",
            Self::Rank => "rank",
            Self::Stock => "stock",
            Self::Change => "change",
        }
    }
}

/// Longer words before those that they end in.
const ROLES: [(Role, &[&str]); 5] = [
    (Role::Rank, &["增速排名", "增速位次", "排名", "位次", "排位", "名次"]),
    (Role::Change, &["比年初增减数", "比年初增减额", "比年初增减", "比年初增加"]),
    (Role::Growth, &["比上年同期增长", "比上年同期增减", "同比增长", "同比增减", "同比增速", "增速", "增长", "增减", "增幅"]),
    (Role::Stock, &["月末余额", "本月余额", "月末数", "月末", "余额"]),
    (Role::Amount, &["绝对额", "绝对值", "绝对量", "总额", "总量"]),
];

/// Words before or after what a title is about. 人民币 is none: loans in renminbi are not all loans.
const BEFORE: [&str; 10] =
    ["分县市区", "各县市区", "分县(市、区)", "各县(市、区)", "分县区", "各县区", "分县", "各县", "地方", "金融机构本外币"];
const AFTER: [&str; 6] = ["完成情况表", "完成情况", "情况表", "情况", "统计表", "表"];

/// What a heading without its unit names, empty where it is the title's, and its role.
pub fn split(heading: &str) -> (&str, Option<Role>) {
    let ends = |(role, words): &(Role, &[&str])| words.iter().find_map(|word| Some((heading.strip_suffix(word)?, Some(*role))));
    ROLES.iter().find_map(ends).unwrap_or((heading, None))
}

/// What a title is about, without the words that change nothing in it.
pub fn about(title: &str) -> &str {
    let text = BEFORE.iter().fold(title, |text, word| text.strip_prefix(word).unwrap_or(text));
    AFTER.iter().fold(text, |text, word| text.strip_suffix(word).unwrap_or(text))
}

/// True where a text is the other with something put in: worth a question, never an answer.
pub fn alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.chars().count() <= other.chars().count() { (one, other) } else { (other, one) };
    let mut rest = long.chars();
    short.chars().count() >= 4 && long.chars().count() <= 2 * short.chars().count() && short.chars().all(|c| rest.any(|d| c == d))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("增速", "", Some(Role::Growth))]
    #[case("地区生产总值增速", "地区生产总值", Some(Role::Growth))]
    #[case("增速排名", "", Some(Role::Rank))]
    #[case("比年初增减数", "", Some(Role::Change))]
    #[case("产销率", "产销率", None)]
    #[case("本月增速", "本月", Some(Role::Growth))]
    fn headings_are_taken_apart(#[case] text: &str, #[case] base: &str, #[case] role: Option<Role>) {
        assert_eq!(split(text), (base, role));
    }

    #[rstest]
    #[case("各县（市、区）地方税收收入完成情况", "税收收入")]
    #[case("金融机构人民币贷款余额", "金融机构人民币贷款余额")]
    fn titles_lose_only_what_changes_nothing(#[case] title: &str, #[case] rest: &str) {
        assert_eq!(about(&crate::text::normalise(title)), rest);
    }

    #[rstest]
    #[case("工业增加值", "规模工业增加值", true)]
    #[case("第一产业增加值", "第二产业增加值", false)]
    #[case("城镇居民人均可支配收入", "城镇常住居民人均可支配收入", true)]
    #[case("出口", "进出口", false)]
    fn only_what_is_put_in_may_differ(#[case] one: &str, #[case] other: &str, #[case] same: bool) {
        assert_eq!(alike(one, other), same);
    }
}
