// What an environment is deployed with: read from a file, and refused with the path of what is
// wrong before anything is synthesised.
import { existsSync, readFileSync } from "node:fs";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import schema from "../config/schema.json";

/** The functions that are deployed, by the name that act, crate and binary share. */
export type FunctionName =
  | "bind-registration"
  | "calculate-commission"
  | "reverse-refund"
  | "complete-order"
  | "check-upgrades"
  | "reconcile"
  | "recount"
  | "post-ledger"
  | "serve-api";

/** The functions that are jobs: they run whenever somebody asks for them. */
export type JobName = NightlyName | "recount";

/** The jobs that run each night as well. */
export type NightlyName = "check-upgrades" | "reconcile";

/** When the jobs of a night begin, as `HH:MM` in one time zone. */
export type NightlySettings = { readonly timezone: string } & Readonly<Record<NightlyName, string>>;

/** How many of a function run at most, and how many are kept for it alone. */
export interface Concurrency {
  readonly maximum?: number;
  readonly reserved?: number;
}

/** What the claims of a token are called that say who asks. */
export interface ClaimNames {
  readonly tenant: string;
  readonly role: string;
  readonly subject: string;
}

/** The HTTP API: whose tokens it takes, and how many requests. */
export interface ApiSettings {
  readonly cognito?: true;
  readonly issuer?: string;
  readonly audience?: readonly string[];
  readonly claims?: Partial<ClaimNames>;
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** One environment; config/schema.json says what each key means. */
export interface Config {
  readonly name: string;
  readonly architecture: "arm64" | "x86_64";
  readonly logLevel: string;
  readonly logRetentionDays: number;
  readonly alarmEmail: string | null;
  readonly encryption: "aws" | "customer";
  readonly archiveDays: number;
  readonly listDays: number;
  readonly outgoingEvents: boolean;
  readonly dashboard: boolean;
  readonly removalPolicy: "retain" | "destroy";
  readonly api: ApiSettings | null;
  readonly nightly: NightlySettings;
  readonly concurrency: Partial<Record<FunctionName, Concurrency>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A configuration that cannot be deployed: its message is for whoever wrote it. */
export class ConfigError extends Error {}

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true, useDefaults: true, verbose: true })
  .compile<Config>(schema);

/** Reads and checks the configuration of one environment. */
export function loadConfig(path: string): Config {
  if (!existsSync(path)) {
    throw new ConfigError(`${path} is not there: copy config/prod.json to it and adapt it`);
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ConfigError(`${path} is not JSON: ${(error as Error).message}`);
  }
  return checkConfig(value, path);
}

/** Checks a configuration; `from` is where it came from, for the message. */
export function checkConfig(value: unknown, from: string): Config {
  if (!validate(value)) {
    throw refusal(from, (validate.errors ?? []).map(sentence));
  }
  const wrong = Object.entries(value.concurrency)
    .filter(([, { maximum, reserved }]) => (maximum ?? 0) > (reserved ?? Infinity))
    .map(([name, { maximum, reserved }]) =>
      `concurrency.${name}.maximum: ${maximum} is more than the ${reserved} that are reserved, ` +
      "so messages would be turned away; lower it or reserve more");
  wrong.push(...tokensWrong(value.api), ...timezoneWrong(value.nightly.timezone));
  if (wrong.length > 0) {
    throw refusal(from, wrong);
  }
  return value;
}

function tokensWrong(api: ApiSettings | null): string[] {
  if (api === null) {
    return [];
  }
  const { cognito, issuer, audience, claims } = api;
  if (cognito && (issuer ?? audience ?? claims) !== undefined) {
    return ["api: has a user pool of its own by \"cognito\", and names an issuer too; keep one"];
  }
  if (!cognito && (issuer === undefined || audience === undefined)) {
    return ["api: whose tokens are taken? Name an \"issuer\" and its \"audience\", or set " +
      "\"cognito\": true"];
  }
  return [];
}

function timezoneWrong(timezone: string): string[] {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return [];
  } catch {
    return [`nightly.timezone: "${timezone}" is no time zone; write one such as Asia/Shanghai`];
  }
}

function refusal(from: string, lines: string[]): ConfigError {
  return new ConfigError([`${from} cannot be deployed:`, ...new Set(lines)].join("\n  "));
}

function sentence(error: ErrorObject): string {
  const path = error.instancePath.slice(1).replaceAll("/", ".") || "the file";
  const { params, parentSchema, data } = error;
  const about = (parentSchema as { description?: string } | undefined)?.description;
  const why = about === undefined ? "" : ` (${about})`;
  const given = JSON.stringify(data);
  switch (error.keyword) {
    case "required":
      return `${path}: has no "${params["missingProperty"]}"; add it`;
    case "additionalProperties":
      return `${path}: "${params["additionalProperty"]}" is not a key; remove it or mend its name`;
    case "propertyNames":
      return `${path}: "${params["propertyName"]}" is not a function; remove it or mend its name`;
    case "enum":
      if (error.propertyName !== undefined) {
        return `${path}: "${error.propertyName}" is not a function; remove it or mend its name`;
      }
      return `${path}: ${given} is none of ${params["allowedValues"].join(", ")}${why}`;
    default:
      return `${path}: ${given} ${error.message}${why}`;
  }
}
