// Reconciliation: the job with what it reads and feeds besides the table, and who is called when
// orders stay wrong.
import { type Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { NightlyAct } from "./act.ts";
import type { UplineBus } from "./bus.ts";
import type { Shared } from "./function.ts";
import { Lists } from "./lists.ts";
import { allow } from "./permissions.ts";

/** A list of a million orders is downloaded whole, gzip or not, before it is read. */
const TEMPORARY_MB = 2048;
/** More than one order in ten thousand: above 0.01 %. */
const PER_MILLION = 101;

/** `reconcile`, with the bucket of lists and the bus that missing events are sent by. */
export class Reconcile extends NightlyAct {
  /** Orders in a million that differ still when a run is finished. */
  readonly inconsistent: Metric;

  constructor(scope: Construct, id: string, shared: Shared, bus: UplineBus) {
    super(scope, id, shared, {
      name: "reconcile", timeoutSeconds: 300, memoryMb: 512, temporaryMb: TEMPORARY_MB,
    });
    const { config, alarms, table } = shared;
    new Lists(this, "Lists", config, table.key).readBy(this.fn);
    this.fn.may(allow("Bus", ["events:PutEvents"], bus.bus.eventBusArn));
    this.fn.lambda.addEnvironment("EVENT_BUS_NAME", bus.bus.eventBusName);
    this.inconsistent = this.fn.metric("OrdersInconsistentPerMillion", {
      statistic: Stats.MAXIMUM,
    });
    alarms.on(this, {
      name: "reconcile-inconsistent",
      metric: this.inconsistent,
      atLeast: PER_MILLION, periods: 1,
      description: "More than 0.01 % of the orders of a day differ, and were not repaired.",
    });
  }
}
