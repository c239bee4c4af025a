//! Generated gRPC code of every service, and the descriptor set that reflection serves. Nothing else.
//!
//! The protos in `proto/` are the documentation; prost copies their comments here.

/// The serialised `FileDescriptorSet` of all protos.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/leitai_descriptor.bin"));

macro_rules! package {
    ($service:ident, $package:literal, $doc:literal) => {
        #[doc = $doc]
        pub mod $service {
            /// Version 1.
            #[allow(
                missing_docs,
                clippy::all,
                unused_qualifications,
                clippy::allow_attributes,
                reason = "generated code: which of these it breaks differs from file to file"
            )]
            pub mod v1 {
                tonic::include_proto!($package);
            }
        }
    };
}

package!(ingestion, "leitai.ingestion.v1", "Plans, reports, rounds and their change log.");
package!(evaluation, "leitai.evaluation.v1", "Verdicts, standings and the findings log.");
package!(notification, "leitai.notification.v1", "Cases, letters and the outbox.");
