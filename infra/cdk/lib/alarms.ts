// Who is told when something needs a person. What to do at each alarm is in docs/deploy.md.
import { Duration } from "aws-cdk-lib";
import {
  Alarm, ComparisonOperator, type IMetric, TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Validations } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Config } from "./config.ts";

/** When an alarm goes off. */
export interface AlarmOn {
  /** What follows the name of the stack in the alarm's name; docs/deploy.md has each. */
  readonly name: string;
  readonly metric: IMetric;
  readonly atLeast: number;
  /** For how many periods of the metric in a row. */
  readonly periods: number;
  readonly description: string;
}

/** The topic of all alarms. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: Alarm[] = [];

  constructor(
    scope: Construct, id: string, private readonly config: Config, key: IKey | undefined,
  ) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", {
      topicName: `${config.name}-alarms`,
      enforceSSL: true,
      ...(key ? { masterKey: key } : {}),
    });
    const cloudWatch = new ServicePrincipal("cloudwatch.amazonaws.com");
    key?.grant(cloudWatch, "kms:Decrypt", "kms:GenerateDataKey*");
    if (config.alarmEmail !== null) {
      this.topic.addSubscription(new EmailSubscription(config.alarmEmail));
    }
    if (!key) {
      Validations.of(this.topic).acknowledge({
        id: "AwsSolutions-SNS2",
        reason: "CloudWatch cannot publish to a topic under AWS's own key; with encryption " +
          "\"customer\" the topic is encrypted. An alarm says nothing of any person or amount.",
      });
    }
  }

  /** Adds an alarm; no data is no alarm, because a queue that rests reports nothing. */
  on(scope: Construct, alarm: AlarmOn): void {
    const made = new Alarm(scope, `Alarm-${alarm.name}`, {
      alarmName: `${this.config.name}-${alarm.name}`,
      alarmDescription: `${alarm.description} What to do: docs/deploy.md, "Alarms".`,
      metric: alarm.metric,
      threshold: alarm.atLeast,
      evaluationPeriods: alarm.periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    made.addAlarmAction(new SnsAction(this.topic));
    this.all.push(made);
  }
}

/** The period of the metrics that alarms look at. */
export const MINUTE = Duration.minutes(1);
