use rstest::rstest;

use super::*;
use crate::division::names::short_name;

#[rstest]
#[case("430523", "430523")]
#[case("邵阳县", "430523")]
#[case("邵 阳 县", "430523")]
#[case("邵\u{3000}阳\u{3000}市", "430500")]
#[case("双清", "430502")]
#[case("城步", "430529")]
#[case("城步苗族自治县", "430529")]
#[case("城步县", "430529")]
#[case(" 邵东市 ", "430582")]
#[case("武冈", "430581")]
fn resolves_rows_of_a_city(#[case] text: &str, #[case] code: &str) {
    assert_eq!(Registry::shipped().unwrap().resolve(text, Some("430500")).unwrap().code, code);
}

#[rstest]
#[case("双鸭山", "230500")]
#[case("杜尔伯特", "230624")]
#[case("嫩江县", "231183")]
#[case("231121", "231183")]
#[case("漠河县", "232701")]
#[case("呼兰县", "230111")]
#[case("友好区", "230719")]
#[case("230704", "230719")]
#[case("宾县", "230125")]
fn resolves_heilongjiang(#[case] text: &str, #[case] code: &str) {
    assert_eq!(Registry::shipped().unwrap().resolve(text, Some("230000")).unwrap().code, code);
}

#[test]
fn a_name_of_two_is_refused_with_both() {
    let registry = Registry::shipped().unwrap();
    let Err(NameError::Ambiguous { candidates, .. }) = registry.resolve("邵阳", Some("430500")) else { panic!("邵阳 was guessed at") };
    let found: Vec<_> = candidates.iter().map(|candidate| (candidate.full_name.as_str(), candidate.code.as_str())).collect();
    assert_eq!(found, [("湖南省邵阳市", "430500"), ("湖南省邵阳市邵阳县", "430523")]);
    assert!(matches!(registry.resolve("朝阳区", None), Err(NameError::Ambiguous { candidates, .. }) if candidates.len() == 2));
    assert_eq!(registry.resolve("朝阳区", Some("220000")).unwrap().code, "220104");
    assert_eq!(
        registry.resolve("向阳区", Some("230000")).unwrap_err().to_string(),
        "`向阳区` may be 黑龙江省鹤岗市向阳区 (230402) or 黑龙江省佳木斯市向阳区 (230803)"
    );
}

#[rstest]
#[case("市辖区", Some("430500"))]
#[case("经开区", Some("430500"))]
#[case("宾", Some("230100"))]
#[case("邵阳县", Some("230000"))]
#[case("999999", None)]
#[case("", None)]
fn unknown_names_are_refused(#[case] text: &str, #[case] under: Option<&str>) {
    let error = NameError::Unknown { text: text.to_owned(), under: under.map(str::to_owned) };
    assert_eq!(Registry::shipped().unwrap().resolve(text, under), Err(error));
}

#[test]
fn merged_divisions_have_no_heir() {
    let registry = Registry::shipped().unwrap();
    let Err(NameError::Abolished { year: 2019, successor: Some(successor), .. }) = registry.resolve("汤旺河区", Some("230700")) else {
        panic!("a merged district was taken for its successor")
    };
    assert_eq!(successor.code, "230723");
    // The file's successor is a namesake in another province.
    assert!(matches!(registry.resolve("太平区", Some("230000")), Err(NameError::Abolished { year: 2004, successor: None, .. })));
    assert!(matches!(registry.resolve("太平区", None), Ok(division) if division.code == "210904"));
}

#[test]
fn every_division_is_found_by_its_name_and_code_beside_its_siblings() {
    let registry = Registry::shipped().unwrap();
    for division in &registry.divisions {
        let under = division.parent_code.as_deref();
        for text in [&division.name, &division.code] {
            assert_eq!(registry.resolve(text, under).map(|found| &found.code), Ok(&division.code), "{text}");
        }
    }
}

#[test]
fn short_names_are_their_own_or_refused() {
    let registry = Registry::shipped().unwrap();
    for division in &registry.divisions {
        let Some(short) = short_name(&division.name) else { continue };
        match registry.resolve(short, division.parent_code.as_deref()) {
            Ok(found) => assert_eq!(found.code, division.code, "{short}"),
            Err(NameError::Ambiguous { candidates, .. }) => assert!(candidates.iter().any(|one| one.code == division.code), "{short}"),
            Err(error) => panic!("{short}: {error}"),
        }
    }
}

#[test]
fn a_scope_must_exist() {
    assert_eq!(Registry::shipped().unwrap().resolve("邵阳县", Some("4305")), Err(NameError::UnknownScope("4305".into())));
}

#[rstest]
#[case("嫩江县", 2018, "231183")]
#[case("嫩江县", 2019, "231183")] // in the year of the change either name is right
#[case("嫩江市", 2019, "231183")]
#[case("231121", 2018, "231183")]
#[case("漠河县", 2017, "232701")]
#[case("呼兰县", 2003, "230111")]
#[case("友好区", 2018, "230719")]
#[case("汤旺河区", 2018, "230712")] // merged with 乌伊岭区 in 2019: no division of today is what it was
#[case("230712", 2018, "230712")]
#[case("动力", 2005, "230107")]
#[case("太平区", 2003, "230105")]
#[case("嫩江市", 2018, "231183")] // figures of earlier years are restated for today's divisions
#[case("丰林县", 2018, "230724")]
#[case("伊春", 2025, "230700")]
fn a_name_is_resolved_as_its_year_had_it(#[case] text: &str, #[case] year: i32, #[case] code: &str) {
    let registry = Registry::shipped().unwrap();
    assert_eq!(registry.resolve_in(text, Some("230000"), year).map(|division| division.code.as_str()), Ok(code));
}

#[rstest]
#[case("嫩江县", 2020, "`嫩江县` ended in 2019: it is 黑龙江省黑河市嫩江市 (231183) now")]
#[case("嫩江县", 2025, "`嫩江县` ended in 2019: it is 黑龙江省黑河市嫩江市 (231183) now")]
#[case("231121", 2025, "`231121` ended in 2019: it is 黑龙江省黑河市嫩江市 (231183) now")]
#[case("漠河县", 2025, "`漠河县` ended in 2018: it is 黑龙江省大兴安岭地区漠河市 (232701) now")]
#[case("东宁县", 2016, "`东宁县` ended in 2015: it is 黑龙江省牡丹江市东宁市 (231086) now")]
#[case("双城市", 2025, "`双城市` ended in 2014: it is 黑龙江省哈尔滨市双城区 (230113) now")]
#[case("伊春区", 2025, "`伊春区` ended in 2019: it is 黑龙江省伊春市伊美区 (230717) now")]
#[case("汤旺河区", 2020, "`汤旺河区` was abolished in 2019")]
// The short name of a district that is 伊美区 today, and of the city that it lay in.
#[case("伊春", 2018, "`伊春` may be 黑龙江省伊春市 (230700) or 黑龙江省伊春市伊美区 (230717)")]
fn a_name_that_ended_says_what_it_became_and_when(#[case] text: &str, #[case] year: i32, #[case] message: &str) {
    let registry = Registry::shipped().unwrap();
    assert_eq!(registry.resolve_in(text, Some("230000"), year).unwrap_err().to_string(), message);
}

#[test]
fn a_namesake_of_the_year_makes_a_name_ambiguous() {
    let registry = Registry::shipped().unwrap();
    // 太平区 of Harbin stood until 2004, that of Fuxin in Liaoning still does.
    let Err(NameError::Ambiguous { candidates, .. }) = registry.resolve_in("太平区", None, 2003) else { panic!("guessed") };
    let found: Vec<_> = candidates.iter().map(|candidate| (candidate.full_name.as_str(), candidate.code.as_str())).collect();
    assert_eq!(found, [("辽宁省阜新市太平区", "210904"), ("黑龙江省哈尔滨市太平区", "230105")]);
    assert_eq!(registry.resolve_in("太平区", None, 2025).map(|division| division.code.as_str()), Ok("210904"));
}

/// Every change on record, both ways: until its year the name is known, after it only where somebody bears it.
#[test]
fn every_name_on_record_ends_with_its_year() {
    let registry = Registry::shipped().unwrap();
    assert!(registry.past.list.len() > 25);
    for past in &registry.past.list {
        let above = past.division.parent_code.as_deref();
        let meant = past.now.as_deref().unwrap_or(&past.division.code);
        for text in [&past.division.name, &past.division.code] {
            let then = registry.resolve_in(text, above, past.until).map(|division| division.code.as_str());
            assert_eq!(then, Ok(meant), "{text} in {}", past.until);
            match registry.resolve_in(text, above, past.until + 1) {
                Ok(division) => assert!(division.name == *text && division.code != past.division.code, "{text}"),
                Err(NameError::Renamed { year, now, .. }) => assert_eq!((year, now.code.as_str()), (past.until, meant), "{text}"),
                Err(NameError::Abolished { year, .. }) => assert_eq!((year, &past.now), (past.until, &None), "{text}"),
                Err(other) => panic!("{text}: {other}"),
            }
        }
    }
}
