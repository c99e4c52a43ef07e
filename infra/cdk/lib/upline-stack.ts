// The stack: the table, the bus, each act behind its queue, posting behind the stream, what runs at
// night, the API.
import { CfnOutput, Stack, type StackProps, Tags } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { EventAct, JobAct, NightlyAct } from "./act.ts";
import { Alarms } from "./alarms.ts";
import { Api } from "./api.ts";
import type { Artifacts } from "./artifact.ts";
import { UplineBus } from "./bus.ts";
import type { Config } from "./config.ts";
import { UplineDashboard } from "./dashboard.ts";
import { Posting } from "./posting.ts";
import { Reconcile } from "./reconcile.ts";
import { UplineTable } from "./table.ts";

/** Everything of one environment. */
export class UplineStack extends Stack {
  constructor(
    scope: Construct, id: string, config: Config, artifacts: Artifacts, props?: StackProps,
  ) {
    super(scope, id, props);
    const key = config.encryption === "customer"
      ? new Key(this, "Key", { enableKeyRotation: true, alias: config.name })
      : undefined;
    const alarms = new Alarms(this, "Alarms", config, key);
    const table = new UplineTable(this, "Facts", config, key);
    const bus = new UplineBus(this, "Events", config, alarms);
    const shared = { config, artifacts, table, alarms };
    const bindRegistration = new EventAct(this, "BindRegistration", shared, {
      name: "bind-registration", detailTypes: ["DistributorRegistered", "BuyerBound"], bus,
    });
    const calculateCommission = new EventAct(this, "CalculateCommission", shared, {
      name: "calculate-commission", detailTypes: ["OrderPaid"], bus,
    });
    const reverseRefund = new EventAct(this, "ReverseRefund", shared, {
      name: "reverse-refund", detailTypes: ["OrderRefunded"], bus,
    });
    const completeOrder = new EventAct(this, "CompleteOrder", shared, {
      name: "complete-order", detailTypes: ["OrderCompleted"], bus,
    });
    const checkUpgrades = new NightlyAct(this, "CheckUpgrades", shared, {
      name: "check-upgrades", timeoutSeconds: 60,
    });
    const reconcile = new Reconcile(this, "Reconcile", shared, bus);
    const recount = new JobAct(this, "Recount", shared, {
      name: "recount", timeoutSeconds: 300, memoryMb: 512,
    });
    const posting = new Posting(this, "PostLedger", shared, bus);
    const api = config.api ? new Api(this, "Api", shared, config.api, bus) : undefined;
    if (api) {
      [checkUpgrades, reconcile, recount].forEach((job) => job.feeds(api.fn));
    }
    if (config.dashboard) {
      new UplineDashboard(this, "Dashboard", config.name, {
        acts: [bindRegistration, calculateCommission, reverseRefund, completeOrder],
        checkUpgrades, reconcile, recount,
        posting, undelivered: bus.undelivered, others: api ? [api.fn] : [],
      });
    }
    Object.entries(config.tags).forEach(([name, value]) => Tags.of(this).add(name, value));
    new CfnOutput(this, "TableName", { value: table.name });
    new CfnOutput(this, "BusName", { value: bus.bus.eventBusName });
    new CfnOutput(this, "AlarmTopic", { value: alarms.topic.topicArn });
  }
}
