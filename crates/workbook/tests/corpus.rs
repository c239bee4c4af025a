//! What fuzzing found worth keeping, replayed: every input of `fuzz/corpus` ends in an answer.

#[expect(clippy::unwrap_used, dead_code, reason = "it is the fuzz targets' own code, which ends where something cannot be packed")]
#[path = "../../../fuzz/src/lib.rs"]
mod harness;

use std::{fs, path::Path};

use rstest::rstest;

#[rstest]
#[case("open", harness::open)]
#[case("xlsx", harness::xlsx)]
#[case("xls", harness::xls)]
#[case("ods", harness::ods)]
#[case("csv", harness::csv)]
#[case("layout", harness::layout)]
#[case("label", harness::label)]
#[case("plan", harness::plan)]
fn every_input_is_answered(#[case] target: &str, #[case] run: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs = 0;
    for input in fs::read_dir(corpus).unwrap() {
        run(&fs::read(input.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs > 0, "{target} has no corpus");
}

#[test]
fn the_harness_packs_what_opens() {
    let data = |name: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name)).unwrap();
    for packed in
        [harness::xlsx_of(&data("xlsx/openpyxl.xlsx")), harness::xls_of(&data("xls/xlwt.xls")), harness::ods_of(&data("ods/odfpy.ods"))]
    {
        let book = leitai_workbook::open::open(&packed).unwrap();
        assert!(book.sheets[0].cells.len() > 20, "the seed was not read");
    }
}
