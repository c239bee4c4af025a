//! Compiles the protos without a `protoc` on the machine, and keeps the descriptor set for reflection.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const FILES: &[&str] = &[
    "leitai/ingestion/v1/plan_service.proto",
    "leitai/ingestion/v1/report_service.proto",
    "leitai/ingestion/v1/approval_service.proto",
    "leitai/ingestion/v1/finding_service.proto",
    "leitai/ingestion/v1/revision_service.proto",
    "leitai/ingestion/v1/round_service.proto",
    "leitai/ingestion/v1/change_service.proto",
    "leitai/ingestion/v1/responsibility_service.proto",
    "leitai/evaluation/v1/analysis_service.proto",
    "leitai/evaluation/v1/evaluation_service.proto",
    "leitai/notification/v1/bounce_service.proto",
    "leitai/notification/v1/case_service.proto",
    "leitai/notification/v1/correction_service.proto",
    "leitai/notification/v1/letter_service.proto",
    "leitai/notification/v1/delivery_service.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = "../../proto";
    println!("cargo::rerun-if-changed={root}");
    let descriptors = protox::compile(FILES, [root])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("leitai_descriptor.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
