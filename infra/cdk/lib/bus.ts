// The bus that shops put events on, and its archive.
import { Duration, Validations } from "aws-cdk-lib";
import { EventBus, Match } from "aws-cdk-lib/aws-events";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type Alarms, MINUTE } from "./alarms.ts";
import type { Config } from "./config.ts";

/** What the product puts on the bus itself. */
export const OUTGOING = [
  "CommissionEarned", "CommissionReversed", "CommissionDue", "EventParked",
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
    this.undelivered = new Queue(this, "Undelivered", {
      queueName: `${config.name}-undelivered`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.undelivered).acknowledge({
      id: "AwsSolutions-SQS3",
      reason: "It holds what could not be delivered and nothing reads it: a person does.",
    });
    alarms.on(this, {
      name: "undelivered",
      metric: this.undelivered.metricApproximateNumberOfMessagesVisible({ period: MINUTE }),
      atLeast: 1, periods: 1,
      description: "An event could not be handed to the queue of its act.",
    });
  }
}
