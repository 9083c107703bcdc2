//! The commands and their options.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::bank::{Kind, Level};
use crate::runner::{Limits, Source};

/// A trainer for Django ORM and SQL interviews: questions are answered at a prompt, run, and judged. Offline.
#[derive(Debug, Parser)]
#[command(name = "ormdojo", version, about, max_term_width = 100, disable_help_subcommand = true)]
pub struct Arguments {
    /// The folder of the learner's files.
    #[arg(long, global = true, env = "ORMDOJO_HOME", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data_dir: Option<PathBuf>,

    /// What to do; without it, on a terminal, training goes on where it stopped.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Self-study: due reviews first, then new questions
    Quiz(Quiz),
    /// One topic, rising difficulty
    Drill(Drill),
    /// A mock interview against the clock, with a scored report
    Mock(Mock),
    /// A free prompt with a live query ledger
    Shell(Shell),
    /// Run one Python or SQL program; show its output and its query ledger
    Run(Run),
    /// Show only the SQL that evaluating an expression sends
    Sql(Sql),
    /// Run Django-style test packages, each on its own empty database
    Test(Test),
    /// Grade answers without a terminal
    Grade(Grade),
    /// Turn documents into questions
    Import(Import),
    /// The question bank
    Bank(BankArguments),
    /// Say what a finding means, and what to write instead
    Explain(Explain),
    /// Show a dataset's models, tables and relations
    Schema(Schema),
    /// Write the migrations that lead from one version of a models.py to another
    Makemigrations(MakeMigrations),
    /// Print the SQL of those migrations, or of a migration file
    Sqlmigrate(SqlMigrate),
    /// Say what is wrong with models, as Django's system checks do
    Check(Check),
    /// Print models for the tables of an SQLite file, as Django's inspectdb does
    Inspectdb(Inspectdb),
    /// What you know
    Stats(Stats),
    /// Carry progress elsewhere, or forget it
    Progress(Progress),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// How far code may go.
#[derive(Args, Clone, Debug, Default)]
pub struct LimitFlags {
    /// Steps that a program may take
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub max_steps: Option<u64>,
    /// Megabytes that its objects may hold
    #[arg(long, value_name = "MB", help_heading = "Limits")]
    pub max_memory: Option<u64>,
    /// Rows that one statement may give
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub max_rows: Option<u64>,
    /// Seconds that a run may take
    #[arg(long, value_name = "SECONDS", help_heading = "Limits", value_parser = seconds)]
    pub timeout: Option<Duration>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is needed".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "a number of seconds above zero is needed".to_owned())
}

impl LimitFlags {
    /// The defaults, with what the flags change.
    pub fn limits(&self) -> Limits {
        let defaults = Limits::default();
        Limits {
            steps: self.max_steps.unwrap_or(defaults.steps),
            memory: self.max_memory.map_or(defaults.memory, |megabytes| megabytes.saturating_mul(1 << 20)),
            rows: self.max_rows.unwrap_or(defaults.rows),
            time: self.timeout.unwrap_or(defaults.time),
            ..defaults
        }
    }
}

/// Where models and rows come from.
#[derive(Args, Clone, Debug, Default)]
pub struct SourceFlags {
    /// A built-in dataset (blog when nothing is said); NAME:medium and NAME:large are its bigger scales
    #[arg(long, value_name = "D", conflicts_with_all = ["models", "db"])]
    pub dataset: Option<String>,
    /// A Django models.py; its app label is its folder's name (repeatable)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub models: Vec<PathBuf>,
    /// An SQLite file with those models' tables; nothing in it ever changes
    #[arg(long, value_name = "FILE", requires = "models", value_hint = ValueHint::FilePath)]
    pub db: Option<PathBuf>,
}

impl SourceFlags {
    /// What the flags name.
    pub fn source(&self) -> Source {
        if !self.models.is_empty() {
            return Source::Models { files: self.models.clone(), database: self.db.clone() };
        }
        let name = self.dataset.as_deref().unwrap_or("blog");
        let (name, scale) = name.split_once(':').unwrap_or((name, ""));
        Source::Dataset { name: name.to_owned(), scale: scale.to_owned() }
    }
}

/// Which questions there are.
#[derive(Args, Clone, Debug, Default)]
pub struct BankFlags {
    /// A folder of question files, <topic>/<slug>.toml, that are added or replace built-in ones (repeatable)
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub bank: Vec<PathBuf>,
}

/// Only the questions of these.
#[derive(Args, Clone, Debug, Default)]
pub struct FromFlags {
    /// Ask only the questions of a document or a folder of question files (repeatable)
    #[arg(long, value_name = "DOC|DIR", value_hint = ValueHint::AnyPath)]
    pub from: Vec<PathBuf>,
}

fn level(text: &str) -> Result<Level, String> {
    Level::from_word(text).ok_or_else(|| "junior, mid or senior".to_owned())
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::from_word(text).ok_or_else(|| Kind::ALL.map(Kind::word).join(", "))
}

/// `quiz`
#[derive(Args, Debug, Default)]
pub struct Quiz {
    /// A topic (repeatable)
    #[arg(long, value_name = "T")]
    pub topic: Vec<String>,
    /// junior, mid or senior
    #[arg(long, value_name = "L", value_parser = level)]
    pub level: Option<Level>,
    /// How many questions
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub count: usize,
    /// The same seed asks the same questions in the same order
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Exactly this question, <topic>/<slug> (repeatable)
    #[arg(long, value_name = "ID", conflicts_with_all = ["topic", "level", "count"])]
    pub question: Vec<String>,
    #[command(flatten)]
    pub from: FromFlags,
    #[command(flatten)]
    pub bank: BankFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// `drill`
#[derive(Args, Debug)]
pub struct Drill {
    /// The topic
    pub topic: String,
    /// How many questions
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub count: usize,
    /// The same seed asks the same questions in the same order
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub from: FromFlags,
    #[command(flatten)]
    pub bank: BankFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// `mock`
#[derive(Args, Debug)]
pub struct Mock {
    /// How long the interview lasts
    #[arg(long, value_name = "M", default_value_t = 45, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub minutes: u32,
    /// junior, mid or senior
    #[arg(long, value_name = "L", value_parser = level, default_value = "mid")]
    pub level: Level,
    /// The same seed asks the same questions in the same order
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Go on with the interview that was left; its clock has run on
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    pub from: FromFlags,
    #[command(flatten)]
    pub bank: BankFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// `shell`
#[derive(Args, Debug, Default)]
pub struct Shell {
    #[command(flatten)]
    pub source: SourceFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// `run`
#[derive(Args, Debug)]
pub struct Run {
    #[command(flatten)]
    pub source: SourceFlags,
    /// Print the run as one JSON object
    #[arg(long, conflicts_with = "jsonl")]
    pub json: bool,
    /// Worker mode: each line of standard input is {"id", "source", "language"}, each line of output the run object
    #[arg(long)]
    pub jsonl: bool,
    /// In worker mode: what a line binds and writes stays for the next ones
    #[arg(long, requires = "jsonl")]
    pub keep: bool,
    /// The program (.py or .sql), or - for standard input
    #[arg(required_unless_present = "jsonl", conflicts_with = "jsonl", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// `sql`
#[derive(Args, Debug)]
pub struct Sql {
    #[command(flatten)]
    pub source: SourceFlags,
    /// Show placeholders and parameters apart
    #[arg(long)]
    pub params: bool,
    /// Print a JSON object
    #[arg(long)]
    pub json: bool,
    /// The expression
    pub expr: String,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// `test`
#[derive(Args, Debug)]
pub struct Test {
    /// One JSON line a test, then a summary
    #[arg(long)]
    pub json: bool,
    /// Folders with models.py and test*.py
    #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folders: Vec<PathBuf>,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// `grade`
#[derive(Args, Debug)]
pub struct Grade {
    #[command(flatten)]
    pub bank: BankFlags,
    /// The question that the answer is for; otherwise a file's place names it, <topic>/<slug>.py
    #[arg(long, value_name = "ID")]
    pub question: Option<String>,
    /// Print verdicts as JSON lines
    #[arg(long)]
    pub json: bool,
    /// Each line of the file, or of standard input, is {"id", "question", "answer"}, each line of output its verdict
    #[arg(long, conflicts_with = "question")]
    pub jsonl: bool,
    /// Also write a JUnit report
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
    /// Also write a CSV table
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub csv: Option<PathBuf>,
    /// The same seed tries the same databases
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// An answer, a folder of answers, or - for standard input
    #[arg(required_unless_present = "jsonl", value_name = "FILE|DIR|-", value_hint = ValueHint::AnyPath)]
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// `import`
#[derive(Args, Debug)]
pub struct Import {
    /// Documents
    #[arg(required = true, value_name = "DOC", value_hint = ValueHint::FilePath)]
    pub documents: Vec<PathBuf>,
    /// Write question files into this folder; without it only the report is given
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// `bank`
#[derive(Args, Debug)]
pub struct BankArguments {
    /// What to do with the bank
    #[command(subcommand)]
    pub command: BankCommand,
}

/// The commands of `bank`.
#[derive(Debug, Subcommand)]
pub enum BankCommand {
    /// List questions
    List(BankList),
    /// Show a question as a learner sees it, or its file
    Show(BankShow),
    /// Prove every question by running its reference, accepted and wrong answers
    Check(BankCheck),
    /// Which topics, kinds and levels have how many questions
    Coverage(BankCoverage),
    /// Begin a new question file
    New(BankNew),
    /// Write questions as an Anki text file
    Export(BankExport),
    /// Read questions from an Anki text file
    Import(BankImport),
}

/// `bank list`
#[derive(Args, Debug)]
pub struct BankList {
    #[command(flatten)]
    pub bank: BankFlags,
    /// Only this topic (repeatable)
    #[arg(long, value_name = "T")]
    pub topic: Vec<String>,
    /// Only this level
    #[arg(long, value_name = "L", value_parser = level)]
    pub level: Option<Level>,
    /// Only this kind
    #[arg(long, value_name = "K", value_parser = kind)]
    pub kind: Option<Kind>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `bank show`
#[derive(Args, Debug)]
pub struct BankShow {
    #[command(flatten)]
    pub bank: BankFlags,
    /// The question's id
    pub id: String,
    /// With its answer, explanation and likely mistakes
    #[arg(long)]
    pub solution: bool,
    /// Its file, as it would be written
    #[arg(long, conflicts_with = "solution")]
    pub toml: bool,
}

/// `bank check`
#[derive(Args, Debug)]
pub struct BankCheck {
    /// Count mutants that survive and literals that no wrong answer touches
    #[arg(long)]
    pub audit: bool,
    /// Write the distilled databases into the files
    #[arg(long, requires = "folder")]
    pub write: bool,
    /// A folder of question files; without it the built-in bank
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// `bank coverage`
#[derive(Args, Debug)]
pub struct BankCoverage {
    #[command(flatten)]
    pub bank: BankFlags,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `bank new`
#[derive(Args, Debug)]
pub struct BankNew {
    /// queryset, sql, program, predict, concept or model
    #[arg(long, value_name = "K", value_parser = kind, default_value = "queryset")]
    pub kind: Kind,
    /// The folder that holds <topic>/<slug>.toml
    #[arg(long, value_name = "DIR", default_value = "questions", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// The new question's id, topic/slug
    pub id: String,
}

/// `bank export`
#[derive(Args, Debug)]
pub struct BankExport {
    #[command(flatten)]
    pub bank: BankFlags,
    /// Only this topic (repeatable)
    #[arg(long, value_name = "T")]
    pub topic: Vec<String>,
    /// The file to write, or - for standard output
    #[arg(default_value = "-", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// `bank import`
#[derive(Args, Debug)]
pub struct BankImport {
    /// The Anki text file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The folder to write question files into
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
}

/// `explain`
#[derive(Args, Debug)]
pub struct Explain {
    /// The finding; without it all are listed
    pub finding: Option<String>,
}

/// `schema`
#[derive(Args, Debug)]
pub struct Schema {
    /// A built-in dataset
    #[arg(value_name = "D", conflicts_with_all = ["models", "dataset"])]
    pub name: Option<String>,
    #[command(flatten)]
    pub source: SourceFlags,
    /// The statements that make the tables
    #[arg(long, conflicts_with = "mermaid")]
    pub sql: bool,
    /// A Mermaid diagram
    #[arg(long)]
    pub mermaid: bool,
}

/// Two states of an app's models, and the answers to what is asked about their difference.
#[derive(Args, Debug)]
pub struct Change {
    /// The models as they were, and as they are or a migration file: OLD NEW, or NEW alone; - stands for no models
    #[arg(required = true, num_args = 1..=2, value_name = "OLD|NEW", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// The app's label; otherwise the name of the folder that holds NEW
    #[arg(long, value_name = "LABEL")]
    pub app: Option<String>,
    /// What looks renamed was renamed
    #[arg(long)]
    pub yes_renames: bool,
    /// A one-off default for rows that are there, as Python (repeatable)
    #[arg(long, value_name = "[MODEL.]FIELD=CODE")]
    pub default: Vec<String>,
    /// Ask nothing: nothing was renamed, and a field without a default is not added
    #[arg(long = "noinput", visible_alias = "no-input")]
    pub no_input: bool,
}

/// `makemigrations`
#[derive(Args, Debug)]
pub struct MakeMigrations {
    #[command(flatten)]
    pub change: Change,
    /// Print the SQL instead of the files
    #[arg(long, conflicts_with = "json")]
    pub sql: bool,
    /// Print names, files, operations and SQL as one JSON object
    #[arg(long)]
    pub json: bool,
    /// The migration's name, without its number
    #[arg(short, long, value_name = "NAME")]
    pub name: Option<String>,
}

/// `sqlmigrate`
#[derive(Args, Debug)]
pub struct SqlMigrate {
    #[command(flatten)]
    pub change: Change,
    /// The SQL that undoes it
    #[arg(long)]
    pub backwards: bool,
}

/// `check`
#[derive(Args, Debug)]
pub struct Check {
    /// A built-in dataset
    #[arg(value_name = "D", conflicts_with_all = ["models", "dataset"])]
    pub name: Option<String>,
    #[command(flatten)]
    pub source: SourceFlags,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `inspectdb`
#[derive(Args, Debug)]
pub struct Inspectdb {
    /// An SQLite file; nothing in it ever changes
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Only these tables
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,
}

/// `stats`
#[derive(Args, Debug)]
pub struct Stats {
    #[command(flatten)]
    pub bank: BankFlags,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Write a page that needs nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "json", value_hint = ValueHint::FilePath)]
    pub html: Option<PathBuf>,
}

/// `progress`
#[derive(Args, Debug)]
pub struct Progress {
    /// What to do with it
    #[command(subcommand)]
    pub command: ProgressCommand,
}

/// The commands of `progress`.
#[derive(Debug, Subcommand)]
pub enum ProgressCommand {
    /// Write progress as JSON
    Export {
        /// The file to write, or - for standard output
        #[arg(default_value = "-", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Add exported progress to what is there
    Import {
        /// The file to read, or - for standard input
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Forget everything; an export is kept beside the progress file
    Reset {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Shells with completions.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ShellName {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
}

/// `completions`
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: ShellName,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declarations_hold_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sources_and_limits() {
        let parsed =
            Arguments::try_parse_from(["ormdojo", "run", "--dataset", "shop:large", "--timeout", "0.5", "x.py"])
                .unwrap();
        let Some(Command::Run(run)) = parsed.command else { panic!() };
        assert_eq!(run.source.source(), Source::Dataset { name: "shop".into(), scale: "large".into() });
        assert_eq!(run.limits.limits().time, Duration::from_millis(500));
        for bad in
            [&["ormdojo", "run", "--db", "x", "y"][..], &["ormdojo", "run"], &["ormdojo", "mock", "--level", "guru"]]
        {
            assert!(Arguments::try_parse_from(bad).is_err(), "{bad:?}");
        }
        assert!(Arguments::try_parse_from(["ormdojo", "run", "--jsonl"]).is_ok());
    }
}
