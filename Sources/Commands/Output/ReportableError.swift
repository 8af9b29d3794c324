internal import Federation
internal import Pages
internal import Questions
internal import Reports
internal import RunStore
internal import Scenarios
internal import Serving

/// An error whose words and exit status `CommandFailure` knows; all others are the argument parser's.
protocol ReportableError: Error {}

extension ScenarioError: ReportableError {}
extension StoreError: ReportableError {}
extension SQLProblem: ReportableError {}
extension ComparisonError: ReportableError {}
extension CheckpointProblem: ReportableError {}
extension ConditionError: ReportableError {}
extension QuestionError: ReportableError {}
extension PageQueryError: ReportableError {}
extension PageServer.Problem: ReportableError {}
