//! Entries of evaluation's findings, read with their verdicts as they came over the wire: a large round is then never held twice, as messages and as
//! findings. Verdicts share the bytes of the entry.

use leitai_proto::evaluation::v1::{FrozenRound, Verdict, WatchFindingsRequest};
use leitai_rpc::{client::Channel, limits::MESSAGE_BYTES};
use prost::{
    DecodeError, Message,
    bytes::{Buf, BufMut, Bytes},
    encoding::{self, DecodeContext, WireType},
};
use tonic::{Request, Status, Streaming, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

/// The call, as the generated client makes it.
const WATCH_FINDINGS: &str = "/leitai.evaluation.v1.EvaluationService/WatchFindings";
/// The field `verdicts` of a frozen round.
const VERDICTS: u32 = 5;

/// `WatchFindingsResponse`, but for what nobody here asks for.
#[derive(Clone, PartialEq, Message)]
pub struct Entry {
    /// Counts from 1 without gaps.
    #[prost(int64, tag = "1")]
    pub sequence: i64,
    /// The round as frozen.
    #[prost(message, optional, tag = "3")]
    pub round: Option<LazyRound>,
}

/// A frozen round.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LazyRound {
    /// Everything but its verdicts.
    pub rest: FrozenRound,
    /// A message each.
    verdicts: Vec<Bytes>,
}

impl LazyRound {
    /// The round without its verdicts, and these, read one by one.
    pub fn parts(self) -> (FrozenRound, impl ExactSizeIterator<Item = Result<Verdict, DecodeError>>) {
        (self.rest, self.verdicts.into_iter().map(Verdict::decode))
    }
}

impl Message for LazyRound {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        self.rest.encode_raw(buf);
        encoding::bytes::encode_repeated(VERDICTS, &self.verdicts, buf);
    }

    fn merge_field(&mut self, tag: u32, wire_type: WireType, buf: &mut impl Buf, ctx: DecodeContext) -> Result<(), DecodeError> {
        match tag {
            VERDICTS => encoding::bytes::merge_repeated(wire_type, &mut self.verdicts, buf, ctx),
            _ => self.rest.merge_field(tag, wire_type, buf, ctx),
        }
    }

    fn encoded_len(&self) -> usize {
        self.rest.encoded_len() + encoding::bytes::encoded_len_repeated(VERDICTS, &self.verdicts)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Follows the findings from a cursor.
///
/// # Errors
/// The call's own.
pub async fn watch(channel: Channel, after_sequence: i64) -> Result<Streaming<Entry>, Status> {
    let mut evaluation = Grpc::new(channel).max_decoding_message_size(MESSAGE_BYTES);
    evaluation.ready().await.map_err(|error| Status::unavailable(format!("evaluation is not ready: {error}")))?;
    let codec = ProstCodec::<WatchFindingsRequest, Entry>::default();
    let request = Request::new(WatchFindingsRequest { after_sequence });
    Ok(evaluation.server_streaming(request, PathAndQuery::from_static(WATCH_FINDINGS), codec).await?.into_inner())
}

#[cfg(test)]
mod tests {
    use leitai_proto::evaluation::v1::{Light, WatchFindingsResponse};

    use super::*;
    use crate::testing::{frozen, verdict};

    #[test]
    fn nothing_of_a_round_is_lost() {
        let verdicts = vec![verdict("gdp", "430582", Light::Red), verdict("industry", "430582", Light::Missing)];
        let round = FrozenRound { simulated: true, ..frozen("2025-M03", verdicts) };
        let sent = WatchFindingsResponse { sequence: 7, head_sequence: 9, round: Some(round.clone()) };
        let read = Entry::decode(sent.encode_to_vec().as_slice()).unwrap();
        assert_eq!(read.sequence, 7);
        let lazy = read.round.unwrap();
        assert_eq!(lazy.encoded_len(), lazy.encode_to_vec().len());
        assert_eq!(FrozenRound::decode(lazy.encode_to_vec().as_slice()).unwrap(), round, "the same whichever way it is read");
        let (rest, verdicts) = lazy.parts();
        let verdicts = verdicts.collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(FrozenRound { verdicts, ..rest }, round);
    }

    #[test]
    fn a_verdict_that_is_none_is_an_error() {
        let lazy = LazyRound { rest: frozen("2025-M03", Vec::new()), verdicts: vec![Bytes::from_static(&[0xff])] };
        assert!(lazy.parts().1.next().unwrap().is_err());
    }
}
