// One dashboard: what becomes of messages, how long it takes, what waits, and what is earned.
import { Duration } from "aws-cdk-lib";
import {
  Dashboard, GraphWidget, GraphWidgetView, type IMetric, MathExpression, Stats,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Act, JobAct, NightlyAct } from "./act.ts";
import { MINUTE } from "./alarms.ts";
import { NAMESPACE, type RustFunction } from "./function.ts";
import type { Posting } from "./posting.ts";
import type { Reconcile } from "./reconcile.ts";

/** What a message may come to, as the functions count it. */
const OUTCOMES = [
  "Created", "Existing", "Waiting", "Conflicting", "Done", "Parked", "Refused", "Retried",
] as const;

/** What the jobs come to. */
const CHECKED = ["DistributorsChecked", "LevelsRaised", "LevelsLowered"] as const;
const RECONCILED = [
  "OrdersReconciled", "OrdersInconsistent", "DifferencesFound", "DifferencesRepaired",
  "ReconciliationsFinished",
] as const;
const RECOUNTED = ["OrdersRecounted", "LinesRecounted", "DistributorsRecounted"] as const;

const WIDTH = 12;
const HEIGHT = 6;

/** What is looked at. */
export interface Watched {
  readonly acts: readonly Act[];
  readonly checkUpgrades: NightlyAct;
  readonly reconcile: Reconcile;
  readonly recount: JobAct;
  readonly posting: Posting;
  readonly undelivered: Queue;
  /** Other functions, such as that of the API. */
  readonly others: readonly RustFunction[];
}

/** The dashboard of a stack. */
export class UplineDashboard extends Dashboard {
  constructor(scope: Construct, id: string, name: string, watched: Watched) {
    super(scope, id, { dashboardName: name, defaultInterval: Duration.hours(3) });
    const { checkUpgrades, reconcile, recount, posting, undelivered, others } = watched;
    const nights = [checkUpgrades, reconcile];
    const acts = [...watched.acts, ...nights, recount];
    const functions = [...acts.map((act) => act.fn), posting.fn, ...others];
    this.addWidgets(
      graph("Messages by outcome", OUTCOMES.map((outcome) => outcomes(acts, outcome))),
      graph("Latency, p50 and p99 (ms)", functions.flatMap((fn) => percentiles(fn, "Latency"))),
    );
    this.addWidgets(
      graph("Parked, by reason", [search("code", "EventsParked", functions)]),
      graph("Posting lag, p50 and p99 (ms)", percentiles(posting.fn, "PostingLag")),
    );
    this.addWidgets(
      graph("Commissions, by currency", [search("currency", "Commissions", [posting.fn])]),
      graph("Commissions in minor units, by currency",
        [search("currency", "CommissionsMinor", [posting.fn])]),
    );
    const givenUp = [
      ...acts.map((act) => act.dead), ...nights.map((job) => job.nightly.undelivered),
      posting.failed, undelivered,
    ];
    this.addWidgets(
      graph("Given up: messages in each queue", givenUp.map((queue) =>
        queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE }))),
      graph("Age of the oldest message (s)", acts.map((act) =>
        act.queue.metricApproximateAgeOfOldestMessage({ period: MINUTE }))),
    );
    this.addWidgets(
      graph("Levels: checked, raised and lowered", counts(checkUpgrades, CHECKED)),
      graph("Recount: what was posted again", counts(recount, RECOUNTED)),
    );
    this.addWidgets(
      graph("Reconciliation: orders and differences", counts(reconcile, RECONCILED)),
      graph("Orders that differ after a run, in a million", [reconcile.inconsistent]),
    );
    this.addWidgets(
      graph("Throttles", functions.map((fn) => fn.lambda.metricThrottles({ period: MINUTE }))),
      graph("Age of the stream (ms)", [
        posting.fn.lambda.metric("IteratorAge", { statistic: Stats.MAXIMUM, period: MINUTE }),
      ]),
    );
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({
    title, left, width: WIDTH, height: HEIGHT, view: GraphWidgetView.TIME_SERIES,
    leftYAxis: { min: 0, showUnits: false },
  });
}

/** One outcome, of all acts together: one that has none of it says nothing. */
function outcomes(acts: readonly Act[], outcome: string): MathExpression {
  const metrics = acts.map((act, place) =>
    [`${outcome.toLowerCase()}${place}`, act.fn.metric(`Messages${outcome}`, { statistic: Stats.SUM })] as const);
  const filled = metrics.map(([name]) => `FILL(${name}, 0)`);
  return new MathExpression({
    expression: `SUM([${filled.join(", ")}])`,
    usingMetrics: Object.fromEntries(metrics), label: outcome, period: Duration.minutes(5),
  });
}

/** How much a job did, of each of these. */
function counts({ fn }: JobAct, names: readonly string[]): IMetric[] {
  return names.map((name) => fn.metric(name, { statistic: Stats.SUM, label: name }));
}

function percentiles(fn: RustFunction, metricName: string): IMetric[] {
  return [50, 99].map((part) => fn.metric(metricName, {
    statistic: Stats.percentile(part), label: `${fn.service} p${part}`,
  }));
}

/** A metric by each value that one more dimension has: reasons and currencies come by themselves. */
function search(
  dimension: string, metricName: string, functions: readonly RustFunction[],
): MathExpression {
  const services = functions.map((fn) => `"${fn.service}"`).join(" OR ");
  const what = `{${NAMESPACE},service,${dimension}} MetricName="${metricName}"`;
  return new MathExpression({
    expression: `SEARCH('${what} service=(${services})', 'Sum', 300)`,
    usingMetrics: {}, label: "", period: Duration.minutes(5),
  });
}
