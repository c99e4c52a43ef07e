// The table of docs/data-model.md: all facts and all books of all tenants.
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  AttributeType, BillingMode, ProjectionType, StreamViewType, Table, TableEncryption,
} from "aws-cdk-lib/aws-dynamodb";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import type { Config } from "./config.ts";

const INDEX = "gsi1";

/** The table with its index, its stream of new images and its backups of the last 35 days. */
export class UplineTable extends Construct {
  readonly stack: Stack;
  readonly name: string;
  readonly arn: string;
  readonly indexArn: string;
  readonly streamArn: string;
  readonly key: IKey | undefined;

  constructor(scope: Construct, id: string, config: Config, key: IKey | undefined) {
    super(scope, id);
    const keep = config.removalPolicy === "retain";
    const table = new Table(this, "Table", {
      tableName: config.name,
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_IMAGE,
      timeToLiveAttribute: "ttl",
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: keep,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(key
        ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }
        : { encryption: TableEncryption.AWS_MANAGED }),
    });
    table.addGlobalSecondaryIndex({
      indexName: INDEX,
      partitionKey: { name: "gsi1pk", type: AttributeType.STRING },
      sortKey: { name: "pk", type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.stack = Stack.of(this);
    this.name = table.tableName;
    this.arn = table.tableArn;
    this.indexArn = `${table.tableArn}/index/${INDEX}`;
    this.streamArn = table.tableStreamArn as string;
    this.key = key;
  }
}
