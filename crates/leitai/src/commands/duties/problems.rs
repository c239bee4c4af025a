//! `leitai problems`.

use leitai_proto::ingestion::v1::{
    CloseProblemRequest, EscalateProblemRequest, GetProblemRequest, ListProblemsRequest, Problem, ProblemState, RaiseProblemRequest,
    ReopenProblemRequest, ResolveProblemRequest, ReturnProblemRequest, TaskForceLevel,
};

use super::listing;
use crate::{
    cli::{DutyActArgs, Format, LevelName, ProblemsCommand},
    clients::{Clients, all_pages, answer},
};

/// Fills in who does what about which problem, and asks.
macro_rules! ask {
    ($clients:ident.$call:ident, $request:ident, $args:expr) => {{
        let DutyActArgs { id, agency, who, words, request_id, format } = $args;
        let request_id = request_id.unwrap_or_else(crate::commands::new_request_id);
        let request = $request { request_id, problem_id: id, agency, who, words };
        (answer($clients.duties.$call(request).await)?.problem, format.format)
    }};
}

pub async fn run(command: ProblemsCommand, mut clients: Clients) -> anyhow::Result<()> {
    let (problem, format) = match command {
        ProblemsCommand::Raise { act, level, progress } => {
            let DutyActArgs { id, agency, who, words, request_id, format } = act;
            let request_id = request_id.unwrap_or_else(crate::commands::new_request_id);
            let level = level_of(level).into();
            let request = RaiseProblemRequest { request_id, measure_id: id, agency, who, words, level, progress_entry: progress };
            (answer(clients.duties.raise_problem(request).await)?.problem, format.format)
        }
        ProblemsCommand::Escalate(act) => ask!(clients.escalate_problem, EscalateProblemRequest, act),
        ProblemsCommand::Resolve(act) => ask!(clients.resolve_problem, ResolveProblemRequest, act),
        ProblemsCommand::Return(act) => ask!(clients.return_problem, ReturnProblemRequest, act),
        ProblemsCommand::Reopen(act) => ask!(clients.reopen_problem, ReopenProblemRequest, act),
        ProblemsCommand::Close(act) => ask!(clients.close_problem, CloseProblemRequest, act),
        ProblemsCommand::List { plan, measure, division, level, open, format } => {
            let state = if open { ProblemState::Open } else { ProblemState::Unspecified };
            let wanted = ListProblemsRequest {
                plan_id: plan,
                measure_id: measure,
                division_code: division,
                state: state.into(),
                level: level_of(level).into(),
                page_size: 1_000,
                page_token: String::new(),
            };
            let page = |page_token| ListProblemsRequest { page_token, ..wanted.clone() };
            let problems = all_pages!(token => clients.duties.list_problems(page(token)), problems);
            return listing::problems(&problems).print(format.format);
        }
        ProblemsCommand::Show { problem, format } => return show(clients, problem, format.format).await,
    };
    after(problem, format)
}

/// A table shows the problem before its history; JSON and CSV hold the history alone.
async fn show(mut clients: Clients, problem_id: String, format: Format) -> anyhow::Result<()> {
    let problem = answer(clients.duties.get_problem(GetProblemRequest { problem_id: problem_id.clone() }).await)?.problem;
    if format == Format::Table {
        after(problem, format)?;
    }
    super::events(clients, problem_id, format).await
}

fn after(problem: Option<Problem>, format: Format) -> anyhow::Result<()> {
    listing::problems(&problem.into_iter().collect::<Vec<_>>()).print(format)
}

fn level_of(level: Option<LevelName>) -> TaskForceLevel {
    match level {
        None => TaskForceLevel::Unspecified,
        Some(LevelName::County) => TaskForceLevel::County,
        Some(LevelName::City) => TaskForceLevel::City,
        Some(LevelName::Province) => TaskForceLevel::Province,
    }
}
