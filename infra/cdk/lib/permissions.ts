// What each function may do with the table: the requests that it makes, and no others. A
// transaction needs no permission of its own, but those of the writes it is made of.
import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { FunctionName } from "./config.ts";
import type { UplineTable } from "./table.ts";

interface TableAccess {
  readonly items: readonly string[];
  /** What may be asked of the index of days. */
  readonly index?: readonly string[];
}

/**
 * Reads facts, and writes facts and rows of what waits; a row is deleted once it is done. Which
 * order is a buyer's first is checked in the transaction that says so.
 */
const LOAD_DECIDE_COMMIT: TableAccess = {
  items: [
    "BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem",
  ],
};

/** Adds a fact to its order unseen; what is refused is parked. */
const ADD_ONE_FACT: TableAccess = { items: ["PutItem", "UpdateItem"] };

const TABLE_ACCESS: Record<FunctionName, TableAccess> = {
  "bind-registration": LOAD_DECIDE_COMMIT,
  "calculate-commission": LOAD_DECIDE_COMMIT,
  "reverse-refund": ADD_ONE_FACT,
  "complete-order": ADD_ONE_FACT,
  // Finds who is due by the index, reads their figures, and writes levels with why.
  "check-upgrades": {
    items: ["BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"], index: ["Query"],
  },
  // Compares what stands with the list and with itself; puts lines, balances and daily figures
  // right, and writes what it found and did.
  "reconcile": {
    items: [
      "BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem",
    ],
    index: ["Query"],
  },
  // Posts all that the table holds once more.
  "recount": { items: ["BatchGetItem", "PutItem", "Scan", "UpdateItem"] },
  // Reads the lines that are counted already.
  "post-ledger": { items: ["BatchGetItem", "PutItem", "UpdateItem"] },
  // Lists orders by day, and reports; publishes plans, changes levels and statuses, and parks what
  // is wrong.
  "serve-api": {
    items: ["BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"], index: ["Query"],
  },
};

/** The statements about the table that the role of a function gets. */
export function tableStatements(name: FunctionName, table: UplineTable): PolicyStatement[] {
  const { items, index } = TABLE_ACCESS[name];
  const actions = (names: readonly string[]): string[] => names.map((one) => `dynamodb:${one}`);
  const statements = [allow("Items", actions(items), table.arn)];
  if (index) {
    statements.push(allow("Index", actions(index), table.indexArn));
  }
  if (table.key) {
    // DynamoDB uses the key in the name of whoever calls it.
    const use = [
      "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo",
    ];
    const statement = allow("Key", use.map((action) => `kms:${action}`), table.key.keyArn);
    statement.addCondition("StringEquals", {
      "kms:ViaService": `dynamodb.${table.stack.region}.amazonaws.com`,
    });
    statements.push(statement);
  }
  return statements;
}

/** A statement that allows some actions on one resource. */
export function allow(sid: string, actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({ sid, effect: Effect.ALLOW, actions, resources: [resource] });
}
