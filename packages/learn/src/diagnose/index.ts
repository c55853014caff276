export { type EnsembleReport, ensemble } from './ensemble.js'
export { describeFinding, type Finding, type FindingThresholds, findings } from './findings.js'
export { type DiagnosisPage, diagnosisHtml } from './report-html.js'
export { type LayerStatistics, type ParameterStatistics, type StepStatistics, stepStatistics } from './statistics.js'
