//! An agency's own templates are tried before any letter is made.

use std::{fs, path::Path};

use leitai_domain::ladder::Tier;
use rstest::rstest;

use crate::letter::{SHIPPED, TemplateError, Templates, sample};

/// The shipped files with one changed.
fn changed(file: &str, from: &str, to: &str) -> (tempfile::TempDir, Result<Templates, TemplateError>) {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in SHIPPED {
        assert!(name != file || text.contains(from), "{from} is not in {file}");
        let text = if name == file { text.replacen(from, to, 1) } else { text.to_owned() };
        fs::write(directory.path().join(name), text).unwrap();
    }
    let loaded = Templates::from_dir(directory.path());
    (directory, loaded)
}

#[test]
fn the_shipped_files_can_be_used_from_a_directory() {
    assert!(changed("letter.txt", "抄送", "抄报").1.is_ok());
}

#[test]
fn the_frame_may_be_left_out_or_changed() {
    let (directory, loaded) = changed("frame.html", "<b>{{ issuer }}</b>", "<i>{{ issuer }}</i>");
    let issuer = |templates: &Templates| sample::letters(templates, Tier::Notice)[0].as_ref().unwrap().html.contains("<i>发函单位样本</i>");
    assert!(issuer(&loaded.unwrap()));
    fs::remove_file(directory.path().join("frame.html")).unwrap();
    assert!(!issuer(&Templates::from_dir(directory.path()).unwrap()));
    // A page of its own, as sets of templates had before there was a frame.
    fs::write(directory.path().join("letter.html"), "<p>{{ number }} {{ issuer }} {{ title }}</p>").unwrap();
    assert!(Templates::from_dir(directory.path()).is_ok());
}

#[rstest]
#[case::no_such_field("frame.html", "{{ number }}", "{{ nummer }}", "nummer")]
#[case::only_where_there_is_an_earlier_letter("letter.txt", "{{ letter.form }}", "{{ letter.shape }}", "letter.shape")]
#[case::only_in_an_interview("words.txt", "约谈时间、地点：另行通知。", "约谈地点：{{ place }}", "place")]
#[case::only_in_a_second_reminder("reminder.txt", "{{ first.issued }}", "{{ first.day }}", "first.day")]
#[case::in_the_page_of_a_reminder("reminder.html", "{{ row.counties }}", "{{ row.count }}", "row.count")]
#[case::syntax("frame.html", "{% if simulated %}", "{% when simulated %}", "when")]
fn what_does_not_fit_is_named_with_its_line(#[case] file: &str, #[case] from: &str, #[case] to: &str, #[case] what: &str) {
    let before = SHIPPED.iter().find(|(name, _)| *name == file).unwrap().1.split(from).next().unwrap();
    let (directory, loaded) = changed(file, from, to);
    let Err(TemplateError::Fault { path, line, at, .. }) = loaded else { panic!("{loaded:?}") };
    assert_eq!((path, line), (directory.path().join(file), before.lines().count() + usize::from(before.ends_with('\n'))));
    assert!(at.contains(what), "{at}");
}

#[test]
fn a_block_that_is_missing_is_a_fault() {
    let (_directory, loaded) = changed("words.txt", "{% block closing %}", "{% block ending %}");
    assert!(matches!(loaded, Err(TemplateError::Fault { .. })));
}

#[rstest]
#[case::asks_for_a_number("words.txt", "报送整改措施。", "上调数据。")]
#[case::two_lines_of_title("words.txt", "关于{{ period }}主要指标落后情况的提示函", "关于{{ period }}\n的提示函")]
#[case::no_number("letter.txt", "{{ number }}", "")]
fn words_that_no_letter_may_have_are_refused(#[case] file: &str, #[case] from: &str, #[case] to: &str) {
    assert!(matches!(changed(file, from, to).1, Err(TemplateError::Words { tier: "提示", .. })));
}

#[rstest]
#[case::asks_for_a_number("reminder.txt", "请勿估报、代报", "请上调")]
#[case::two_lines_of_title("reminder.txt", "关于逾期未报{{ period }}", "关于逾期未报\n{{ period }}")]
#[case::no_number("reminder.txt", "{{ number }}", "")]
fn reminders_are_held_against_the_same_rules(#[case] file: &str, #[case] from: &str, #[case] to: &str) {
    assert!(matches!(changed(file, from, to).1, Err(TemplateError::Words { tier: "催报", .. })));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let Err(TemplateError::File { path, .. }) = Templates::from_dir(Path::new("/nonexistent")) else { panic!("it is not there") };
    assert_eq!(path, Path::new("/nonexistent/words.txt"));
}

#[test]
fn samples_show_every_tier_to_both_kinds_of_reader() {
    let templates = Templates::shipped().unwrap();
    assert_eq!(sample::letters(&templates, Tier::Warning).len(), 4);
    let samples = crate::config::NotificationConfig::at("http://127.0.0.1:1").samples().unwrap();
    let names: Vec<_> = samples.iter().map(|(name, _)| name.as_str()).collect();
    let last = "约谈通知-样本县县域经济发展专班.eml";
    assert_eq!(names.last(), Some(&"更正函-评价部门样本.eml"));
    assert_eq!((names.len(), names[0], names[7], names[8]), (10, "提示函-评价部门样本.eml", last, "催报函-评价部门样本.eml"));
}
