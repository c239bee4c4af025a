//! `leitai suppose`: verdicts and places as they would be with other values. Nothing is stored.

use leitai_proto::evaluation::v1::{SupposeValuesRequest, SupposeValuesResponse, Supposition};

use super::change::{self, Kind};
use crate::{
    cli::{SupposeArgs, SupposedValue},
    clients::{Clients, answer},
    listing::Listing,
    say::remark,
};

/// Prints the supposed verdicts, then the standings that would change, by place then.
pub async fn run(args: SupposeArgs, mut clients: Clients) -> anyhow::Result<()> {
    let request = SupposeValuesRequest {
        plan_id: args.round.plan,
        period: args.round.period.to_string(),
        suppositions: args.values.into_iter().map(supposition).collect(),
        as_of: args.as_of.as_of,
    };
    let supposed = answer(clients.analysis.suppose_values(request).await)?;
    remark!(
        "supposed, not stored: {} counties would have another score or place, {} shown",
        supposed.changed_count,
        supposed.standings.len()
    );
    listing(&supposed).print(args.format.format)
}

fn supposition(value: SupposedValue) -> Supposition {
    Supposition { division_code: value.division, indicator_id: value.indicator, value_micros: value.micros }
}

fn listing(supposed: &SupposeValuesResponse) -> Listing {
    let mut listing = Listing::new(&change::COLUMNS);
    for one in &supposed.verdicts {
        listing.push(change::verdict(Kind::Verdict, one.before.as_ref(), one.after.as_ref()));
    }
    for one in &supposed.standings {
        listing.push(change::standing(one.before.as_ref(), one.after.as_ref()));
    }
    listing
}
