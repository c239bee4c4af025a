//! Use cases of a person who looks after deliveries.

use leitai_proto::notification::v1::ResendLetterResponse;
use leitai_rpc::{clock::millis, failure::Failure, paging::Page};
use prost::Message;

use super::{Notifications, internal};
use crate::{
    answer,
    store::{
        Order, Refused, Resent, Tried,
        entities::{delivery, delivery_event},
    },
};

impl Notifications {
    /// A letter's deliveries, a page of the attempts at them, and the next page's token.
    ///
    /// # Errors
    /// `LETTER_NOT_FOUND`, `INTERNAL`.
    pub async fn attempts(&self, letter_id: &str, page: &Page) -> Result<(Vec<delivery::Model>, Vec<Tried>, String), Failure> {
        let deliveries = self.deliveries_of(letter_id).await?;
        let (attempts, next) = self.store.attempts(&deliveries, page).await.map_err(internal)?;
        Ok((deliveries, attempts, next))
    }

    /// A letter's deliveries, a page of what happened to them beside attempts, and the next page's token.
    ///
    /// # Errors
    /// `LETTER_NOT_FOUND`, `INTERNAL`.
    pub async fn delivery_events(
        &self,
        letter_id: &str,
        page: &Page,
    ) -> Result<(Vec<delivery::Model>, Vec<delivery_event::Model>, String), Failure> {
        let deliveries = self.deliveries_of(letter_id).await?;
        let (events, next) = self.store.delivery_events(&deliveries, page).await.map_err(internal)?;
        Ok((deliveries, events, next))
    }

    /// Sends finished deliveries again; a repeat of the request is answered with the first answer.
    ///
    /// # Errors
    /// `LETTER_NOT_FOUND`, `RECIPIENT_NOT_FOUND`, `STILL_PENDING`, `NOTHING_TO_RESEND`, `INTERNAL`.
    pub async fn resend(&self, order: &Order) -> Result<ResendLetterResponse, Failure> {
        let now = self.clock.now();
        let encode = |resent: &[delivery::Model]| response(resent).encode_to_vec();
        match self.store.resend(order, millis(now), now, encode).await.map_err(internal)? {
            Resent::Done(resent) => Ok(response(&resent)),
            Resent::Before(answer) => ResendLetterResponse::decode(answer.as_slice()).map_err(|error| Failure::internal(&error)),
            Resent::Refused(refused) => Err(failure(refused, &order.letter_id)),
        }
    }

    async fn deliveries_of(&self, letter_id: &str) -> Result<Vec<delivery::Model>, Failure> {
        let ((_, deliveries), _) = self.letter(letter_id).await?;
        Ok(deliveries)
    }
}

fn response(resent: &[delivery::Model]) -> ResendLetterResponse {
    ResendLetterResponse { deliveries: resent.iter().cloned().map(answer::delivery).collect() }
}

fn failure(refused: Refused, letter_id: &str) -> Failure {
    match refused {
        Refused::NoLetter => Failure::not_found("LETTER_NOT_FOUND", format!("no letter `{letter_id}`")),
        Refused::NoRecipient(recipient) => {
            Failure::not_found("RECIPIENT_NOT_FOUND", format!("letter `{letter_id}` does not go to `{recipient}`"))
        }
        Refused::StillPending(recipient) => {
            Failure::precondition("STILL_PENDING", format!("the delivery to `{recipient}` is still to be sent"))
        }
        Refused::Nothing => Failure::precondition("NOTHING_TO_RESEND", "every delivery of the letter is still to be sent"),
    }
}
