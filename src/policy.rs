//! Who may do what: the one home of the answer. docs/policy.md is printed from this table, the routes take their
//! gates from it, and a test tries every role on every operation of the document.

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a caller is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    clap::ValueEnum,
    AsExpression,
    FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, accounts and clients included.
    Admin,
    /// The association's staff.
    Officer,
    /// One or several councils' officer or system.
    Council,
    /// A tool that reads figures.
    Reporter,
}

impl Role {
    /// Every role, in the table's order.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Officer, Self::Council, Self::Reporter];

    /// The role's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Officer => "officer",
            Self::Council => "council",
            Self::Reporter => "reporter",
        }
    }
}

impl FromSql<Text, Pg> for Role {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let word = std::str::from_utf8(value.as_bytes())?;
        Self::ALL.into_iter().find(|role| role.as_str() == word).ok_or_else(|| "not a role".into())
    }
}

impl ToSql<Text, Pg> for Role {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
    }
}

/// What a role may do with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// On every row.
    All,
    /// On rows of the caller's own councils, where the operation says which those are.
    Own,
    /// Not at all.
    None,
}

/// The councils a query is limited to: none for staff, the caller's own for a council.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every row.
    All,
    /// Rows of these councils.
    Of(Vec<Uuid>),
}

impl Scope {
    /// Whether every council is within, and otherwise which are: as a statement takes it.
    pub fn parts(&self) -> (bool, &[Uuid]) {
        match self {
            Self::All => (true, &[]),
            Self::Of(councils) => (false, councils),
        }
    }

    /// The councils it is limited to; none where it is not limited.
    pub fn limit(&self) -> Option<&[Uuid]> {
        match self {
            Self::All => None,
            Self::Of(councils) => Some(councils),
        }
    }

    /// Whether rows of this council (or of none) are within.
    pub fn contains(&self, council: Option<Uuid>) -> bool {
        match self {
            Self::All => true,
            Self::Of(councils) => council.is_some_and(|council| councils.contains(&council)),
        }
    }
}

/// Which of a client's rate and concurrency limits an operation counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Signing in, getting a token, signing out.
    Login,
    /// Many records in one request.
    Bulk,
    /// A whole framework or dataset in one answer, figures that take as long to derive, and every look-back.
    Export,
    /// Everything else.
    Rest,
}

impl Bucket {
    /// Every bucket.
    pub const ALL: [Self; 4] = [Self::Login, Self::Bulk, Self::Export, Self::Rest];

    /// The bucket's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Bulk => "bulk",
            Self::Export => "export",
            Self::Rest => "rest",
        }
    }
}

/// Operations that answer with a whole framework or dataset, or with figures that take as long to derive.
const EXPORTS: [&str; 20] = [
    "getFrameworkTree",
    "getFrameworkMetrics",
    "getFrameworkMetricsCsv",
    "getFrameworkSummary",
    "getFrameworkSeries",
    "getFrameworkSeriesCsv",
    "getFrameworkOverdue",
    "getFrameworkReport",
    "createPublication",
    "getPublicationMetrics",
    "getPublicationMetricsCsv",
    "getPublicationSummary",
    "getPublicationContent",
    "getPublicationDrift",
    "getReport",
    "getPublicationReport",
    "getTargetSeries",
    "explainTargetMetric",
    "explainPublishedMetric",
    "getCouncilEngagement",
];

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The operation's id in the document.
    pub operation: &'static str,
    /// A grant for each role, in the order of [`Role::ALL`].
    pub grants: [Grant; 4],
}

impl Rule {
    /// Whether it takes many lines at once.
    pub fn is_bulk(&self) -> bool {
        is_bulk(self.operation)
    }

    /// What `role` may.
    pub const fn grant(&self, role: Role) -> Grant {
        self.grants[role as usize]
    }

    /// The bucket it counts against: logins are open to whoever asks, and a look-back costs as much as an export.
    pub fn bucket(&self, looks_back: bool) -> Bucket {
        match self.operation {
            operation if is_public(operation) => Bucket::Login,
            operation if is_bulk(operation) => Bucket::Bulk,
            operation if looks_back || EXPORTS.contains(&operation) => Bucket::Export,
            _ => Bucket::Rest,
        }
    }
}

/// The rule of an operation. An operation without one is not served.
pub fn rule(operation: &str) -> Option<&'static Rule> {
    TABLE.iter().find(|rule| rule.operation == operation)
}

/// Whether an operation takes many lines at once.
pub fn is_bulk(operation: &str) -> bool {
    operation.starts_with("bulk")
}

/// Operations that are open to whoever asks: they are how one comes by a token, and how one lets go of it.
const PUBLIC: &[&str] = &["issueToken", "createSession", "deleteSession"];

/// Operations that answer with secrets or tokens: no answer of theirs is kept for a retry.
const TELL_SECRETS: &[&str] = &[
    "createAccount",
    "createReportKey",
    "createWebhook",
    "createWebhookSecret",
    "issueToken",
    "createSession",
];

/// Operations that take a report key as well as a token.
const REPORTS: [&str; 2] = ["listReports", "getReport"];

/// Whether an operation takes a report key, which stands for a reporter.
pub fn takes_report_keys(operation: &str) -> bool {
    REPORTS.contains(&operation)
}

/// Whether an operation is open to whoever asks, without a token.
pub fn is_public(operation: &str) -> bool {
    PUBLIC.contains(&operation)
}

/// Whether an operation answers with secrets or tokens.
pub fn tells_secrets(operation: &str) -> bool {
    TELL_SECRETS.contains(&operation)
}

/// Administrators alone.
const fn admin(operation: &'static str) -> Rule {
    Rule { operation, grants: [Grant::All, Grant::None, Grant::None, Grant::None] }
}

/// Everybody reads.
const fn read(operation: &'static str) -> Rule {
    Rule { operation, grants: [Grant::All; 4] }
}

/// The association's staff write.
const fn staff(operation: &'static str) -> Rule {
    Rule { operation, grants: [Grant::All, Grant::All, Grant::None, Grant::None] }
}

/// The association's staff write, a council writes its own.
const fn own(operation: &'static str) -> Rule {
    Rule { operation, grants: [Grant::All, Grant::All, Grant::Own, Grant::None] }
}

/// Every operation of the document.
pub const TABLE: &[Rule] = &[
    read("getMe"),
    read("issueToken"),
    read("createSession"),
    read("deleteSession"),
    admin("listAccounts"),
    admin("getAccount"),
    admin("createAccount"),
    admin("updateAccount"),
    admin("deleteAccount"),
    admin("listAudit"),
    admin("listDisclosures"),
    read("listChanges"),
    admin("listReportKeys"),
    admin("getReportKey"),
    admin("createReportKey"),
    admin("updateReportKey"),
    admin("deleteReportKey"),
    admin("listRoleMappings"),
    admin("getRoleMapping"),
    admin("createRoleMapping"),
    admin("updateRoleMapping"),
    admin("deleteRoleMapping"),
    read("listCouncils"),
    read("getCouncil"),
    staff("createCouncil"),
    staff("updateCouncil"),
    staff("deleteCouncil"),
    staff("createReorganisation"),
    read("listGroups"),
    read("getGroup"),
    staff("createGroup"),
    staff("updateGroup"),
    staff("deleteGroup"),
    read("listSeats"),
    read("getSeat"),
    staff("createSeat"),
    staff("updateSeat"),
    staff("deleteSeat"),
    read("listMeetings"),
    read("getMeeting"),
    staff("createMeeting"),
    staff("updateMeeting"),
    staff("deleteMeeting"),
    read("getMeetingTurnout"),
    read("getCouncilEngagement"),
    read("listEngagement"),
    read("listAttendance"),
    read("getAttendance"),
    own("bulkAttendance"),
    own("createAttendance"),
    own("updateAttendance"),
    own("deleteAttendance"),
    read("listEvaluations"),
    read("getEvaluation"),
    staff("bulkEvaluations"),
    staff("createEvaluation"),
    staff("updateEvaluation"),
    staff("deleteEvaluation"),
    read("listFrameworks"),
    read("getFramework"),
    staff("createFramework"),
    staff("updateFramework"),
    staff("deleteFramework"),
    staff("createFrameworkSuccessor"),
    read("getFrameworkTree"),
    read("getFrameworkMetrics"),
    read("getFrameworkMetricsCsv"),
    read("getFrameworkSummary"),
    read("getFrameworkSeries"),
    read("getFrameworkSeriesCsv"),
    read("getFrameworkOverdue"),
    read("getFrameworkReport"),
    read("listThemes"),
    read("getTheme"),
    staff("createTheme"),
    staff("updateTheme"),
    staff("deleteTheme"),
    read("listOutcomes"),
    read("getOutcome"),
    staff("createOutcome"),
    staff("updateOutcome"),
    staff("deleteOutcome"),
    read("listActions"),
    read("getAction"),
    staff("createAction"),
    staff("updateAction"),
    staff("deleteAction"),
    read("listTargets"),
    read("getTarget"),
    staff("createTarget"),
    staff("updateTarget"),
    staff("deleteTarget"),
    read("getTargetMetric"),
    read("getTargetSeries"),
    read("explainTargetMetric"),
    read("listRevisions"),
    read("getRevision"),
    staff("createRevision"),
    staff("updateRevision"),
    staff("deleteRevision"),
    read("listProgress"),
    read("getProgress"),
    own("bulkProgress"),
    own("createProgress"),
    own("updateProgress"),
    own("deleteProgress"),
    read("listPublications"),
    read("getPublication"),
    staff("createPublication"),
    staff("updatePublication"),
    staff("deletePublication"),
    read("getPublicationMetrics"),
    read("getPublicationMetricsCsv"),
    read("getPublicationSummary"),
    read("explainPublishedMetric"),
    read("getPublicationContent"),
    read("getPublicationDrift"),
    read("listReports"),
    read("getReport"),
    read("getPublicationReport"),
    admin("listWebhooks"),
    admin("getWebhook"),
    admin("createWebhook"),
    admin("updateWebhook"),
    admin("deleteWebhook"),
    admin("createWebhookSecret"),
    admin("createWebhookPing"),
    admin("createWebhookReplay"),
    admin("listWebhookDeliveries"),
    admin("getWebhookDelivery"),
];

/// The table as docs/policy.md prints it.
pub fn markdown() -> String {
    let word = |grant| match grant {
        Grant::All => "yes",
        Grant::Own => "own",
        Grant::None => "-",
    };
    let mut text = String::from(
        "# Who may do what\n\nPrinted from `src/policy.rs` by `outturn policy`; a test holds the two equal.\n\
         \"own\" is limited to rows of the caller's councils. Of the rows that a council may read, it reads persons' names on its own,\n\
         notes on its own and on those of no council, and external ids of its system (a client) or of its own rows (a person).\n\n\
         | operation | admin | officer | council | reporter |\n|---|---|---|---|---|\n",
    );
    for rule in TABLE {
        let [admin, officer, council, reporter] = rule.grants.map(word);
        text.push_str(&format!("| {} | {admin} | {officer} | {council} | {reporter} |\n", rule.operation));
    }
    text
}
