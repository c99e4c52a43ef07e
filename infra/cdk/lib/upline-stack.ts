// The stack: the table, the bus, each act behind its queue, posting behind the stream, the API.
import { CfnOutput, Stack, type StackProps, Tags } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { Act } from "./act.ts";
import { Alarms } from "./alarms.ts";
import { Api } from "./api.ts";
import type { Artifacts } from "./artifact.ts";
import { UplineBus } from "./bus.ts";
import type { Config } from "./config.ts";
import { Posting } from "./posting.ts";
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
    new Act(this, "BindRegistration", shared, {
      name: "bind-registration", detailTypes: ["DistributorRegistered", "BuyerBound"], bus,
    });
    new Act(this, "CalculateCommission", shared, {
      name: "calculate-commission", detailTypes: ["OrderPaid"], bus,
    });
    new Act(this, "ReverseRefund", shared, {
      name: "reverse-refund", detailTypes: ["OrderRefunded"], bus,
    });
    new Act(this, "CompleteOrder", shared, {
      name: "complete-order", detailTypes: ["OrderCompleted"], bus,
    });
    new Posting(this, "PostLedger", shared);
    if (config.api) {
      new Api(this, "Api", shared, config.api, bus);
    }
    Object.entries(config.tags).forEach(([name, value]) => Tags.of(this).add(name, value));
    new CfnOutput(this, "TableName", { value: table.name });
    new CfnOutput(this, "BusName", { value: bus.bus.eventBusName });
    new CfnOutput(this, "AlarmTopic", { value: alarms.topic.topicArn });
  }
}
