//! Holding incoming values against the rules.

use leitai_domain::plan::Severity;

use crate::{
    expression::Outcome,
    finding::{Applied, Checked, Finding, Incoming, Reason},
    known::Known,
    message,
    overlay::Overlay,
    reprinted::{self, Tables},
    required,
    rule_set::{Body, Compiled, RuleSet},
    triggers::{Subject, subjects},
    view::View,
};

/// A value that breaks a rule of several rows.
pub struct Broken<'a> {
    pub subject: Subject<'a>,
    pub message: String,
}

impl RuleSet {
    /// Holds incoming values against the rules, together with those in force. Rules whose severity is error come first: a value that
    /// they refuse is no operand of the others.
    #[must_use]
    pub fn check(&self, incoming: &[Incoming<'_>], known: &dyn Known) -> Checked {
        self.check_with(incoming, known, None)
    }

    /// `tables`: of the whole report, where the incoming values are a part of it.
    pub(crate) fn check_with(&self, incoming: &[Incoming<'_>], known: &dyn Known, tables: Option<&Tables>) -> Checked {
        let mut overlay = Overlay::new(self, incoming, known);
        let mut checked = self.refuse(&mut overlay, tables);
        self.pass(&overlay, &mut checked, |compiled| !compiled.is_error(), tables);
        let order = |finding: &Finding| self.rules.iter().position(|compiled| compiled.rule.id == finding.rule_id);
        checked.findings.sort_by_key(|finding| (finding.item, order(finding)));
        checked
    }

    /// What rules of severity error find; what they refuse stands for nothing from then on.
    pub(crate) fn refuse(&self, overlay: &mut Overlay<'_>, tables: Option<&Tables>) -> Checked {
        let applied = self.rules.iter().map(|compiled| Applied { rule_id: compiled.rule.id.clone(), ..Applied::default() });
        let mut checked = Checked { findings: Vec::new(), applied: applied.collect() };
        self.pass(overlay, &mut checked, Compiled::is_error, tables);
        for refused in checked.findings.iter().filter(|finding| finding.severity == Severity::Error) {
            overlay.refuse(refused.item);
        }
        checked
    }

    fn pass(&self, overlay: &Overlay<'_>, checked: &mut Checked, chosen: impl Fn(&Compiled) -> bool, tables: Option<&Tables>) {
        for subject in subjects(self, overlay, &chosen) {
            self.evaluate(overlay, subject, checked);
        }
        for (rule, compiled) in self.rules.iter().enumerate().filter(|(_, compiled)| chosen(compiled)) {
            let (looked_at, broken) = match (&compiled.body, tables) {
                (Body::Required, _) => required::broken(self, overlay, rule, compiled),
                (Body::Reprinted, Some(tables)) => reprinted::broken(self, overlay, rule, compiled, tables),
                (Body::Reprinted, None) => reprinted::broken(self, overlay, rule, compiled, &reprinted::tables(self, overlay, rule)),
                (Body::Expression(_), _) => continue,
            };
            if let Some(applied) = checked.applied.get_mut(rule) {
                (applied.broken, applied.held) = (broken.len(), looked_at - broken.len());
            }
            checked.findings.extend(broken.into_iter().map(|broken| {
                let view = View { set: self, overlay, compiled, subject: broken.subject };
                finding(&view, broken.message)
            }));
        }
    }

    fn evaluate(&self, overlay: &Overlay<'_>, subject: Subject<'_>, checked: &mut Checked) {
        let Some(compiled) = self.rules.get(subject.rule) else { return };
        let (Body::Expression(expression), Some(applied)) = (&compiled.body, checked.applied.get_mut(subject.rule)) else { return };
        let view = View { set: self, overlay, compiled, subject };
        match expression.evaluate(&self.env, |variable| view.get(variable)) {
            Outcome::Holds => applied.held += 1,
            Outcome::Missing(_) => applied.skip(Reason::Missing),
            Outcome::ZeroBase => applied.skip(Reason::ZeroBase),
            Outcome::OutOfRange => applied.skip(Reason::OutOfRange),
            Outcome::Broken => {
                applied.broken += 1;
                checked.findings.push(finding(&view, message::found(&view)));
            }
        }
    }
}

fn finding(view: &View<'_>, message: String) -> Finding {
    let (rule, expected) = (&view.compiled.rule, &view.compiled.expected);
    let indicator = view.set.measures.get(view.subject.indicator).map(|measure| measure.id.as_str()).unwrap_or_default();
    let waiver = rule.waiver(view.subject.division, indicator, view.subject.period);
    let (severity, message) = message::waived(rule.severity, message, waiver);
    Finding {
        rule_id: rule.id.clone(),
        severity,
        item: view.subject.item,
        message,
        expected: expected.render(|variable| view.get(variable)),
    }
}
