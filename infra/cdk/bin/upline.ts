// Synthesises one environment: `--context environment=prod` reads config/prod.json.
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { Artifacts } from "../lib/artifact.ts";
import { loadConfig } from "../lib/config.ts";
import { UplineStack } from "../lib/upline-stack.ts";

const app = new App();
const context = (name: string): string | undefined => app.node.tryGetContext(name);
try {
  const environment = context("environment") ?? process.env["UPLINE_ENVIRONMENT"] ?? "dev";
  const config = loadConfig(context("config") ?? join("config", `${environment}.json`));
  const artifacts = new Artifacts(context("artifacts") ?? join("..", "..", "target", "lambda"));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  new UplineStack(app, `${config.name}-${environment}`, config, artifacts);
  app.synth();
} catch (error) {
  console.error((error as Error).message);
  // At once: what is half made would be synthesised at the end, and fail with what follows.
  process.exit(2);
}
