//! A streamed report: a header, rows in parts, a finish; progress, items and the report in answer.

use std::time::Duration;

use futures::{Stream, StreamExt, stream, stream::BoxStream};
use leitai_proto::ingestion::v1::{
    Report, StreamReportItems, StreamReportProgress, StreamReportRequest, StreamReportResponse, SubmitReportResponse,
    stream_report_request::Part, stream_report_response::Part as Answer,
};
use leitai_rpc::failure::Failure;
use tokio::{sync::mpsc, time::timeout};
use tonic::Status;

use super::{Api, refuse};
use crate::{
    convert::stream::{header, out_of_order, part},
    service::{Begun, Upload},
};

/// Longest time without a part from the caller, or without the caller taking an answer.
pub const IDLE: Duration = Duration::from_secs(60);
/// Answers that wait for the caller to take them.
const WAITING: usize = 4;
/// Items in one answer.
const ITEMS: u64 = 1_000;

/// What comes from the caller, and where answers go.
struct Talk<S> {
    parts: S,
    answers: mpsc::Sender<Result<StreamReportResponse, Status>>,
    idle: Duration,
    api: Api,
}

/// Takes a streamed report. The work goes on in a task of its own, so that a caller that is gone leaves nothing behind.
pub fn serve(
    api: Api,
    parts: impl Stream<Item = Result<StreamReportRequest, Status>> + Unpin + Send + 'static,
    idle: Duration,
) -> BoxStream<'static, Result<StreamReportResponse, Status>> {
    let (answers, mut given) = mpsc::channel(WAITING);
    let mut talk = Talk { parts, answers, idle, api };
    tokio::spawn(async move {
        if let Err(status) = talk.take().await {
            // A caller that is gone does not hear it.
            let _ = talk.answers.send_timeout(Err(status), idle).await;
        }
    });
    stream::poll_fn(move |context| given.poll_recv(context)).boxed()
}

impl<S: Stream<Item = Result<StreamReportRequest, Status>> + Unpin> Talk<S> {
    async fn take(&mut self) -> Result<(), Status> {
        let Part::Header(first) = self.part().await? else { return Err(out_of_order("the header").into()) };
        let submission = header(&first)?;
        let report = match self.api.service.begin_upload(submission).await.map_err(refuse)? {
            Begun::Taken(report) => *report,
            Begun::New(mut upload) => match self.rows(&mut upload).await {
                Ok(rows) => self.api.service.finish_upload(&first.request_id, *upload, rows).await.map_err(refuse)?,
                Err(status) => {
                    if let Err(error) = self.api.service.abandon_upload(&upload).await {
                        tracing::warn!(error = %error, "what a broken stream left is removed later");
                    }
                    return Err(status);
                }
            },
        };
        self.done(&first.request_id, report).await
    }

    /// Takes rows up to the finish; answers with the count it gives.
    async fn rows(&mut self, upload: &mut Upload) -> Result<i32, Status> {
        loop {
            match self.part().await? {
                Part::Header(_) => return Err(out_of_order("rows or the finish").into()),
                Part::Finish(finish) => return Ok(finish.rows),
                Part::Rows(rows) => {
                    self.api.service.take_rows(upload, part(rows, upload.rows)?).await.map_err(refuse)?;
                    let progress = StreamReportProgress { rows: upload.rows, refused: upload.refused };
                    self.answer(Answer::Progress(progress)).await?;
                }
            }
        }
    }

    /// Every item that was not accepted, then the report.
    async fn done(&mut self, request_id: &str, report: Report) -> Result<(), Status> {
        let mut after = 0;
        loop {
            let items = self.api.service.not_accepted(&report.report_id, after, ITEMS).await.map_err(refuse)?;
            let Some(last) = items.last() else { break };
            after = last.position;
            self.answer(Answer::Items(StreamReportItems { items })).await?;
        }
        let repeated_of_report_id = self.api.service.repeated_of(request_id, &report);
        let findings = self.api.service.first_findings(&report.report_id).await.map_err(refuse)?;
        let done = SubmitReportResponse { report: Some(report), items: Vec::new(), repeated_of_report_id, findings };
        self.answer(Answer::Done(done)).await
    }

    async fn part(&mut self) -> Result<Part, Status> {
        let next = tokio::select! {
            next = timeout(self.idle, self.parts.next()) => next,
            () = self.api.shutdown.cancelled() => {
                return Err(Failure::unavailable("SHUTTING_DOWN", "the service stops; send the report again").into());
            }
        };
        let idle = || Failure::too_late("STREAM_IDLE", format!("nothing came for {:?}; nothing was stored", self.idle));
        let cut = || Failure::invalid("STREAM_CUT", "the stream ended without a finish; nothing was stored").field("part", "a finish");
        let request = next.map_err(|_| idle())?.ok_or_else(cut)??;
        request.part.ok_or_else(|| out_of_order("a header, rows or a finish").into())
    }

    async fn answer(&mut self, part: Answer) -> Result<(), Status> {
        let sent = self.answers.send_timeout(Ok(StreamReportResponse { part: Some(part) }), self.idle).await;
        sent.map_err(|_| Failure::too_late("STREAM_IDLE", "no answer was taken").into())
    }
}
