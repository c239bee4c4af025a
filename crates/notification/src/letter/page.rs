//! What a letter says: words and tables, before they become HTML and text.

use std::sync::LazyLock;

use leitai_domain::calendar::Calendar;
use minijinja::{AutoEscape, Environment, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::{BEIJING, Number, figures};
use crate::{
    policy::Policy,
    round::{Finding, Round},
    routing::Parcel,
};

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    // Block tags stand on lines of their own and leave none behind. No delimiter is changed, so the builder has nothing to refuse.
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default());
    templates
});
const HTML: &str = include_str!("../../templates/letter.html");
const TEXT: &str = include_str!("../../templates/letter.txt");

/// Everything that a letter is made from.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Its number.
    pub number: &'a Number,
    /// The round it reports.
    pub round: &'a Round,
    /// Who it goes to and what it holds.
    pub parcel: &'a Parcel<'a>,
    /// The policy it follows.
    pub policy: &'a Policy,
    /// Which days are worked.
    pub calendar: &'a Calendar,
    /// The agency that issues it.
    pub issuer: &'a str,
    /// When it is issued.
    pub issued: OffsetDateTime,
}

/// A letter in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject line.
    pub subject: String,
    /// HTML, values escaped.
    pub html: String,
    /// The plain-text twin.
    pub text: String,
}

#[derive(Serialize)]
struct Page<'a> {
    simulated: bool,
    issuer: &'a str,
    number: String,
    date: String,
    subject: &'a str,
    title: &'a str,
    agency: &'a str,
    plan: &'a str,
    opening: String,
    by_county: bool,
    sections: Vec<Section>,
    assumed: bool,
    reply_by: String,
    reply_days: u8,
    unknown_year: Option<i32>,
    others: Vec<String>,
    methods: &'a [String],
    policy: &'a str,
}

#[derive(Serialize)]
struct Section {
    heading: String,
    target: String,
    rows: Vec<Row>,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    target: String,
    expected: String,
    actual: String,
    gap: String,
    rank: String,
    since: String,
    needed: String,
}

impl Draft<'_> {
    /// True where any figure in it was simulated.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.round.simulated || self.parcel.findings.iter().any(|finding| finding.simulated)
    }

    /// Puts the letter into words.
    ///
    /// # Errors
    /// A template that does not fit the page; the shipped ones do.
    pub fn render(&self) -> Result<Rendered, minijinja::Error> {
        let title = format!("关于{}主要指标落后情况的提示函", self.round.period.chinese());
        let mark = if self.simulated() { "【模拟数据】" } else { "" };
        let subject = format!("{mark}{} {title}（{}项）", self.number, self.parcel.findings.len());
        let page = self.page(&title, &subject);
        let html = TEMPLATES.render_named_str("letter.html", HTML, Serde(&page))?;
        let text = TEMPLATES.render_named_str("letter.txt", TEXT, Serde(&page))?;
        Ok(Rendered { subject, html, text })
    }

    fn page<'a>(&'a self, title: &'a str, subject: &'a str) -> Page<'a> {
        let issued = self.issued.to_offset(BEIJING).date();
        let by_county = self.parcel.addressee.division_code.is_some();
        let due = self.policy.reply_by(issued, self.calendar);
        Page {
            simulated: self.simulated(),
            issuer: self.issuer,
            number: self.number.to_string(),
            date: day(issued),
            subject,
            title,
            agency: &self.parcel.addressee.name,
            plan: &self.round.plan_title,
            opening: self.opening(by_county),
            by_county,
            sections: if by_county { vec![self.county_section()] } else { self.indicator_sections() },
            assumed: self.parcel.findings.iter().any(|f| f.still_needed.as_ref().is_some_and(|needed| needed.share_assumed)),
            reply_by: day(due.date),
            reply_days: self.policy.reply_working_days,
            unknown_year: due.unknown_year,
            others: self.others(),
            methods: &self.round.method_notes,
            policy: &self.policy.title,
        }
    }

    fn opening(&self, by_county: bool) -> String {
        let count = |of: fn(&Finding) -> &str| {
            let mut distinct: Vec<&str> = self.parcel.findings.iter().map(|finding| of(finding)).collect();
            distinct.sort_unstable();
            distinct.dedup();
            distinct.len()
        };
        let (period, indicators) = (self.round.period.chinese(), count(|f| &f.indicator_id));
        if by_county {
            return format!("{period}，贵县（市、区）有{indicators}项指标低于序时进度要求并超出预警幅度。");
        }
        let counties = count(|f| &f.division_code);
        format!(
            "{period}，贵单位评价的{indicators}项指标有{counties}个县（市、区）低于序时进度要求并超出预警幅度，共{}项次。",
            self.parcel.findings.len()
        )
    }

    fn indicator_sections(&self) -> Vec<Section> {
        let mut groups: Vec<Vec<&Finding>> = Vec::new();
        for finding in &self.parcel.findings {
            match groups.iter_mut().find(|group| group.first().is_some_and(|first| first.indicator_id == finding.indicator_id)) {
                Some(group) => group.push(finding),
                None => groups.push(vec![finding]),
            }
        }
        groups.iter().filter_map(|group| self.indicator_section(group)).collect()
    }

    fn indicator_section(&self, group: &[&Finding]) -> Option<Section> {
        let first = group.first()?;
        let rows = self.rows(group, |finding| finding.division_name.clone());
        let remarks = remarks(group, figures::proxy, |finding| &finding.division_name);
        Some(Section { heading: figures::indicator(first), target: first.target_text.clone(), rows, remarks })
    }

    fn county_section(&self) -> Section {
        let rows = self.rows(&self.parcel.findings, figures::indicator);
        let remarks = remarks(&self.parcel.findings, figures::proxy, |finding| &finding.indicator_name);
        Section { heading: String::new(), target: String::new(), rows, remarks }
    }

    /// Worst gap first.
    fn rows(&self, findings: &[&Finding], name: impl Fn(&Finding) -> String) -> Vec<Row> {
        let mut sorted = findings.to_vec();
        sorted.sort_by_key(|finding| finding.gap.unwrap_or_default());
        sorted.iter().map(|finding| row(finding, self.round, name(finding))).collect()
    }

    fn others(&self) -> Vec<String> {
        let mut others = Vec::new();
        if !self.parcel.other_departments.is_empty() {
            others.push(self.parcel.other_departments.join("、"));
        }
        if !self.parcel.other_divisions.is_empty() {
            let (names, count) = (self.parcel.other_divisions.join("、"), self.parcel.other_divisions.len());
            others.push(format!("{names}的{}（共{count}个）", self.policy.task_force_suffix));
        }
        others
    }
}

fn row(finding: &Finding, round: &Round, name: String) -> Row {
    let decimals = figures::decimals(finding);
    Row {
        name,
        target: finding.target_text.clone(),
        expected: figures::amount(finding.expected, decimals),
        actual: figures::amount(finding.actual, decimals),
        gap: figures::gap(finding, decimals),
        rank: figures::rank(finding),
        since: figures::since(finding),
        needed: figures::still_needed(finding.still_needed.as_ref(), round.period, finding.decimals),
    }
}

/// Proxies and notes, each once; with the names of the rows that it is about where it is not about all of them.
fn remarks(findings: &[&Finding], proxy: fn(&Finding) -> Option<String>, name: fn(&Finding) -> &String) -> Vec<String> {
    let mut remarks: Vec<(String, Vec<&str>)> = Vec::new();
    for finding in findings {
        let note = (!finding.note.is_empty()).then(|| finding.note.clone());
        for text in proxy(finding).into_iter().chain(note) {
            match remarks.iter_mut().find(|(known, _)| *known == text) {
                Some((_, names)) => names.push(name(finding)),
                None => remarks.push((text, vec![name(finding)])),
            }
        }
    }
    let of_all = findings.len();
    let named = |(text, names): (String, Vec<&str>)| if names.len() == of_all { text } else { format!("{}：{text}", names.join("、")) };
    remarks.into_iter().map(named).collect()
}

fn day(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), u8::from(date.month()), date.day())
}
