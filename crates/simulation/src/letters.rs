//! What must hold of letters in the end, held against what the mail server took.

use std::collections::BTreeMap;

use anyhow::ensure;

use crate::{
    faults::Troubles,
    mail::{Letter, Mailbox},
    promises::Delivery,
};

/// Every delivery was sent, arrived byte for byte, and arrived again only where a fault can be why; nothing else arrived.
pub fn check(deliveries: &[Delivery], mailbox: &Mailbox, troubles: &Troubles) -> anyhow::Result<usize> {
    let mut arrived: BTreeMap<(String, Vec<u8>), Vec<Letter>> = BTreeMap::new();
    for letter in mailbox.letters() {
        arrived.entry((letter.taken.recipient.clone(), letter.taken.message.clone())).or_default().push(letter);
    }
    let mut doubled = 0;
    for delivery in deliveries {
        ensure!(delivery.state == "sent", "delivery {} is {}", delivery.id, delivery.state);
        let copies = arrived.remove(&(delivery.recipient.clone(), delivery.message.clone())).unwrap_or_default();
        ensure!(!copies.is_empty(), "delivery {} is sent and never arrived as it is stored", delivery.id);
        for pair in copies.windows(2) {
            let excuses = troubles.excuses(pair[0].at, pair[1].at);
            ensure!(
                !pair[0].answered || excuses > 0,
                "delivery {} arrived at {:?} and again at {:?} without a reason",
                delivery.id,
                pair[0].at,
                pair[1].at
            );
            doubled += 1;
        }
    }
    let strange: Vec<_> = arrived.keys().map(|(recipient, message)| format!("{recipient}: {} bytes", message.len())).collect();
    ensure!(strange.is_empty(), "letters arrived that nobody wrote: {strange:?}");
    Ok(doubled)
}
