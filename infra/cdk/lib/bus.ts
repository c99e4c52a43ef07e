// The bus that shops put events on, and its archive.
import { Duration } from "aws-cdk-lib";
import { EventBus, Match } from "aws-cdk-lib/aws-events";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Alarms } from "./alarms.ts";
import type { Config } from "./config.ts";
import { GivenUp } from "./given-up.ts";

/** What the product puts on the bus itself. */
export const OUTGOING = [
  "CommissionEarned", "CommissionReversed", "CommissionDue", "LevelChanged", "EventParked",
  "ReconciliationFinished",
] as const;

/** The bus, with a queue of what it could not deliver to the queue of an act. */
export class UplineBus extends Construct {
  readonly bus: EventBus;
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, config: Config, alarms: Alarms) {
    super(scope, id);
    this.bus = new EventBus(this, "Bus", { eventBusName: config.name });
    if (config.archiveDays > 0) {
      this.bus.archive("Archive", {
        archiveName: config.name,
        // What the product tells can be told again from the table.
        eventPattern: {
          account: [this.bus.env.account], detailType: Match.anythingBut(...OUTGOING),
        },
        retention: Duration.days(config.archiveDays),
      });
    }
    this.undelivered = new GivenUp(this, "Undelivered", config, alarms, {
      name: "undelivered",
      description: "An event could not be handed to the queue of its act.",
    });
  }
}
