//! What was submitted, as raw items: which reader a file is for is told by the file itself.

use leitai_domain::{division::Registry, plan::Plan};
use leitai_workbook::{
    delimited,
    layout::Layout,
    open::{self, kind::Kind},
    raw::RawItem,
    read,
    sdmx::read::Submitted,
    template::{self, Expected, Meta},
};

use crate::error::Error;

/// What a report is submitted as.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its newest revision.
    pub revision: i32,
    /// The agency that submits.
    pub submitter: &'a str,
    /// True where the values are said to be simulated.
    pub simulated: bool,
    /// The file's name; its content must be what the name says.
    pub file_name: &'a str,
}

/// A workbook: a template by its hidden sheet, any other by the layout.
pub fn workbook(bytes: &[u8], layout: &str, year: Option<i32>, origin: Origin<'_>, registry: &Registry) -> Result<Vec<RawItem>, Error> {
    let layout = if layout.is_empty() { None } else { Some(Layout::from_toml(layout)?) };
    let book = open::open_named(origin.file_name, bytes)?;
    if let Some(meta) = Meta::find(&book)? {
        meta.check(&Expected { plan: origin.plan, revision: origin.revision, submitter: origin.submitter })?;
        return Ok(template::read::read(&book, &meta)?);
    }
    let layout = layout.ok_or(Error::LayoutRequired)?;
    Ok(read::read(&book, &layout, registry, year)?)
}

/// A CSV file: a template, SDMX-CSV or the long form by its header.
pub fn csv(bytes: &[u8], origin: Origin<'_>, registry: &Registry, home: Option<&str>) -> Result<Vec<RawItem>, Error> {
    Kind::of_named(origin.file_name, bytes)?;
    let submitted = Submitted { plan: &origin.plan.id, simulated: origin.simulated };
    Ok(delimited::read(bytes, submitted, registry, home)?)
}

#[cfg(test)]
mod tests {
    use leitai_domain::{shipped, simulate};
    use leitai_rpc::failure::Failure;
    use leitai_workbook::template::{Asking, Form, write};
    use rstest::rstest;

    use super::*;

    const AGENCY: &str = "省财政厅";

    /// The template of two counties for June, read as submitted by someone.
    fn submitted(submitter: &str) -> Result<Vec<RawItem>, Error> {
        let (plan, registry) = (Plan::from_toml(shipped::plan(simulate::PLAN).unwrap()).unwrap(), Registry::shipped().unwrap());
        let period = "2025-M06".parse().unwrap();
        let asking = Asking::by_plan(&plan, period, AGENCY, &["230123".to_owned(), "230124".to_owned()]);
        let bytes = write::write(&Form::new(&plan, 1, period, AGENCY, &asking, &registry)).unwrap();
        workbook(&bytes, "", None, Origin { plan: &plan, revision: 1, submitter, simulated: false, file_name: "a.xlsx" }, &registry)
    }

    #[test]
    fn a_template_needs_no_layout() {
        // Growth and amount of two counties, and the province's amount.
        assert_eq!(submitted(AGENCY).unwrap().len(), 5);
    }

    #[rstest]
    #[case(submitted("省商务厅").unwrap_err(), "TEMPLATE_UNUSABLE")]
    #[case(Error::LayoutRequired, "LAYOUT_REQUIRED")]
    fn a_refusal_has_its_reason(#[case] error: Error, #[case] reason: &str) {
        assert!(format!("{:?}", Failure::from(error)).contains(reason));
    }
}
